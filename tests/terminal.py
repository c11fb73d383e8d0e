"""A pseudo-terminal for a script's stream: such as POSIX has."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Yield two file descriptors: the person's end, and the script's, which is a terminal."""
    if sys.platform == "win32":
        raise OSError("Windows has no pseudo-terminals")
    person, script = os.openpty()
    os.set_blocking(person, False)
    try:
        yield person, script
    finally:
        os.close(script)
        os.close(person)
