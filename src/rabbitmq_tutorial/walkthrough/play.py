"""Play the terminals of README.md: a demonstration to watch, and the test that the page is true."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.walkthrough.page import matches, pattern, plain, steps

ROOT = Path(__file__).resolve().parents[3]
README = ROOT / "README.md"
COMMANDS = Path(sys.executable).parent  # where `python` and `broker` are those of the tutorial
PAGE = "http://localhost:15672"  # where the page has the management API: what plays it may have another
LOOKS = re.compile("broker (queues|connections|exchanges|bindings|consumers|nodes|picture)")
PATIENCE = 30.0  # seconds that an expected line, or the end of a command, may take


class Terminal:
    """One terminal: a command at a time, its output read as it comes."""

    def __init__(self, environment: Mapping[str, str], show: Callable[[str], None]) -> None:
        self._environment, self._show = environment, show
        self._process: subprocess.Popen[str] | None = None
        self._status, self._skip = 0, False

    def command(self, text: str) -> None:
        """Type a command, once the one before has ended."""
        self.end()
        self._show(f"$ {text}")
        here = text.replace(PAGE, self._environment.get("MANAGEMENT_URL", PAGE))
        self._process = subprocess.Popen(  # noqa: S603 - the page is ours
            [
                "/bin/bash",
                "-c",
                f"last() {{ return {self._status}; }}; last; {here}",
            ],  # $? is of the command before
            cwd=ROOT,
            env=self._environment,
            text=True,
            errors="backslashreplace",
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=[self._process, self._lines], daemon=True).start()

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
        assert process.stdout  # noqa: S101 - it is a pipe
        with process.stdout as output:
            for line in output:
                lines.put(line.rstrip("\n"))
        lines.put(None)

    def output(self, expected: str) -> None:
        """Wait for the next line of output; raises Failure if it is another one, or none comes."""
        if expected == "...":
            self._skip = True
            self._show("...")
            return
        deadline = time.monotonic() + PATIENCE
        while True:
            line = self._next(deadline)
            if line is None:
                raise Failure(f"expected {expected!r}, got no more output")
            if matches(expected, line):
                if self._skip:
                    self._show(line)
                self._skip = False
                return
            if not self._skip:
                raise Failure(f"expected {expected!r}, got {line!r}")

    def _next(self, deadline: float) -> str | None:
        try:
            line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            raise Failure(f"waited {PATIENCE:.0f} s in vain") from None
        if line is not None and not self._skip:
            self._show(line)
        return line

    def interrupt(self) -> None:
        """Press Ctrl-C, and wait for the end of the command."""
        self._show("^C")
        if self._process:
            os.killpg(self._process.pid, signal.SIGINT)
        self.end()

    def end(self) -> None:
        """Wait for the end of the command; raises Failure for output that the page does not have."""
        if self._process:
            deadline = time.monotonic() + PATIENCE
            while (line := self._next(deadline)) is not None:
                if not self._skip:
                    raise Failure(f"more output than the page has: {line!r}")
            self._status = self._process.wait() % 256
        self._process, self._skip = None, False

    def kill(self) -> None:
        """Leave nothing behind."""
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def look(
    text: str, expected: list[str], environment: Mapping[str, str], show: Callable[[str], None]
) -> None:
    """Run a command that looks at the broker until it says what the page says: what it shows may be a second old.

    Its tables are as a person has them.
    """
    show(f"$ {text}")
    deadline = time.monotonic() + PATIENCE
    wanted = "".join(
        "(?:.*\n)*?" if line == "..." else pattern(plain(line)) + "\n" for line in expected
    )
    while True:
        done = subprocess.run(  # noqa: S603 - the page is ours
            ["/bin/bash", "-c", text],
            cwd=ROOT,
            env={**environment, "TTY_COMPATIBLE": "1"},
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if re.fullmatch(wanted, "".join(f"{plain(line)}\n" for line in done.stdout.splitlines())):
            break
        if time.monotonic() > deadline:
            raise Failure(f"the page has other lines than these: {done.stdout}")
    for line in done.stdout.splitlines():
        show(line)


def play(
    page: str, environment: Mapping[str, str], show: Callable[[int, str], None], nodes: int = 1
) -> None:
    """Play a page's blocks for so many nodes; show(terminal, line) sees each line, headings as terminal 0.

    Raises Failure with the page's line.
    """
    environment = {**environment, "TERM": "dumb", "COLUMNS": "80"}
    environment["PATH"] = f"{COMMANDS}{os.pathsep}{environment.get('PATH', os.defpath)}"
    terminals: dict[int, Terminal] = {}
    todo = deque(steps(page, nodes))
    try:
        while todo:
            step = todo.popleft()
            see = partial(show, step.terminal)
            if step.kind == "#":
                see(step.text)
                continue
            terminal = terminals.setdefault(step.terminal, Terminal(environment, see))
            try:
                if step.kind == "$" and LOOKS.match(step.text):
                    terminal.end()
                    expected = []
                    while todo and todo[0].kind == "output" and todo[0].terminal == step.terminal:
                        expected.append(todo.popleft().text)
                    look(step.text, expected, environment, see)
                elif step.kind == "$":
                    terminal.command(step.text)
                elif step.kind == "^C":
                    terminal.interrupt()
                else:
                    terminal.output(step.text)
            except Failure as failure:
                raise Failure(
                    f"README.md:{step.line}, terminal {step.terminal}: {failure}"
                ) from None
        for terminal in terminals.values():
            terminal.end()
    finally:
        for terminal in terminals.values():
            terminal.kill()
