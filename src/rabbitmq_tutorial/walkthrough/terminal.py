"""A terminal of a page: one command at a time, what is typed into it, its output as it comes."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.walkthrough.page import ROOT, matches

ADDRESSES = {
    "localhost:5672": "AMQP_URL",
    "localhost:15672": "MANAGEMENT_URL",
}  # of the pages' broker
PATIENCE = 30.0  # seconds that an expected line, or the end of a command, may take
PAUSE = 0.5  # seconds until a command is typed again
REACTION = 0.2  # seconds from a line to Ctrl-C: before, its message may not be acknowledged yet


class Terminal:
    """Runs a command at a time; show(line) sees what is typed and printed, as a person would."""

    def __init__(self, environment: Mapping[str, str], show: Callable[[str], None]) -> None:
        self._environment, self._show = environment, show
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._status = 0  # of the last command
        self._skip = False  # whether the page has just said "...": any lines may come

    def command(self, text: str) -> None:
        """Type a command, once the one before has ended."""
        self.end()
        self._show(f"$ {text}")
        self._run(text, self._environment)

    def look(self, text: str, agrees: Callable[[list[str]], bool]) -> None:
        """Type a command again and again until its output agrees; raises Failure if it never does.

        What the management API says may be a second old. Tables are as a person has them.
        """
        self.end()
        self._show(f"$ {text}")
        deadline = time.monotonic() + PATIENCE
        while True:
            self._run(text, {**self._environment, "TTY_COMPATIBLE": "1"})
            lines = self._rest()
            if agrees(lines):
                break
            if time.monotonic() > deadline:
                raise Failure("\n".join(["the page has other lines than these:", *lines]))
            time.sleep(PAUSE)
        for line in lines:
            self._show(line)

    def _run(self, text: str, environment: Mapping[str, str]) -> None:
        bash = shutil.which("bash")
        if not bash:
            raise Failure("there is no bash on this machine, and the pages are played in it")
        text = readdressed(text, environment)
        last = f"last() {{ return {self._status}; }}; last"  # $? is that of the command before
        self._process = subprocess.Popen(  # noqa: S603 - the pages are ours
            [bash, "-c", f"{last}; {text}"],
            cwd=ROOT,
            env=environment,
            encoding="utf-8",
            errors="backslashreplace",
            start_new_session=True,  # a process group of its own: Ctrl-C is for all of it
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._lines = queue.SimpleQueue()
        threading.Thread(target=read, args=[self._process, self._lines], daemon=True).start()

    def type(self, text: str) -> None:
        """Type a line into the command that runs; raises Failure if none reads it."""
        self._show(f"> {text}")
        if self._process and self._process.stdin and not self._process.stdin.closed:
            with suppress(OSError):  # of a command that has ended
                self._process.stdin.write(f"{text}\n")
                self._process.stdin.flush()
                return
        raise Failure(f"no command reads what is typed: {text!r}")

    def end_input(self) -> None:
        """Press Ctrl-D; raises Failure if no command runs."""
        self._show("^D")
        if not self._process:
            raise Failure("no command runs whose input could end")
        close_input(self._process)

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
            found = matches(expected, line)
            if found or not self._skip:
                self._show(line)
            if found:
                break
            if not self._skip:
                raise Failure(f"expected {expected!r}, got {line!r}")
        self._skip = False

    def _next(self, deadline: float) -> str | None:
        """Return the next line of output, None at its end. Raises Failure if neither comes."""
        try:
            return self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise Failure(f"nothing more came within {PATIENCE:.0f} s") from None

    def interrupt(self) -> None:
        """Press Ctrl-C; raises Failure if no command runs."""
        self._show("^C")
        if not self._process:
            raise Failure("no command runs that could be interrupted")
        time.sleep(REACTION)
        signal_group(self._process, kill=False)

    def end(self) -> None:
        """Wait for the end of a command that runs. Raises Failure if it says more than the page."""
        if self._process:
            lines = self._rest()
            if lines and not self._skip:
                self._show(lines[0])
                raise Failure(f"more output than the page has: {lines[0]!r}")
        self._skip = False

    def _rest(self) -> list[str]:
        """Return the lines that come until the command ends. Raises Failure if it does not end."""
        assert self._process  # noqa: S101 - whoever calls this has looked
        deadline = time.monotonic() + PATIENCE
        lines = []
        line = self._next(deadline)
        while line is not None:
            lines.append(line)
            line = self._next(deadline)
        self._status = self._process.wait(PATIENCE) % 256
        close_input(self._process)
        self._process = None
        return lines

    def kill(self) -> None:
        """Leave nothing behind."""
        if self._process:
            signal_group(self._process, kill=True)
            self._process.wait(PATIENCE)
            close_input(self._process)
            self._process = None


def readdressed(text: str, environment: Mapping[str, str]) -> str:
    """Return a command for the broker that is played on: it may have other ports than the page."""
    for address, variable in ADDRESSES.items():
        first = environment.get(variable, "").split(",")[0]
        if first:
            text = text.replace(address, urlsplit(first).netloc.rpartition("@")[2])
    return text


def read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    """Put each line that a command prints into a queue, and None when it can print no more."""
    assert process.stdout  # noqa: S101 - it is a pipe
    with process.stdout as output:
        for line in output:
            lines.put(line.rstrip("\n"))
    lines.put(None)


def close_input(process: subprocess.Popen[str]) -> None:
    """End the standard input of a command, which may have ended itself."""
    assert process.stdin  # noqa: S101 - it is a pipe
    with suppress(OSError):
        process.stdin.close()


def signal_group(process: subprocess.Popen[str], *, kill: bool) -> None:
    """Interrupt or kill all that a command has started."""
    if sys.platform != "win32":  # where no page is played
        with suppress(ProcessLookupError, PermissionError):  # all have ended (macOS: no permission)
            os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGINT)
