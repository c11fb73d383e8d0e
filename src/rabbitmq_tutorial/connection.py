"""Where the broker is, and a connection to it."""

import logging
import math
import os
import re
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import gaierror
from threading import Event, Lock

from pika import SSLOptions, URLParameters
from pika import exceptions as amqp
from pika.adapters.thread_safe_connection import Channel, Connection

from rabbitmq_tutorial.command_line import Failure, tell

DEFAULT_URL = "amqp://guest:guest@localhost:5672/%2F"
ANSWER = 10.0  # seconds that a broker has to answer
LONGEST_PAUSE = 5.0  # seconds between two attempts to come back
BUSY = Lock()  # held while a callback runs: they run one at a time, also when a lost connection leaves one behind
FAULTS: list[tuple[type[Exception] | tuple[type[Exception], ...], int, str]] = [
    ((amqp.ProbableAuthenticationError, amqp.AuthenticationError), 77, "refused the login (guest: localhost only)"),
    (amqp.ProbableAccessDeniedError, 77, "has no such vhost, or none for this user"),
    (amqp.IncompatibleProtocolError, 69, "no AMQP spoken there"),
    (amqp.AMQPHeartbeatTimeout, 69, "no heartbeat"),
    ((amqp.ChannelClosed, amqp.ConnectionClosed), 1, "{0.reply_text}"),
    (gaierror, 69, "unknown host"),
    (ssl.SSLCertVerificationError, 69, "TLS failed: {0.verify_message} (SSL_CERT_FILE names a private CA)"),
    (ssl.SSLError, 69, "TLS failed: {0.reason}"),
    (ConnectionRefusedError, 69, "connection refused"),
    (TimeoutError, 75, "no answer in time"),
    (Exception, 69, "connection lost"),
]  # fmt: skip
logging.getLogger("pika").setLevel(logging.CRITICAL + 1)  # what goes wrong is told by us, once and in one line


def nodes() -> list[URLParameters]:
    """Return the parameters of each node in AMQP_URL, which commas separate; raises Failure (2) for what is no URL.

    The certificates of amqps nodes are verified; a private CA is named by SSL_CERT_FILE, which is OpenSSL's.
    """
    found = []
    for url in (os.environ.get("AMQP_URL") or DEFAULT_URL).split(","):
        node = None
        with suppress(ValueError, LookupError, TypeError, SyntaxError):  # their texts may quote the password
            node = URLParameters(url) if re.match("amqps?://[^/]", url) else None
        if not node:
            raise Failure(f"AMQP_URL is no amqp:// or amqps:// URL; one is {DEFAULT_URL}", 2)
        if node.ssl_options:
            node.ssl_options = SSLOptions(ssl.create_default_context(), node.host)
        script = "/".join(Path(sys.argv[0]).resolve().parts[-2:])
        node.client_properties = {"connection_name": f"{script} {os.getpid()}"}
        found.append(node)
    return found


def explain(error: BaseException) -> Failure:
    """Translate what pika raised into the words and the exit status to end with."""
    while inner := getattr(error, "exceptions", [getattr(error, "exception", None) or (*error.args, 0)[0]]):
        if not isinstance(inner[-1], BaseException):
            break
        error = inner[-1]
    status, text = next((status, text.format(error)) for kind, status, text in FAULTS if isinstance(error, kind))
    if found := re.search(r"inequivalent arg '(.+)' for (queue|exchange) '(.+)' in vhost '.+?': (.+)", text):
        argument, kind, name, difference = found.groups()
        text = f"{kind} {name!r} exists with another {argument} ({difference}); delete it first: broker delete {name}"
    return Failure(text, {320: 69, 403: 77}.get(getattr(error, "reply_code", 0), status))


