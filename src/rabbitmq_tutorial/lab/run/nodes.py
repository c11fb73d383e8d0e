"""The nodes of a broker that the lab runs: what Docker's and this machine's have in common."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException

from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.run.ports import HOST, speaks_amqp, taken, who_listens
from rabbitmq_tutorial.lab.see.address import Address, Login

BOOT = 120.0  # seconds that nodes get to boot, and to stop
BOOTS = 3  # attempts: nodes of a cluster that boot at one moment may stumble over each other


def wait(condition: Callable[[], object], seconds: float) -> bool:
    """Ask until the condition holds; return whether it did in time.

    Docker's answers take a while, and keep a small machine from what is waited for: it then rests.
    """
    asked = time.monotonic()
    deadline = asked + seconds
    while not condition():
        now = time.monotonic()
        if now > deadline:
            return False
        time.sleep(min(max(0.1, 3 * (now - asked)), 1.0))
        asked = time.monotonic()
    return True


class Broker(ABC):
    """One to three nodes, numbered from 1.

    Each has a port for AMQP and one for the management API, on 127.0.0.1.
    """

    kind: str  # what runs them

    def __init__(self, amqp: Sequence[int], management: Sequence[int]) -> None:
        self.amqp, self.management = list(amqp), list(management)
        # For scripts to find it:
        self.environment = {"AMQP_URL": self.amqp_url, "MANAGEMENT_URL": self.management_url}

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
        """Boot what does not run yet: the first node, then those that join it."""
        self.need_ports([number for number in self.numbers if not self.alive(number)])
        self.start(1)
        if len(self.numbers) > 1:
            self.start(*self.numbers[1:])

    def start(self, *numbers: int) -> None:
        """Start these nodes, or all; return when AMQP and the management API answer on each.

        Raises Failure (69).
        """
        wanted = numbers or tuple(self.numbers)
        dead = [number for number in wanted if not self.alive(number)]
        self.need_ports(dead)
        self.launch(dead)
        for number in wanted:
            self._wait_for(number)

    def _wait_for(self, number: int) -> None:
        """Return when this node answers; one that ends as it boots is started again."""

        def settled() -> bool:
            return self.answers(number) or not self.alive(number)

        for left in reversed(range(BOOTS)):
            if not wait(settled, BOOT):
                raise Failure(f"RabbitMQ did not answer within {BOOT:.0f} s", Exit.UNAVAILABLE)
            if self.alive(number):
                return
            if left:
                self.launch([number])
        raise Failure(f"RabbitMQ ended as it booted: {self.last_words(number)}", Exit.UNAVAILABLE)

    def need_ports(self, numbers: Sequence[int]) -> None:
        """Raise Failure (69) if a port of these nodes is taken: booting would fail, but late."""
        for number in numbers:
            self._need_port(self.amqp[number - 1], f"node {number}, AMQP")
            self._need_port(self.management[number - 1], f"node {number}, management API")

    @staticmethod
    def _need_port(port: int, what_for: str) -> None:
        def is_free() -> bool:
            return not taken(port)

        if not wait(is_free, 1):  # a node that has just ended may still have it
            raise Failure(
                f"port {port} ({what_for}) is taken: stop what listens there"
                f" ({who_listens(port)} names it), or set AMQP_URL and MANAGEMENT_URL to other"
                " ports, as in amqp://localhost:5772 and http://localhost:15772",
                Exit.UNAVAILABLE,
            )

    def stop(self, *numbers: int) -> None:
        """Stop these nodes, or all, in good order."""
        self.end(numbers or tuple(self.numbers), kill=False)

    def kill(self, *numbers: int) -> None:
        """End these nodes, or all, without a chance to clean up."""
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
