"""Make .venv, or make it again if it is broken, was never finished, or has too old a Python.

Run by whatever python3 the machine has, so also by one that is too old for all the rest.
"""

import importlib.util
import platform
import signal
import subprocess
import sys
import venv
from pathlib import Path

PROGRAMS = Path(".venv/bin")


def works(program: Path, *arguments: str) -> bool:
    """Whether the program can be started and ends with 0."""
    try:
        subprocess.run([program, *arguments], capture_output=True, check=True)  # noqa: S603 - only our own
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def is_new_enough(python: Path) -> bool:
    """Whether it is Python 3.10 or newer."""
    return works(python, "-c", "import sys; sys.exit(sys.version_info < (3, 10))")


def main() -> None:
    """Leave a .venv that works, or say what is missing for one."""
    finished = (PROGRAMS / "activate").exists()  # it is written last
    if finished and is_new_enough(PROGRAMS / "python") and works(PROGRAMS / "pip", "--version"):
        return
    if not is_new_enough(Path(sys.executable)):
        sys.exit(
            f"Python 3.10 or newer is needed, and {sys.executable} is {platform.python_version()}:"
            " name another one, as in make PYTHON=python3.12 test"
        )
    if not importlib.util.find_spec("ensurepip"):
        sys.exit(
            f"{sys.executable} cannot make a virtual environment: install its venv module"
            " (Debian and Ubuntu: apt-get install python3-venv)"
        )
    venv.create(PROGRAMS.parent, clear=True, symlinks=True, with_pip=True)


signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
main()
