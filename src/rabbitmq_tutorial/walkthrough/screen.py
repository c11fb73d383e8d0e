"""What a person sees of a page that is played: its sentences, and each terminal in a colour."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.control import Control
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import ControlType, Segments
from rich.text import Text

COLOURS = ["bold", "cyan", "green", "magenta", "yellow", "blue"]  # of headings, of each terminal
LETTER = 0.01  # seconds that a person would take for a letter ...
COMMAND = 0.25  # ... and at most for a command: the demo is to be watched, not waited for
WIDTH = 100  # columns of sentences, at most
PROMPT = "Enter goes on, q leaves"
CTRL_C, CTRL_D = b"\x03", b"\x04"


class Screen:
    """Shows headings of the page, and the lines of each terminal below a heading of their own."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._terminal = 0

    def close(self) -> None:
        """Leave the terminal as it was."""

    def wait(self, what: str) -> None:
        """Say what is waited for."""
        self._console.print(f"{what} ...")

    def show(self, terminal: int, text: str) -> None:
        """Show a line of a terminal; or sentences of the page, as terminal 0."""
        if terminal == 0:
            self._say(text)
        else:
            if terminal != self._terminal:
                self._head(terminal)
            self._line(text, COLOURS[terminal % len(COLOURS)])
        self._terminal = terminal

    def _say(self, text: str) -> None:
        for heading in re.findall(r"^#+ .*", text, re.MULTILINE):
            self._console.print(Text(f"\n{heading}", COLOURS[0]), soft_wrap=True)

    def _head(self, terminal: int) -> None:
        colour = COLOURS[terminal % len(COLOURS)]
        self._console.print(Rule(Text(f"terminal {terminal}", colour), style=colour), width=24)

    def _line(self, text: str, colour: str) -> None:
        self._console.print(Text(text, colour), soft_wrap=True)


class WatchedScreen(Screen):
    """Shows a person all of the page: sentences until Enter is pressed, commands as if typed."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = self._console.status("")
        self._rows = 0  # that were written since the last pause

    def close(self) -> None:
        """Leave the terminal as it was."""
        with undisturbed():
            self._waiting.stop()

    def wait(self, what: str) -> None:
        """Show a spinner, and what is waited for."""
        with undisturbed():
            self._waiting.update(f"{what} (Ctrl-C leaves)")
            self._waiting.start()

    def _say(self, text: str) -> None:
        """Show sentences, a screenful at a time, and wait for Enter."""
        self.close()
        text = re.sub(r"^!\[.*\n?", "", text, flags=re.MULTILINE)  # pictures
        text = re.sub(r"\[([^]]*)\]\((?!http)[^)]*\)", r"\1", text)  # links within the checkout
        if not text.strip():
            return
        width = self._console.options.update_width(min(self._console.width, WIDTH))
        said = Padding(Markdown(text), (1, 0))
        lines = self._console.render_lines(said, width, pad=False, new_lines=True)
        if self._rows and self._rows + len(lines) >= self._console.height:
            self._pause()
        for line in lines:
            if self._rows >= self._console.height - 1:
                self._pause()
            self._console.print(Segments(line))
            self._rows += 1
        self._pause()

    def _head(self, terminal: int) -> None:
        super()._head(terminal)
        self._rows += 1

    def _line(self, text: str, colour: str) -> None:
        if text.startswith(("$ ", "> ")):
            self.close()
            for letter in text:
                self._console.print(Text(letter, f"bold {colour}"), end="", soft_wrap=True)
                time.sleep(min(LETTER, COMMAND / len(text)))
            self._console.print()
            self.wait("waiting")
        else:
            super()._line(text, colour)
        self._rows += 1 + len(text) // self._console.width

    def _pause(self) -> None:
        """Wait for Enter; leave at q or Ctrl-D, as at Ctrl-C."""
        self._rows = 0
        while True:
            pressed = key(self._prompt)
            self._console.control(
                Control.move_to_column(0), Control((ControlType.ERASE_IN_LINE, 2))
            )
            if pressed in (b"\r", b"\n"):
                return
            if pressed in (b"q", b"Q", CTRL_C, CTRL_D, b""):
                signal.raise_signal(signal.SIGINT)

    def _prompt(self) -> None:
        self._console.print(Text(PROMPT, "reverse"), end="")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep a Ctrl-C until the end: Rich cannot stop a spinner that it has started by half."""
    pressed = False

    def keep(*_: object) -> None:
        nonlocal pressed
        pressed = True

    before = signal.signal(signal.SIGINT, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        signal.raise_signal(signal.SIGINT)


def key(prompt: Callable[[], None]) -> bytes:
    """Return the next key that a person presses, b"" or OSError if the terminal was closed.

    What was typed before is forgotten: prompt is called once keys are listened to.
    """
    if sys.platform == "win32":  # where no page is played
        return b""
    import termios  # noqa: PLC0415 - POSIX has it
    import tty  # noqa: PLC0415

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setraw(sys.stdin)
        prompt()
        return os.read(sys.stdin.fileno(), 1)
    finally:
        with suppress(termios.error):  # the terminal may have been closed
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def screen() -> Screen:
    """Return the screen for a person at a terminal, or the one for a pipe."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return WatchedScreen() if terminal and os.environ.get("TERM") != "dumb" else Screen()
