"""A throw-away broker: for tests, the demo and measurements."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rabbitmq_tutorial.broker import docker, local
from rabbitmq_tutorial.broker.lifecycle import install
from rabbitmq_tutorial.broker.nodes import Broker

__all__ = ["Broker", "private_broker"]


def _terminated(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)  # so that what has to be cleaned up is


def _new(nodes: int) -> Broker:
    ports = local.free_ports(3 * nodes + 1)
    amqp, management, internal = ports[:nodes], ports[nodes : 2 * nodes], ports[2 * nodes :]
    if docker.engine():
        return docker.DockerBroker(f"rabbitmq-tutorial-{os.getpid()}-{amqp[0]}", amqp, management)
    install()
    return local.LocalBroker(Path(tempfile.mkdtemp(prefix="rabbitmq-tutorial-")), amqp, management, internal)


@contextmanager
def private_broker(nodes: int = 1) -> Iterator[Broker]:
    """Run a broker on free ports of 127.0.0.1; leave nothing behind, neither after an exception nor after SIGTERM."""
    main = threading.current_thread() is threading.main_thread()
    ours = main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, _terminated)
    broker = _new(nodes)
    try:
        broker.create()
        yield broker
    finally:
        broker.remove(wipe=True)
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
