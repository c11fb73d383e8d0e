"""What every command line shares: arguments, one-line errors, exit codes."""

import argparse
import errno
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from rabbitmq_tutorial.faults import Failure


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        dash = (
            "; words that begin with a dash go behind --"
            if any(word[:1] == "-" for word in sys.argv[1:])
            else ""
        )
        raise Failure(f"{message} ({self.prog} --help shows the usage{dash})", 2)


def argument_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser whose errors are one line (exit 2), and whose --help shows the script's docstring."""
    return _Parser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def valid_key(word: str) -> str:
    """Accept a routing key, binding key or header name: at most 255 bytes of UTF-8 (AMQP 0-9-1: short string)."""
    name = os.fsencode(word).decode(errors="surrogateescape")  # UTF-8, whatever the locale is
    shown = repr(word if len(word) <= 40 else f"{word[:40]}...")  # noqa: PLR2004 - a line is not for more
    if len(os.fsencode(word)) > 255 or not name.isprintable():  # noqa: PLR2004 - the number is the rule
        raise argparse.ArgumentTypeError(
            f"not a key of at most 255 bytes, UTF-8 and printable: {shown}"
        )
    return name


def name_and_value(word: str) -> tuple[str, str]:
    """Accept NAME=VALUE."""
    name, equals, value = word.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"not NAME=VALUE: {word!r} (a message goes behind --)")
    return valid_key(name), printable(os.fsencode(value))


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Accept a whole number from low to high."""

    def convert(word: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", word) or not low <= int(word) <= high:
            raise argparse.ArgumentTypeError(
                f"not a whole number from {low} to {high}: {word[:40]!r}"
            )
        return int(word)

    return convert


def messages_from(
    words: list[str], default: str = "Hello World!", *, progress: bool = True
) -> Iterable[bytes]:
    """Return the message that the words make, or for "-" one for each line of stdin, read as it comes.

    A person at a terminal sees the progress, unless stdout does that already.
    """
    if words != ["-"]:
        return [os.fsencode(" ".join(words or [default]))]
    lines: Iterable[bytes] = sys.stdin.buffer if sys.stdin else []
    if progress and sys.stdin and sys.stderr and sys.stderr.isatty() and not sys.stdin.isatty():
        from tqdm import tqdm  # noqa: PLC0415 - only a watched stream is worth its import

        lines = tqdm(lines, leave=False, bar_format="{n} messages\r")  # notices overwrite it
    return (line.rstrip(b"\r\n") for line in lines)


def printable(body: bytes) -> str:
    r"""Show a body as text; what is not UTF-8 as \xNN."""
    return body.decode(errors="backslashreplace")


def print_notice(message: object) -> None:
    """Print one line to stderr, under the program's name; where that cannot be written, nobody looks."""
    line = " ".join(f"{Path(sys.argv[0]).name}: {message}".splitlines())
    if sys.stderr:  # else it was closed, and print would take stdout
        with suppress(OSError):
            print(f"{line}\n", end="", file=sys.stderr, flush=True)  # in one piece


def run_program(main: Callable[[], None]) -> None:
    """Call main as a program: its lines come out as they are printed; signals and failures set the exit status."""
    for caught in signal.SIGINT, signal.SIGTERM:
        signal.signal(caught, lambda number, _: sys.exit(128 + number))
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(line_buffering=True, write_through=False, errors="backslashreplace")
    status = 0
    try:
        main()
    except SystemExit as end:
        status = int(end.code or 0)
    except Failure as failure:
        print_notice(failure)
        status = failure.status
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF):
            raise  # a bug in a callback
        print_notice(f"cannot write: {error.strerror}")
        status = 1
    os._exit(
        status
    )  # Python's own way would write again what could not be written, and stop pika's threads anywhere
