"""Where the broker is, and a connection to it."""

import math
import os
import re
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock

from pika import SSLOptions, URLParameters, exceptions
from pika.adapters.thread_safe_connection import Channel, Connection

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.faults import Exit, Failure, explain

DEFAULT_URL = "amqp://guest:guest@localhost:5672/%2F"
ANSWER = 10.0  # seconds that a broker has to answer
BUSY = Lock()  # held while a callback runs: they run one at a time, also when a lost connection leaves one behind


def nodes() -> list[URLParameters]:
    """Return the parameters of each node in AMQP_URL, which commas separate; raises Failure (2) for what is no URL."""
    urls = (os.environ.get("AMQP_URL") or DEFAULT_URL).split(",")
    try:
        found = [URLParameters(re.findall("^amqps?://[^/].*", url)[0]) for url in urls]
    except (
        ValueError,
        LookupError,
        TypeError,
        SyntaxError,
        OSError,
    ):  # their texts may quote the password
        raise Failure(f"AMQP_URL is no amqp:// or amqps:// URL; one is {DEFAULT_URL}", 2) from None
    for node in found:
        node.ssl_options = node.ssl_options and SSLOptions(ssl.create_default_context(), node.host)
        script = "/".join(Path(sys.argv[0]).resolve().parts[-2:])
        node.client_properties = {"connection_name": f"{script} {os.getpid()}"}
    return found


class Link:
    """A connection to the first node that answers, with one channel on which declare(channel) has run.

    Raises Failure: 69 without an answer in 10 s, 77 if login, vhost or permission are refused, 1 if a declaration is,
    75 after a fault of RabbitMQ itself.
    """

    def __init__(self, declare: Callable[[Channel], None]) -> None:
        self.declare, self.ended, self.lost = (
            declare,
            Event(),
            "",
        )  # lost: why it ended, as far as anybody said so
        self.bug: Exception | None = None  # what a callback raised
        self.stopping = False  # whether no further callback is to begin
        self._connection = self._connect()
        try:
            self._connection.add_on_connection_blocked_callback(
                lambda _, frame: print_notice(
                    f"RabbitMQ takes no messages now ({frame.method.reason}): waiting"
                )
            )
            self._channel = self._connection.channel()
            self._channel.add_on_cancel_callback(lambda _: self._end("the queue was deleted"))
            take = self._channel.basic_consume
            self._channel.basic_consume = (  # type: ignore[method-assign]
                lambda queue, callback, **options: take(queue, self._guard(callback), **options)
            )
            declare(self._channel)
        except (exceptions.AMQPError, TimeoutError) as error:
            self.close()
            failure = explain(error)
            lost = failure.status == Exit.UNAVAILABLE
            raise Failure(
                f"lost RabbitMQ: {failure}" if lost else str(failure), failure.status
            ) from None
        self.began, self.pause = time.monotonic(), 0.0

    def _connect(self) -> Connection:
        candidates, failures = nodes(), []
        for node in candidates:
            try:
                return Connection(
                    node, on_close_callback=self._on_close, timeout=ANSWER / len(candidates)
                )
            except Exception as error:  # noqa: BLE001 - pika lets gaierror, SSLError, TimeoutError and others through
                failures.append(explain(error))
        failure = max(failures, key=lambda failure: failure.status)
        if failure.status == Exit.NO_PERMISSION:
            raise failure
        where = ", ".join(f"{node.host}:{node.port}" for node in candidates)
        advice = (
            ""
            if re.search("AMQP_URL|TLS", str(failure))
            else ". Is it running? Start one: broker up"
        )
        raise Failure(f"cannot reach RabbitMQ at {where}: {failure}{advice}", 69)

    @property
    def is_open(self) -> bool:
        """Whether it is still of use: to be asked often, for of a channel that the broker closes nobody is told."""
        return self._channel.is_open and not self.ended.is_set()

    def close(self) -> None:
        """Close without the polling of Connection.close; a broker that does not answer gets a second."""
        self.ended = Event()  # a new one: a signal may have come as the old one was waited for
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
                try:
                    if (
                        self.is_open and not self.stopping
                    ):  # else the message goes back to its queue
                        callback(*delivery)
                except BaseException as error:  # noqa: BLE001 - which pika would swallow; come_back raises it again
                    if self.is_open:  # else the lost connection was in its way
                        self.bug = (
                            error if isinstance(error, Exception) else RuntimeError(repr(error))
                        )
                        self.ended.set()

        return guarded


def connect(declare: Callable[[Channel], None], patience: float = 0.0, pause: float = 0.0) -> Link:
    """Return a link, trying again for so many seconds; for ever means whatever is in the way."""
    deadline, said, lenient = time.monotonic() + patience, "", True
    while True:
        time.sleep(pause)
        pause = min(2 * pause, 5) or 0.1
        try:
            link = Link(declare)
        except Failure as failure:
            passing = failure.status in (
                Exit.UNAVAILABLE,
                Exit.TEMPORARY,
            )  # else a person has to mend it
            in_vain = time.monotonic() > deadline or not (passing or patience == math.inf)
            if in_vain and not (
                lenient and failure.status == Exit.TEMPORARY
            ):  # of RabbitMQ itself, as a queue is born
                raise
            lenient = False
            if not passing and said != (said := str(failure)):
                print_notice(said)
        else:
            link.pause = pause
            return link


def come_back(link: Link, patience: float = math.inf) -> Link:
    """Replace a link that ended, trying again for so many seconds; what a callback of it raised is raised here."""
    lost = link.lost
    link.close()
    if link.bug:
        raise link.bug
    if lost:
        print_notice(f"{lost}; connecting again")
    pause = (
        link.pause if time.monotonic() - link.began < 1 else 0.0
    )  # the longer, the more links end at once
    again = connect(link.declare, patience, pause)
    if lost:
        print_notice("connected again")
    return again
