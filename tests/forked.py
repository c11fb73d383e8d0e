"""The command `broker` as a process that finds its modules imported: it starts in 20 ms, not 160.

Python's forkserver has imported them once, and each command is a fork of it. The pages, and the
tests of the installed package, start the command as a reader does.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from rabbitmq_tutorial.lab.main import main

COMMAND = Path(sys.executable).parent / "broker"
STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}
IMPORTED = [
    "pytest",  # without xdist, it is the main module
    "rabbitmq_tutorial.lab.commands",
    "rabbitmq_tutorial.lab.see.tables",
    "rabbitmq_tutorial.lab.see.watch",
    "rabbitmq_tutorial.lab.see.web",
]
server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(IMPORTED)


def run_broker(
    words: list[str], environment: Mapping[str, str], stdin: str = "", seconds: float = 30
) -> subprocess.CompletedProcess[str]:
    """Run `broker`; return what it printed, and its exit status."""
    if "PYTHONPATH" in environment or "PYTHONIOENCODING" in environment:  # for a new Python
        return subprocess.run(
            [COMMAND, *words],
            env=environment,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stdin").write_text(stdin, encoding="utf-8")
        process = server.Process(target=work, args=[words, dict(environment), folder])
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, seconds)
        said = [(folder / stream).read_text(encoding="utf-8") for stream in ("stdout", "stderr")]
        return subprocess.CompletedProcess(words, process.exitcode, *said)


def work(words: list[str], environment: dict[str, str], folder: Path) -> None:
    """Be the command, with files for its streams."""
    os.environ.clear()
    os.environ.update(environment)
    for number, (stream, mode) in enumerate(STREAMS.items()):
        with (folder / stream).open(mode, encoding="utf-8") as file:
            os.dup2(file.fileno(), number)
        setattr(sys, stream, os.fdopen(number, mode, encoding="utf-8"))
    sys.argv = ["broker", *words]
    main()
