"""A connection to RabbitMQ that says why it ended; and how long to try for one."""

import copy
import logging
import math
import socket
import time
from collections.abc import Callable
from concurrent import futures
from contextlib import suppress

from pika import URLParameters, exceptions
from pika.adapters.thread_safe_connection import Channel, Connection

from rabbitmq_tutorial.address import nodes
from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.faults import Exit, Failure, explain

PATIENCE = 30.0  # seconds without a broker, or without a confirm, before a producer gives up
Setup = Callable[[Channel], None]


class Link:
    """A pika connection with one channel; to faults, pika's threads add what makes it useless."""

    def __init__(self, node: URLParameters, host: str, timeout: float) -> None:
        self.faults: list[Failure] = []  # the first is why it ended
        self._closed = futures.Future[Failure]()
        there = copy.copy(node)
        there.host, there.connection_attempts = host, 1  # it is connect that tries again
        self._connection = Connection(
            there, None, lambda _, why: self._closed.set_result(explain(why)), timeout
        )
        self._log = ChannelLog(self.faults)

    def set_up(self, setup: Setup) -> None:
        """Open the channel and run setup(channel). Raises Failure if RabbitMQ refuses."""
        try:
            self._connection.add_on_connection_blocked_callback(
                lambda _, blocked: print_notice(
                    f"RabbitMQ takes no messages for now ({blocked.method.reason}): waiting"
                )
            )
            self.channel = self._connection.channel()
            self.channel.add_on_cancel_callback(
                lambda _: self.faults.append(Failure("the queue was deleted"))
            )
            setup(self.channel)
        except (exceptions.AMQPError, TimeoutError) as error:
            self.close()
            raise explain(error) from None

    @property
    def is_open(self) -> bool:
        """Whether messages may still pass."""
        return self.channel.is_open and not self.faults

    def close(self) -> Failure:
        """Close it; return why it ended. A broker that does not answer gets a second."""
        with suppress(Exception):  # called in pika's own thread, close does not poll
            self._connection.add_callback_threadsafe(self._connection.close)
        logging.getLogger("pika.channel").removeHandler(self._log)
        with suppress(futures.TimeoutError):
            self.faults.append(self._closed.result(timeout=1))
        return (self.faults or [Failure("lost RabbitMQ: it does not answer", Exit.UNAVAILABLE)])[0]


class ChannelLog(logging.Handler):
    """Hears in pika's log why RabbitMQ closed the channel of a link: pika says it nowhere else."""

    def __init__(self, faults: list[Failure]) -> None:
        super().__init__(logging.WARNING)
        self._faults = faults
        logging.getLogger("pika.channel").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Read "Received remote Channel.Close (code): text on channel"."""
        if isinstance(record.args, tuple) and "remote Channel.Close" in record.msg:
            failure = explain(exceptions.ChannelClosedByBroker(0, str(record.args[1])))
            self._faults.append(Failure(f"RabbitMQ closed the channel: {failure}", failure.status))
            if "consumer_timeout" in str(failure):
                print_notice(failure)  # at once: the task may still take long


def connect(setup: Setup, patience: float = 0.0) -> Link:
    """Return a link on which setup(channel) has run.

    How long to try is decided here. At first (patience 0), connection_attempts and retry_delay of
    the URL say it: by default once. Else for so many seconds, with pauses that grow to 5 s. What
    only a person can mend (a refused login, a declaration that does not fit) raises Failure at
    once, or is printed if patience is endless. What RabbitMQ refuses for now gets one more second.
    """
    deadline = time.monotonic() + (
        patience or max((node.connection_attempts - 1) * node.retry_delay for node in nodes())
    )
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


def keep_open(link: Link, setup: Setup, patience: float = PATIENCE) -> Link:
    """Return the link or, if it was lost, a new one, and say so. Raises Failure as connect does."""
    if link.is_open:
        return link
    why = link.close()
    told = why.passing or patience == math.inf  # else connect may raise the same: say it once
    if told:
        print_notice(f"{why}; connecting again")
    again = connect(setup, patience)
    print_notice("connected again" if told else f"{why}; connected again")
    return again


def link_to_a_node(setup: Setup) -> Link:
    """Return a link to the first node that answers; each address gets a share of 10 seconds."""
    candidates = [(node, host) for node in nodes() for host in addresses(node)]
    failures = []
    for node, host in candidates:
        try:
            link = Link(node, host, 10 / len(candidates))
        except Exception as error:  # noqa: BLE001 - pika lets SSLError, TimeoutError and more out
            failures.append(explain(error, f"cannot reach RabbitMQ at {node.host}:{node.port}"))
        else:
            link.set_up(setup)
            return link
    raise max(failures, key=lambda failure: failure.status)


def addresses(node: URLParameters) -> list[str]:
    """Return the addresses of a node's name: the first may be a program that never answers."""
    with suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(node.host, node.port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))
    return [node.host]  # pika will report it
