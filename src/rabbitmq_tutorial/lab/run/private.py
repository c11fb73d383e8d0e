"""A throw-away broker: for tests, the demo and measurements."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from rabbitmq_tutorial.lab.run.lifecycle import new
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.ports import free_ports


def _terminated(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)  # so that what has to be cleaned up is


@contextmanager
def private_broker(nodes: int = 1) -> Iterator[Broker]:
    """Run a broker on free ports of 127.0.0.1; leave nothing behind, also after SIGTERM."""
    main = threading.current_thread() is threading.main_thread()
    ours = main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, _terminated)
    ports = free_ports(2 * nodes)
    with TemporaryDirectory(prefix="rabbitmq-tutorial-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "broker"  # the lock beside it goes with the folder, too
        broker = new(home, f"rabbitmq-tutorial-{ports[0]}", ports[:nodes], ports[nodes:])
        broker.environment["BROKER_HOME"] = str(home)
        try:
            broker.create()
            yield broker
        finally:
            broker.remove(wipe=True)
            if ours:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
