"""What every command line shares: arguments, messages from stdin, one-line errors, exits."""

import argparse
import errno
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from rabbitmq_tutorial.faults import Exit, Failure

LONGEST_KEY = 255  # bytes: a short string in AMQP 0-9-1
CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line (exit 2)."""

    def error(self, message: str) -> NoReturn:
        """End the program: some word was wrong."""
        dash = "; put words that begin with a dash after --" if "unrecognized" in message else ""
        raise Failure(f"{message} ({self.prog} --help shows the usage{dash})", Exit.USAGE)


def argument_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser whose --help shows the script's docstring."""
    layout = argparse.RawDescriptionHelpFormatter
    return OneLineParser(description=description, formatter_class=layout, allow_abbrev=False)


def valid_key(word: str) -> str:
    """Accept a routing key, a binding key or the name of a header."""
    name = os.fsencode(word).decode(errors="surrogateescape")  # UTF-8, whatever the locale is
    if len(os.fsencode(word)) > LONGEST_KEY or not name.isprintable():
        raise argparse.ArgumentTypeError(
            f"not a key of at most {LONGEST_KEY} bytes, UTF-8 and printable: {word[:40]!r}"
        )
    return name


def name_and_value(word: str) -> tuple[str, str]:
    """Accept NAME=VALUE."""
    name, equals, value = word.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"not NAME=VALUE: {word!r} (put the message after --)")
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


def messages_from(words: list[str]) -> Iterable[bytes]:
    """Return the message that the words make, or for "-" one for each line of stdin."""
    if words == ["-"]:
        return lines_of_stdin()
    return [os.fsencode(" ".join(words))]


def lines_of_stdin() -> Iterator[bytes]:
    """Yield the lines; tell a person at the terminal what to do, or how many there have been."""
    typed = sys.stdin and sys.stdin.isatty()
    watched = sys.stderr and sys.stderr.isatty() and not typed
    if typed:
        print_notice("each line is a message; Ctrl-D ends them (on Windows, Ctrl-Z and Enter)")
    try:
        for count, line in enumerate(sys.stdin.buffer if sys.stdin else []):
            if watched and count % 100 == 0:
                print(f"{count} messages", end="\r", file=sys.stderr, flush=True)
            yield line.rstrip(b"\r\n")
    except OSError as error:
        raise Failure(f"cannot read stdin: {error.strerror}") from None


def printable(text: object) -> str:
    r"""Return what a terminal can show: what is not UTF-8, or could move the cursor, as \xNN."""
    if isinstance(text, bytes):
        text = text.decode(errors="backslashreplace")
    return re.sub(CONTROL, lambda found: found[0].encode("unicode_escape").decode(), str(text))


def print_notice(message: object) -> None:
    """Print one line to stderr, under the program's name."""
    line = " ".join(f"{Path(sys.argv[0]).name}: {message}".splitlines())
    if sys.stderr:  # else it was closed, and print would take stdout
        with suppress(OSError):  # nobody looks
            print(f"{printable(line)}\n", end="", file=sys.stderr, flush=True)  # in one piece


def run_program(main: Callable[[], None]) -> None:
    """Call main as a program, whose lines come out as they are printed.

    It ends with an exit status: of main's Failure or SystemExit, or of a signal.
    """
    for caught in signal.SIGINT, signal.SIGTERM:
        signal.signal(caught, lambda number, _: sys.exit(128 + number))
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(line_buffering=True, write_through=False, errors="backslashreplace")
    logging.getLogger("pika").addHandler(logging.NullHandler())  # what goes wrong, we say once
    status = 0
    try:
        main()
    except SystemExit as end:
        status = int(end.code or 0)
    except Failure as failure:
        print_notice(failure)
        status = failure.status
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF, errno.EINVAL):
            raise  # a bug
        print_notice(f"cannot write: {error.strerror}")
        status = Exit.FAILED
    os._exit(status)  # Python's own way would write again what could not be written
