"""A throw-away broker: for tests, benchmarks and demonstrations."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rabbitmq_tutorial.broker.container import Containers, has_docker
from rabbitmq_tutorial.broker.local import LocalNodes, free_port, server_folder
from rabbitmq_tutorial.broker.nodes import Broker, Ports
from rabbitmq_tutorial.command_line import Failure


@contextmanager
def private_broker(nodes: int = 1) -> Iterator[Broker]:
    """Yield a broker on free ports, in Docker where an engine answers, else as local processes; remove it afterwards.

    Raises Failure (69) where neither is to be had.
    """
    ports = [Ports(free_port(), free_port()) for _ in range(nodes)]
    broker: Broker
    if has_docker():
        broker = Containers(ports, f"rabbitmq-tutorial-{uuid.uuid4().hex[:8]}")
    elif server_folder():
        broker = LocalNodes(ports, Path(tempfile.mkdtemp(prefix="rabbitmq-tutorial-")))
    else:
        raise Failure("no RabbitMQ to be had: start a Docker engine or install rabbitmq-server", 69)
    try:
        broker.up()
        yield broker
    finally:
        broker.down()
