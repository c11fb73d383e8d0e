"""What every command line shares: arguments, messages from stdin, one-line errors, exits."""

import logging
import os
import re
import signal
import sys
import traceback
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import suppress
from errno import EBADF, EINVAL, EIO, ENOSPC, EPIPE
from pathlib import Path
from typing import NoReturn

from rabbitmq_tutorial.faults import Exit, Failure

CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


class OneLineParser(ArgumentParser):
    """A parser whose errors are one line (exit 2)."""

    def error(self, message: str) -> NoReturn:
        """End the program: an argument was wrong."""
        message = re.sub("(unrecognized.* -.*)", r"\1; words with a leading - go after --", message)
        raise Failure(f"{message} ({self.prog} --help shows the usage)", Exit.USAGE)


def argument_parser(description: str | None) -> ArgumentParser:
    """Return a parser whose --help shows the script's docstring."""
    return OneLineParser(
        description=description, formatter_class=RawDescriptionHelpFormatter, allow_abbrev=False
    )


def valid_key(word: str) -> str:
    """Accept a routing key, a binding key or the name of a header."""
    key = os.fsencode(word).decode(errors="surrogateescape")  # UTF-8, whatever the locale is
    if len(os.fsencode(word)) >= 2**8 or not key.isprintable():
        raise ArgumentTypeError(f"not at most 255 bytes of printable UTF-8: {word[:40]!r}")
    return key


def whole_number(word: str) -> int:
    """Accept a whole number from 1 to 9999."""
    if not re.fullmatch("[1-9][0-9]{0,3}", word):
        raise ArgumentTypeError(f"not a whole number from 1 to 9999: {word[:40]!r}")
    return int(word)


def messages_from(words: list[str]) -> Iterator[bytes]:
    """Yield the message that the words make or, for "-", each line of stdin as a message."""
    if words != ["-"]:
        yield os.fsencode(" ".join(words))
        return
    if sys.stdin and sys.stdin.isatty():
        print_notice("each line is a message; Ctrl-D (on Windows, Ctrl-Z and Enter) ends them")
    for line in sys.stdin.buffer if sys.stdin else []:
        yield line.rstrip(b"\r\n")


def printable(text: object) -> str:
    r"""Return what a terminal can show: what is not UTF-8, or could move the cursor, as \xNN."""
    shown = text.decode(errors="backslashreplace") if isinstance(text, bytes) else str(text)
    return re.sub(CONTROL, lambda found: found[0].encode("unicode_escape").decode(), shown)


def print_notice(message: object) -> None:
    """Print one line to stderr, under the program's name."""
    line = " ".join(f"{Path(sys.argv[0]).name}: {message}".splitlines())
    with suppress(OSError, AttributeError):  # nobody looks, or stderr was closed
        sys.stderr.write(f"{printable(line)}\n")  # in one piece, whichever thread prints as well


def run_program(main: Callable[[], None]) -> None:
    """Call main, then exit with the status of its Failure or SystemExit, or of a signal."""
    for caught in signal.SIGINT, signal.SIGTERM:
        signal.signal(caught, lambda number, _: sys.exit(128 + number))
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(line_buffering=True, write_through=False, errors="backslashreplace")
    logging.getLogger("pika").addHandler(logging.NullHandler())  # what goes wrong, we say once
    status = 0
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print_notice(end.code)
        status = end.code if isinstance(end.code, int) else bool(end.code)
    except Failure as failure:
        print_notice(failure)
        status = failure.status
    except Exception as error:  # noqa: BLE001 - whatever it is, a thread may still wait for stdin
        status = 1
        if isinstance(error, OSError) and error.errno in (EPIPE, ENOSPC, EIO, EBADF, EINVAL):
            print_notice(f"cannot read or write: {error.strerror}")
        else:
            traceback.print_exception(error)
    os._exit(status)  # Python's own way would write again what could not be written