class Link:
    """A connection to the first node that answers, with one channel on which declare(channel) has run.

    Raises Failure: 69 without an answer in 10 s, 77 if login, vhost or permission are refused, 1 if a declaration is.
    """

    def __init__(self, declare: Callable[[Channel], None]) -> None:
        self.declare = declare
        self.lost = ""  # why it ended, as far as anybody said so
        self.bug: Exception | None = None  # what a callback raised
        self.ended = Event()
        self._connection = self._connect()
        try:
            self._connection.add_on_connection_blocked_callback(
                lambda _, frame: tell(f"RabbitMQ takes no messages now ({frame.method.reason}): waiting")
            )
            self._channel = self._connection.channel()
            self._channel.add_on_cancel_callback(lambda _: self._end("the queue was deleted"))
            consume = self._channel.basic_consume
            self._channel.basic_consume = (  # type: ignore[method-assign]
                lambda queue, callback, **options: consume(queue, self._guard(callback), **options)
            )
            declare(self._channel)
        except (amqp.AMQPError, TimeoutError) as error:
            self.close()
            raise explain(error) from None

    def _connect(self) -> Connection:
        candidates = nodes()
        for node in candidates:
            try:
                return Connection(node, on_close_callback=self._on_close, timeout=ANSWER / len(candidates))
            except Exception as error:  # noqa: BLE001 - pika lets gaierror, SSLError, TimeoutError and others through
                failure = explain(error)
        where = ", ".join(f"{node.host}:{node.port}" for node in candidates)
        if failure.status == 77:  # noqa: PLR2004 - a status of DESIGN's table
            raise Failure(f"RabbitMQ at {where} {failure}: check AMQP_URL", 77)
        raise Failure(f"cannot reach RabbitMQ at {where}: {failure}. Is it running? Start one: broker up", 69)

    @property
    def is_open(self) -> bool:
        """Whether it is still of use: to be asked often, for of a channel that the broker closes nobody is told."""
        return self._channel.is_open and not self.ended.is_set()

    def close(self) -> None:
        """Close without the polling of Connection.close; a broker that does not answer gets a second."""
        self.ended.clear()
        with suppress(Exception):
            self._connection.add_callback_threadsafe(self._connection.close)
            self.ended.wait(1)

    def _on_close(self, _: object, reason: BaseException) -> None:
        self._end(f"lost RabbitMQ: {explain(reason)}")

    def _end(self, reason: str) -> None:
        self.lost = self.lost or reason
        self.ended.set()

    def _guard(self, callback: Callable[..., None]) -> Callable[..., None]:
        def guarded(*delivery: object) -> None:
            with BUSY:
                if self.is_open:  # else the message is not acknowledged, and goes back to its queue
                    try:
                        callback(*delivery)
                    except Exception as error:  # noqa: BLE001 - which pika would swallow; come_back raises it again
                        if self.is_open or not isinstance(error, amqp.AMQPError):
                            self.bug = error
                            self.ended.set()

        return guarded


def connect(declare: Callable[[Channel], None]) -> Link:
    """Return a link, at the second attempt if the first met a fault of RabbitMQ itself (541), as in a queue's birth."""
    try:
        return Link(declare)
    except Failure as failure:
        if "INTERNAL_ERROR" not in str(failure):
            raise
        return Link(declare)


def come_back(link: Link, patience: float = math.inf) -> Link:
    """Replace a link that ended, trying again for so many seconds; what a callback of it raised is raised here."""
    lost, said, pause, deadline = link.lost, "", 0.1, time.monotonic() + patience
    link.close()
    if link.bug:
        raise link.bug
    if lost:
        tell(f"{lost}; connecting again")
    while True:
        try:
            again = connect(link.declare)
        except Failure as failure:
            if patience < math.inf and failure.status not in (69, 75):
                raise
            if time.monotonic() > deadline:
                raise Failure(str(failure), 75) from None
            if failure.status not in (69, 75) and said != (said := str(failure)):
                tell(said)  # a person has to mend it
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            if lost:
                tell("connected again")
            return again
