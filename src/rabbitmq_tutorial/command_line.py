"""What every command line shares: arguments, one-line errors, exit codes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn


class Failure(Exception):  # noqa: N818 - it is what a person reads, not a name that they see
    """Ends the program with one line on stderr and an exit status (the README lists them)."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        hint = "; words that begin with a dash go behind --" if "unrecognized arguments: -" in message else ""
        raise Failure(f"{message}{hint} ({self.prog} --help shows the usage)", 2)


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser whose errors are one line (exit 2) and whose --help shows the script's docstring."""
    return _Parser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )


def routing_key(value: str) -> str:
    """Accept a routing key or binding key: UTF-8, at most 255 bytes (AMQP 0-9-1, short string)."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("a key must be UTF-8") from None
    if size > 255:  # noqa: PLR2004 - the number is the rule
        raise argparse.ArgumentTypeError(f"a key has at most 255 bytes, this one {size}")
    return value


def header(value: str) -> tuple[str, str]:
    """Accept NAME=VALUE; a name has the bounds of a routing key."""
    name, equals, content = value.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"not NAME=VALUE: {value!r}")
    return routing_key(name), text(os.fsencode(content))


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Accept a whole number from low to high."""

    def number(value: str) -> int:
        if value.isdecimal() and low <= int(value[:9]) <= high:
            return int(value)
        raise argparse.ArgumentTypeError(f"not a whole number from {low} to {high}: {value!r}")

    return number


def encode(words: Iterable[str]) -> bytes:
    """Join command-line words to a body, giving back the very bytes that were typed."""
    return os.fsencode(" ".join(words))


def bodies(words: list[str], default: str = "Hello World!") -> Iterable[bytes]:
    """Return the message that the words make, or for "-" one for each line of stdin, read as it comes."""
    if words != ["-"]:
        return [encode(words or [default])]
    if sys.stdin is None:
        raise Failure("nothing to read: standard input is closed", 2)
    lines: Iterable[bytes] = sys.stdin.buffer
    if sys.stderr and sys.stderr.isatty() and not sys.stdin.isatty():
        from rich import console, progress  # noqa: PLC0415 - 45 ms that only a watched stream is worth

        lines = progress.track(lines, "Sending", total=None, console=console.Console(stderr=True), transient=True)
    return (line.rstrip(b"\r\n") for line in lines)


def text(body: bytes) -> str:
    r"""Show a body as text; what is not UTF-8 as \xNN."""
    return body.decode(errors="backslashreplace")


def tell(message: str) -> None:
    """Print one line to stderr, under the program's name."""
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr, flush=True)


def _interrupt(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def run(main: Callable[[], None]) -> None:
    """Call main as a program: lines come out as they are printed, signals and failures set the exit status."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        main()
    except Failure as failure:
        tell(str(failure))
        sys.exit(failure.status)
    except OSError as error:
        tell(f"cannot write: {error.strerror}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains again as it ends
        sys.exit(1)
