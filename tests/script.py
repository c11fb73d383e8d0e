"""A script as a process, the way a reader runs it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

import pytest

from forked import Fork, is_for_a_new_python

ROOT = Path(__file__).resolve().parents[1]
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
IMPATIENT = """
import runpy
from functools import partial
from rabbitmq_tutorial import producer
producer.PATIENCE = 2
producer.keep_open = partial(producer.keep_open, patience=5)
runpy.run_path({script!r}, run_name="__main__")
"""


def impatient(folder: Path, script: str) -> str:
    """Return a producer that gives up after 2 s without a confirm or 5 s without a broker."""
    file = folder / "impatient.py"
    file.write_text(IMPATIENT.format(script=str(ROOT / script)), encoding="utf-8")
    return str(file)


def started(
    script: Path, arguments: tuple[str | bytes, ...], environment: dict[str, str]
) -> Fork | subprocess.Popen[bytes]:
    """Start a process, with pipes for its streams."""
    if not is_for_a_new_python(environment):
        return Fork(script, arguments, environment)
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", script, *arguments],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


class Script:
    """A running script, and what it has printed so far."""

    def __init__(
        self, script: str, arguments: tuple[str | bytes, ...], environment: dict[str, str]
    ) -> None:
        self.process = started(ROOT / script, arguments, environment)
        self._lines: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
        self._unread: dict[str, SimpleQueue[bytes | None]] = {
            "stdout": SimpleQueue(),
            "stderr": SimpleQueue(),
        }
        self._readers = [
            threading.Thread(target=self._read, args=[name, stream], daemon=True)
            for name, stream in (("stdout", self.process.stdout), ("stderr", self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._lines[name].append(line)
                self._unread[name].put(line)
        self._unread[name].put(None)

    @property
    def stdout(self) -> str:
        return b"".join(self._lines["stdout"]).decode()

    @property
    def stderr(self) -> str:
        return b"".join(self._lines["stderr"]).decode()

    def lines(self) -> list[str]:
        return self.stdout.splitlines()

    def expect(self, pattern: str, seconds: float = 15, stream: str = "stdout") -> str:
        """Wait for a line that matches the regular expression, after those already expected."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._unread[stream].get(timeout=max(0, deadline - time.monotonic()))
            except Empty:
                pytest.fail(f"no {pattern!r} in {self.stdout!r} {self.stderr!r}")
            if line is None:
                self._unread[stream].put(None)  # for whoever asks again
                pytest.fail(f"ended without {pattern!r}: {self.stdout} {self.stderr}")
            text = line.decode().rstrip("\n")
            if re.search(pattern, text):
                return text

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
        """Press Ctrl-C, and tell whether it ended: Python misses one as it is about to block."""
        self.signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)  # a second one would end it at once, and without its exit code
        return self.process.poll() is not None

    def stop(self) -> None:
        """Press Ctrl-C; a consumer then ends with 0."""
        self.signal(signal.SIGINT)
        assert self.wait(10) == 0, self.stderr
