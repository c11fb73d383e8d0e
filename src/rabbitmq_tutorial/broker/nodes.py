"""Nodes of RabbitMQ that we start: what a container and a local process have in common."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from pathlib import Path
from typing import NamedTuple

from pika import URLParameters
from pika.adapters.thread_safe_connection import Connection

from rabbitmq_tutorial.command_line import Failure

ROOT = Path(__file__).resolve().parents[3]  # the checkout
CONFIG = Path(__file__).parent / "config"
READY = 120.0  # seconds that a node may take to boot


class Ports(NamedTuple):
    """Where a node listens, on 127.0.0.1."""

    amqp: int
    http: int


class Broker(ABC):
    """One node of RabbitMQ, or a cluster; nodes are numbered from 1."""

    def __init__(self, ports: list[Ports]) -> None:
        self.ports = ports

    @property
    def amqp_url(self) -> str:
        """The addresses of all nodes, as AMQP_URL takes them."""
        return ",".join(f"amqp://guest:guest@localhost:{node.amqp}/%2F" for node in self.ports)

    @property
    def management_url(self) -> str:
        """The management API of the first node, as MANAGEMENT_URL takes it."""
        return f"http://guest:guest@localhost:{self.ports[0].http}"

    def up(self) -> None:
        """Start all nodes, join them to a cluster, and return when AMQP and the management API answer on each."""
        for node in range(1, len(self.ports) + 1):
            self._launch(node)
        for node in range(1, len(self.ports) + 1):
            self.wait_for(node)
        for node in range(2, len(self.ports) + 1):
            for command in ["stop_app"], ["reset"], ["join_cluster", self.node_name(1)], ["start_app"]:
                self.ctl(*command, node=node)
            self.wait_for(node)

    def start(self, node: int = 1) -> None:
        """Start a node that was stopped or killed, and wait until it answers."""
        self._launch(node)
        self.wait_for(node)

    def wait_for(self, node: int) -> None:
        """Wait until a node answers on both ports; raises Failure (75) if it does not within two minutes."""
        amqp, http = self.ports[node - 1]
        deadline = time.monotonic() + READY
        while not (answers_amqp(f"amqp://guest:guest@localhost:{amqp}/%2F") and answers_http(f"http://localhost:{http}")):
            if time.monotonic() > deadline or not self.is_running(node):
                raise Failure(f"RabbitMQ did not come up on port {amqp}: {self.log_hint(node)}", 75)
            time.sleep(0.1)

    @abstractmethod
    def node_name(self, node: int) -> str:
        """Return the Erlang name of a node."""

    @abstractmethod
    def _launch(self, node: int) -> None: ...

    @abstractmethod
    def is_running(self, node: int = 1) -> bool:
        """Whether the node's process lives."""

    @abstractmethod
    def log_hint(self, node: int) -> str:
        """Say where to look when a node does not come up."""

    @abstractmethod
    def stop(self, node: int = 1) -> None:
        """Stop a node in an orderly way; its data stay."""

    @abstractmethod
    def kill(self, node: int = 1) -> None:
        """Kill a node as a power cut would; its data stay."""

    @abstractmethod
    def down(self) -> None:
        """Stop all nodes and remove what they left."""

    @abstractmethod
    def ctl(self, *arguments: str, node: int = 1) -> str:
        """Return what rabbitmqctl prints; raises Failure with its complaint."""


def output(command: list[str], environment: dict[str, str] | None = None) -> str:
    """Return the standard output of a command; raises Failure with the last line of its complaint."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        complaint = (done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}").splitlines()[-1]
        raise Failure(f"{Path(command[0]).name}: {complaint}")
    return done.stdout


def answers_amqp(url: str, seconds: float = 5) -> bool:
    """Whether a broker lets us in there; a TCP accept alone may be somebody else's."""
    try:
        Connection(URLParameters(url), timeout=seconds).close(1)
    except Exception:  # noqa: BLE001 - whatever it is, it is no answer
        return False
    return True


def answers_http(url: str, seconds: float = 5) -> bool:
    """Whether a RabbitMQ management API is there, be it one that asks for a password."""
    try:
        with urllib.request.urlopen(f"{url}/api/overview", timeout=seconds):  # noqa: S310 - http by construction
            return True
    except urllib.error.HTTPError as error:
        return error.code == 401  # noqa: PLR2004 - Unauthorized: it is there
    except OSError:
        return False
