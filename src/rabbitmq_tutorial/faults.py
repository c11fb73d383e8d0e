"""What can go wrong: in words that say what to do, and as an exit status."""

import re
from enum import IntEnum


class Exit(IntEnum):
    """What a program ends with, if not with 1; from 64 on, as in BSD's sysexits.h."""

    USAGE = 2  # wrong arguments, or an environment variable that cannot be right
    UNAVAILABLE = 69  # no broker
    TEMPORARY = 75  # timed out, or refused for now
    NO_PERMISSION = 77  # login, vhost or permission refused


class Failure(Exception):  # noqa: N818 - what a person reads needs no "Error" in its name
    """Ends the program with one line on stderr and an exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
        self.passing = status in (Exit.UNAVAILABLE, Exit.TEMPORARY)  # trying again may help


LOGIN = "login refused: check user and password in AMQP_URL (guest: on the broker's machine only)"
ARGUMENT = r"\2 '\3' exists with another \1 (\4); delete it first: broker delete \3"
TIMEOUT = r"not acknowledged within consumer_timeout (\1 ms): shorten the task or raise the limit"
UNREADABLE = r"pika cannot read a message (\1): a delivery limit helps, see docs/going-further.md"
ADVICE = [  # found in RabbitMQ's words, or in the repr of pika's error; our words; exit status
    ("Login was refused", LOGIN, 77),
    ("^AuthenticationError", "that RabbitMQ takes no login by password", 77),
    ("equivalent arg '(.+)' for (.+) '(.+)' in vhost '.+?': (.+)", ARGUMENT, 1),
    ("(.*limit.* reached.*|.*reached the.* limit.*)", r"\1", 75),
    ("(NOT_ALLOWED.*vhost.*)", r"no such vhost for this user: check AMQP_URL, / is %2F (\1)", 77),
    ("(.*to topic.*)", r"\1: rabbitmqctl set_topic_permissions grants it", 77),
    ("(.*refused for user.*)", r"\1: rabbitmqctl set_permissions grants it", 77),
    ("transient_nonexcl_queues", "a queue must be durable or exclusive: say durable=True", 1),
    (r"delivery acknowledgement.* timed out\D*(\d+) ms", TIMEOUT, 1),
    ("^(INTERNAL_ERROR.*)", r"\1", 75),
    ("^(CONNECTION_FORCED.*)", r"\1", 69),
    ("no queue 'rpc_queue'", "there is no queue 'rpc_queue': start rpc_server.py first", 1),
    ("^([A-Z_]+ - .*)", r"\1", 1),
    ("ConnectionBlockedTimeout", "RabbitMQ took no messages for too long", 75),
    ("AMQPHeartbeatTimeout", "no heartbeat", 69),
    (r"SSLCert.*failed: (.*) \(_ssl", r"TLS failed: \1 (SSL_CERT_FILE names a private CA)", 69),
    ("SSLEOF", "TLS failed: does the server want a client certificate (ssl_options)?", 69),
    (r"SSL\w*\(.*?'(.*) \(_ssl", r"TLS failed: \1: check AMQP_URL", 69),
    ("gaierror|Unicode(Encode)?Error", "unknown host: check AMQP_URL", 69),
    ("ConnectionRefused", "connection refused. Is it running? Start one: broker up", 69),
    ("TimeoutError|StackTimeout", "no answer in time", 69),
    (r"Error\(-?\d+, \W+(.*?)\W+(\)|None)", r"\1", 69),
    ("IncompatibleProtocol|InvalidFrame", "that server does not speak AMQP: check AMQP_URL", 69),
    (r"lost: (RecursionError|ValueError|UnicodeDecodeError|error|\w+Field\w+)\W", UNREADABLE, 69),
]


def explain(error: BaseException, where: str = "lost RabbitMQ") -> Failure:
    """Return what to do about an error of pika's; if no broker was reached, say where."""
    # What RabbitMQ said, else all that pika knows:
    text = getattr(error.__cause__ or error, "reply_text", repr(error))
    for pattern, words, status in ADVICE:
        found = re.search(pattern, text, re.DOTALL)
        if found:
            prefix = f"{where}: " if status == Exit.UNAVAILABLE else ""
            return Failure(prefix + found.expand(words), status)
    return Failure(f"{where}: connection lost", Exit.UNAVAILABLE)
