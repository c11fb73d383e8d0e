"""A throw-away broker for the run, a vhost for each test, and scripts as processes, the way a reader runs them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pika
import pytest
from pika.adapters.thread_safe_connection import Channel, Connection

from api import Api
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.private import private_broker

ROOT = Path(__file__).resolve().parents[1]
COMMAND = Path(sys.executable).parent / "broker"
Start = Callable[..., "Script"]
Lab = Callable[..., subprocess.CompletedProcess[str]]

# Arguments with which each script works.
PRODUCERS = {
    "hello_world/send.py": [],
    "work_queues/new_task.py": [],
    "publish_subscribe/emit_log.py": [],
    "routing/emit_log_direct.py": [],
    "routing/emit_log_headers.py": ["a=b"],
    "topics/emit_log_topic.py": [],
    "rpc/rpc_client.py": [],
}
CONSUMERS = {
    "hello_world/receive.py": [],
    "work_queues/worker.py": [],
    "publish_subscribe/receive_logs.py": [],
    "routing/receive_logs_direct.py": ["info"],
    "routing/receive_logs_headers.py": ["a=b"],
    "topics/receive_logs_topic.py": ["anonymous.*"],
    "rpc/rpc_server.py": [],
}
SCRIPTS: dict[str, list[str]] = PRODUCERS | CONSUMERS
READY = (
    r"^ \[\*\] Waiting for (messages|logs)\. To exit press CTRL\+C$|^ \[x\] Awaiting RPC requests$"
)


signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # tests in the background ignore it, and so would scripts
LONG = [
    "test_cluster",
    "test_lifecycle",
    "test_outages",
    "test_walkthrough",
]  # with brokers of their own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that none of them is left for the end."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    with private_broker() as started:
        yield started


@pytest.fixture
def api(broker: Broker) -> Api:
    """Return the management API."""
    return Api(broker.management[0])


@pytest.fixture
def vhost(broker: Broker, api: Api) -> Iterator[str]:
    """Return the AMQP URL of a fresh vhost."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    api.put(f"/vhosts/{name}")
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    api.put(f"/permissions/{name}/guest", everything)
    yield broker.amqp_url.rpartition("/")[0] + f"/{name}"
    api.delete(f"/vhosts/{name}")


@pytest.fixture
def channel(vhost: str) -> Iterator[Channel]:
    """Return a channel on the vhost, to look at queues and to put messages in."""
    with Connection(pika.URLParameters(vhost)) as connection:
        yield connection.channel()


def wait_until(condition: Callable[[], Any], seconds: float = 15) -> Any:  # noqa: ANN401 - what the condition returns
    """Ask until the condition holds, and return what it returned."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return result


class Script:
    """A running script, and what it has printed so far."""

    def __init__(
        self, script: str, arguments: tuple[str | bytes, ...], environment: dict[str, str]
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", ROOT / script, *arguments],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._lines: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
        self._seen = {"stdout": 0, "stderr": 0}
        self._readers = [
            threading.Thread(target=self._read, args=[stream, self._lines[name]], daemon=True)
            for name, stream in (("stdout", self.process.stdout), ("stderr", self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream: IO[bytes], lines: list[bytes]) -> None:
        with stream:
            lines.extend(stream)

    @property
    def stdout(self) -> str:
        return b"".join(self._lines["stdout"]).decode()

    @property
    def stderr(self) -> str:
        return b"".join(self._lines["stderr"]).decode()

    def lines(self) -> list[str]:
        return self.stdout.splitlines()

    def expect(self, pattern: str, seconds: float = 15, stream: str = "stdout") -> str:
        """Wait for a line that matches the regular expression, after those already expected, and return it."""
        deadline = time.monotonic() + seconds
        while True:
            ended = self.process.poll() is not None and not any(
                reader.is_alive() for reader in self._readers
            )
            while self._seen[stream] < len(self._lines[stream]):
                line = self._lines[stream][self._seen[stream]].decode().rstrip("\n")
                self._seen[stream] += 1
                if re.search(pattern, line):
                    return line
            assert not ended, f"ended without {pattern!r}: {self.stdout} {self.stderr}"
            assert time.monotonic() < deadline, f"no {pattern!r} in {self.stdout!r} {self.stderr!r}"
            time.sleep(0.01)

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        with suppress(BrokenPipeError):  # it has ended already: its exit status tells
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def close(self) -> None:
        """Let stdin end."""
        assert self.process.stdin
        with suppress(BrokenPipeError):
            self.process.stdin.close()

    def wait(self, seconds: float = 30) -> int:
        """Wait for the end, all output read, and return the exit status."""
        self.close()
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGABRT)  # says what each thread is doing
            self.process.wait()
            pytest.fail(f"still runs after {seconds} s: {self.stdout[-2000:]} {self.stderr}")
        for reader in self._readers:
            reader.join(5)
        return status

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def interrupted(self) -> bool:
        """Press Ctrl-C, and tell whether it ended: Python misses one as it is about to block, until the next."""
        self.signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        return self.process.poll() is not None

    def stop(self) -> None:
        """Press Ctrl-C; a consumer then ends with 0."""
        self.signal(signal.SIGINT)
        assert self.wait(10) == 0, self.stderr


def start_on(url: str) -> Iterator[Start]:
    """Yield a function that starts a script with its arguments, stdin=bytes and env={...}; kill all at the end."""
    started: list[Script] = []

    def start_script(
        script: str,
        *arguments: str | bytes,
        stdin: bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> Script:
        running = Script(script, arguments, {**os.environ, "AMQP_URL": url, **(env or {})})
        started.append(running)
        if stdin is not None:
            running.write(stdin)
            running.close()
        return running

    yield start_script
    for script in started:
        script.process.kill()
        script.wait()


@pytest.fixture
def start(vhost: str) -> Iterator[Start]:
    """Start a script on the vhost, see start_on."""
    yield from start_on(vhost)


@pytest.fixture
def finish(start: Start) -> Start:
    """Start a script, wait for its end and check that it exits with status, 0 if not given."""

    def finish_script(
        script: str, *arguments: str | bytes, status: int = 0, **options: Any
    ) -> Script:
        running = start(script, *arguments, **options)
        assert running.wait() == status, running.stderr
        return running

    return finish_script


@pytest.fixture
def lab(vhost: str, broker: Broker) -> Lab:
    """Return a function that runs `broker` with arguments, on the vhost."""

    def run(
        *arguments: str, status: int = 0, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        urls = {"AMQP_URL": vhost, "MANAGEMENT_URL": broker.management_url}
        done = subprocess.run(
            [COMMAND, *arguments],
            env={**os.environ, **urls, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == status, done.stderr
        assert len(done.stderr.splitlines()) == (status != 0)
        return done

    return run


def rows(table: str) -> list[dict[str, str]]:
    head, *lines = (line.split("\t") for line in table.splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]
