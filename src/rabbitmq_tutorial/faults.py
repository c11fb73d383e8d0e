"""What pika raises or only logs, in words that say what to do, and as an exit status."""

import logging
import re
import ssl
from enum import IntEnum
from socket import gaierror

from pika import exceptions


class Exit(IntEnum):
    """What a program ends with; the numbers from 64 on are those of BSD's sysexits.h."""

    FAILED = 1  # refused, returned, an RPC answered with an error, a bug
    USAGE = 2  # wrong arguments, or an environment variable that cannot be
    UNAVAILABLE = 69  # no broker
    TEMPORARY = 75  # timed out, or refused for now
    NO_PERMISSION = 77  # login, vhost or permission refused


class Failure(Exception):  # noqa: N818 - it is what a person reads
    """Ends the program with one line on stderr and an exit status (the README lists them)."""

    def __init__(self, message: str, status: int = Exit.FAILED) -> None:
        super().__init__(message)
        self.status = status


LOGIN = "login refused: check user and password in AMQP_URL (the user guest may log in from the broker's machine only)"
WORDS: dict[
    object, str
] = {  # for the code with which RabbitMQ closes a connection, or for what pika raises
    403: LOGIN,
    530: "no such vhost, or none for this user: check AMQP_URL, where %2F is the vhost / ({0.reply_text})",
    exceptions.AuthenticationError: LOGIN,
    exceptions.IncompatibleProtocolError: "no AMQP spoken there: check AMQP_URL",
    exceptions.AMQPHeartbeatTimeout: "no heartbeat",
    exceptions.ChannelClosed: "{0.reply_text}",
    exceptions.ConnectionClosed: "{0.reply_text}",
    ssl.SSLCertVerificationError: "TLS failed: {0.verify_message} (SSL_CERT_FILE names a private CA)",
    ssl.SSLError: "TLS failed: {0.reason}: check AMQP_URL",
    gaierror: "unknown host: check AMQP_URL",
    ConnectionRefusedError: "connection refused",
    TimeoutError: "no answer in time",
    OSError: "{0}",
}
ADVICE = {  # what RabbitMQ says, and what we make of it
    r".*inequivalent arg '(.+)' for (queue|exchange) '(.+)' in vhost '.+?': (.+)": r"\2 '\3' exists with another \1 (\4); delete it first: broker delete \3",
    r"(ACCESS_REFUSED - .*access to .* refused for user '.*')": r"\1: rabbitmqctl set_permissions grants it",
    r".*transient_nonexcl_queues.*": "RabbitMQ refuses queues that are neither durable nor exclusive: say durable=True",
}
CLOSED = [""]  # why RabbitMQ closed a channel: pika tells that to nobody but its log
STATUS = {
    exceptions.AuthenticationError: 77,
    403: 77,
    530: 77,
    320: 69,
    541: 75,
}  # else 69, and 1 for other codes


def explain(error: BaseException) -> Failure:
    """Translate what pika raised into words and the status to exit with."""
    code = getattr(error, "reply_code", 0)
    kinds = [code if isinstance(error, exceptions.ConnectionClosed) else "", *type(error).__mro__]
    if words := next((WORDS[kind] for kind in kinds if kind in WORDS), ""):
        words = words.format(error)
        for pattern, advice in ADVICE.items():
            words = re.sub(pattern, advice, words)
        return Failure(words, STATUS.get(code or type(error), 1 if code else 69))
    inside = [
        *getattr(error, "exceptions", ()),
        getattr(error, "exception", None),
        error.__cause__,
        *error.args,
    ]
    causes = [cause for cause in inside if isinstance(cause, BaseException)]
    return explain(causes[-1]) if causes else Failure("connection lost", 69)


def _listen(record: logging.LogRecord) -> bool:
    if "remote Channel.Close" in record.msg and isinstance(record.args, tuple):
        CLOSED[0] = f": {record.args[1]}"
    return logging.getLogger("pika").isEnabledFor(record.levelno)


logging.getLogger("pika").setLevel(
    logging.CRITICAL + 1
)  # what goes wrong is told by us, once and in one line
logging.getLogger("pika.channel").setLevel(logging.WARNING)
logging.getLogger("pika.channel").addFilter(_listen)
