"""A connection to RabbitMQ that says why it ended; and how long to try for one."""

import copy
import logging
import math
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from pika import URLParameters, exceptions
from pika.adapters.thread_safe_connection import Channel, Connection
from pika.frame import Method
from pika.spec import Connection as Spec

from rabbitmq_tutorial.address import nodes
from rabbitmq_tutorial.command_line import print_notice, printable
from rabbitmq_tutorial.faults import Exit, Failure, explain

ANSWER = 10.0  # seconds that a broker has to answer
PATIENCE = 30.0  # seconds without a broker, or without a confirm, before a producer gives up
Setup = Callable[[Channel], None]


class Link:
    """A pika connection with one channel, usable while channel.is_open; lost says why it is not."""

    def __init__(self, node: URLParameters, host: str, timeout: float) -> None:
        self.lost = Failure("lost RabbitMQ", Exit.UNAVAILABLE)  # pika's threads may know better
        self._closed = threading.Event()
        there = copy.copy(node)
        there.host, there.connection_attempts = host, 1  # it is connect that tries again
        self._connection = Connection(there, on_close_callback=self._on_close, timeout=timeout)
        self._log = ChannelLog(self)

    def set_up(self, setup: Setup) -> None:
        """Open the channel and run setup(channel). Raises Failure if RabbitMQ refuses."""
        try:
            self._connection.add_on_connection_blocked_callback(self._on_blocked)
            self.channel = self._connection.channel()
            self.channel.add_on_cancel_callback(self._on_cancel)
            setup(self.channel)
        except (exceptions.AMQPError, TimeoutError) as error:
            self.close()
            raise explain(error) from None

    def close(self) -> None:
        """Close it; a broker that does not answer gets a second."""
        with suppress(Exception):  # on its own thread, pika's close does not poll
            self._connection.add_callback_threadsafe(self._connection.close)
        self._closed.wait(1)
        logging.getLogger("pika.channel").removeHandler(self._log)

    def _on_close(self, _connection: object, reason: BaseException) -> None:
        if not isinstance(reason, exceptions.ConnectionClosedByClient):
            self.lost = explain(reason)
        self._closed.set()

    def _on_cancel(self, _frame: object) -> None:
        self.lost = Failure("the queue was deleted")
        self._connection.add_callback_threadsafe(self._connection.close)

    @staticmethod
    def _on_blocked(_connection: object, frame: Method[Spec.Blocked]) -> None:
        print_notice(f"RabbitMQ takes no messages now ({printable(frame.method.reason)}): waiting")


class ChannelLog(logging.Handler):
    """Hears in pika's log why RabbitMQ closed the channel of a link: pika says it nowhere else."""

    def __init__(self, link: Link) -> None:
        super().__init__(logging.WARNING)
        self._link = link
        logging.getLogger("pika.channel").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Read "Received remote Channel.Close (code): text on channel"."""
        if isinstance(record.args, tuple) and "remote Channel.Close" in record.msg:
            failure = explain(exceptions.ChannelClosedByBroker(0, str(record.args[1])))
            self._link.lost = Failure(f"RabbitMQ closed the channel: {failure}", failure.status)
            if "consumer_timeout" in str(failure):
                print_notice(self._link.lost)  # at once: the task in hand may take long yet


def connect(setup: Setup, patience: float = 0.0) -> Link:
    """Return a link on which setup(channel) has run.

    How long to try is decided here. The first time (patience 0), the URL's connection_attempts
    and retry_delay say how long; by default it tries once. A lost connection is tried for so many
    seconds, with pauses that grow to 5 s. What only a person can mend (a refused login, a
    declaration that does not fit) raises Failure at once; with endless patience it is printed
    instead. A fault of RabbitMQ's own gets another second: it may pass.
    """
    by_url = ((node.connection_attempts - 1) * node.retry_delay for node in nodes())
    deadline = time.monotonic() + (patience or max(by_url))
    pause = 0.5 if patience else 0.0
    while True:
        time.sleep(pause)
        pause = min(2 * pause + 0.1, 5)
        try:
            return link_to_a_node(setup)
        except Failure as failure:
            grace = 1 if failure.status == Exit.TEMPORARY else 0
            over = time.monotonic() >= deadline + grace
            if patience < math.inf and (over or not failure.passing):
                raise
            if not failure.passing:
                print_notice(failure)


def come_back(link: Link, setup: Setup, patience: float = PATIENCE) -> Link:
    """Replace a link that was lost, and say so. Raises Failure as connect does."""
    link.close()
    if link.lost.passing:
        print_notice(f"{link.lost}; connecting again")
    again = connect(setup, patience)
    if not link.lost.passing:  # connect would have raised the same, if it were still so
        print_notice(link.lost)
    print_notice("connected again")
    return again


def link_to_a_node(setup: Setup) -> Link:
    """Return a link to the first node that answers, at any address of its name.

    Each address has its share of 10 s: at ::1, localhost may be a program that never answers.
    """
    candidates = [(node, host) for node in nodes() for host in addresses(node)]
    failures = []
    for node, host in candidates:
        try:
            link = Link(node, host, ANSWER / len(candidates))
        except Exception as error:  # noqa: BLE001 - pika lets SSLError, TimeoutError and more out
            failures.append(explain(error, f"cannot reach RabbitMQ at {node.host}:{node.port}"))
        else:
            link.set_up(setup)
            return link
    raise max(failures, key=lambda failure: failure.status)


def addresses(node: URLParameters) -> list[str]:
    """Return the addresses of a node's name; if it has none, pika reports it."""
    try:
        found = socket.getaddrinfo(node.host, node.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return [node.host]
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
