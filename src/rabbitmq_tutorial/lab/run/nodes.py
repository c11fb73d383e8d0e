"""The nodes of a broker that the lab runs: what Docker's and this machine's have in common."""

import errno
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException

from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.see.address import Address, Login

BOOT = 120.0  # seconds that nodes get to boot, and to stop
BOOTS = 3  # attempts: nodes of a cluster that boot at one moment may stumble over each other
GREETING = 2.0  # seconds in which a broker says its first word
HOST = "127.0.0.1"


def speaks_amqp(host: str, port: int) -> bool:
    """Whether a broker is behind the port: a TCP connection alone may be somebody else's."""
    with suppress(OSError), socket.create_connection((host, port), timeout=GREETING) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return connection.recv(1) == b"\x01"  # a method frame, which Connection.Start comes in
    return False


def taken(port: int) -> bool:
    """Whether a program listens on the port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def wait(condition: Callable[[], object], seconds: float) -> bool:
    """Ask until the condition holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class Broker(ABC):
    """One to three nodes, numbered from 1, each with a port for AMQP and one for the management API on 127.0.0.1."""

    kind: str  # what runs them

    def __init__(self, amqp: Sequence[int], management: Sequence[int]) -> None:
        self.amqp, self.management = list(amqp), list(management)
        self.environment = {
            "AMQP_URL": self.amqp_url,
            "MANAGEMENT_URL": self.management_url,
        }  # for scripts to find it

    @property
    def amqp_url(self) -> str:
        """What to set AMQP_URL to."""
        return ",".join(f"amqp://guest:guest@{HOST}:{port}/%2F" for port in self.amqp)

    @property
    def management_url(self) -> str:
        """What to set MANAGEMENT_URL to."""
        return ",".join(f"http://guest:guest@{HOST}:{port}" for port in self.management)

    @property
    def numbers(self) -> range:
        """The nodes."""
        return range(1, len(self.amqp) + 1)

    def create(self) -> None:
        """Boot what does not run yet for the first time, the first node ahead: the others look for it to join it."""
        self.need_ports([number for number in self.numbers if not self.alive(number)])
        self.start(1)
        if rest := [number for number in self.numbers if number > 1]:
            self.start(*rest)

    def start(self, *numbers: int) -> None:
        """Start these nodes, or all; return when AMQP and the management API answer on each; raises Failure (69)."""
        numbers = numbers or tuple(self.numbers)
        dead = [number for number in numbers if not self.alive(number)]
        self.need_ports(dead)
        self.launch(dead)
        for number in numbers:
            for attempt in range(BOOTS):
                if attempt:
                    self.launch([number])
                if not wait(
                    lambda number=number: self.answers(number) or not self.alive(number), BOOT
                ):  # type: ignore[misc]
                    raise Failure(f"RabbitMQ did not answer within {BOOT:.0f} s", 69)
                if self.alive(number):
                    break
            else:
                raise Failure(f"RabbitMQ ended as it booted: {self.last_words(number)}", 69)

    def need_ports(self, numbers: Sequence[int]) -> None:
        """Raise Failure (69) if a port of these nodes is taken: they would boot, and end, for half a minute."""
        for number in numbers:
            for what, port in (
                ("AMQP", self.amqp[number - 1]),
                ("management API", self.management[number - 1]),
            ):
                if not wait(lambda port=port: not taken(port), 1):  # type: ignore[misc] # a node that has just ended
                    raise Failure(
                        f"port {port} (node {number}, {what}) is taken: stop what listens there (ss -ltnp names it), or"
                        " choose other ports, as in AMQP_URL=amqp://guest:guest@localhost:5772/%2F"
                        " MANAGEMENT_URL=http://guest:guest@localhost:15772 broker up",
                        69,
                    )

    def stop(self, *numbers: int) -> None:
        """Stop these nodes, or all, in good order."""
        self.end(numbers or tuple(self.numbers), kill=False)

    def kill(self, *numbers: int) -> None:
        """End these nodes, or all, by SIGKILL."""
        self.end(numbers or tuple(self.numbers), kill=True)

    def answers(self, number: int) -> bool:
        """Whether AMQP and the management API answer on this node."""
        if not speaks_amqp(HOST, self.amqp[number - 1]):
            return False
        with suppress(OSError, HTTPException):
            api = Address(HOST, self.management[number - 1])
            status, _ = api.ask("GET", "overview", Login("guest", "guest"), timeout=5)
            return status == HTTPStatus.OK
        return False

    @abstractmethod
    def launch(self, numbers: Sequence[int]) -> None:
        """Start these nodes, without waiting for them."""

    @abstractmethod
    def end(self, numbers: Sequence[int], *, kill: bool) -> None:
        """Stop or kill these nodes, those that run; return when they have ended."""

    @abstractmethod
    def alive(self, number: int) -> bool:
        """Whether this node's process runs."""

    @abstractmethod
    def last_words(self, number: int) -> str:
        """Return a line that may tell why this node ended."""

    @abstractmethod
    def ctl(self, *arguments: str, node: int = 1) -> str:
        """Return what rabbitmqctl prints about this node; raise Failure if it fails."""

    @abstractmethod
    def remove(self, *, wipe: bool) -> None:
        """End everything, helper processes too; wipe also deletes the data."""
