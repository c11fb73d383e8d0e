"""Scripts, and the command `broker`, as forks of a process that has imported what they need.

A Python that starts anew spends 0.1 s of a processor on imports, and the tests start a thousand.
Each fork is a process as any other, with arguments, an environment and streams of its own. The
tests of the pages and of the installed package start everything as a reader does.
"""

from __future__ import annotations

import faulthandler
import gc
import multiprocessing
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

COMMAND = Path(sys.executable).parent / "broker"
WINDOWS = {  # the environment in which a Python finds itself on Windows
    "PYTHONPATH": str(Path(__file__).parent / "windows"),
    "PYTHONIOENCODING": "cp1252",  # where it is not set to UTF-8
}
STARTS = re.compile("PYTHON|LC_")
IMPORTED = [
    "encodings.idna",  # for the names of hosts
    "filelock",
    "pkgutil",  # for runpy
    "platformdirs",
    "rabbitmq_tutorial.lab.commands",
    "rabbitmq_tutorial.lab.main",
    "rabbitmq_tutorial.lab.see.tables",
    "rabbitmq_tutorial.lab.see.watch",
    "rabbitmq_tutorial.lab.see.web",
]
if "PYTEST_XDIST_WORKER" not in os.environ:
    IMPORTED.append("pytest")  # the main module, which each fork would import
if sys.platform == "win32":
    server = multiprocessing.get_context("spawn")  # which forks nothing
else:
    server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(IMPORTED)


def is_for_windows(environment: Mapping[str, str]) -> bool:
    return environment.items() >= WINDOWS.items()


def is_for_a_new_python(environment: Mapping[str, str]) -> bool:
    """Whether the environment differs from ours in what Python looks at as it starts."""
    if is_for_windows(environment):
        return False  # see become
    looked_at = {name: value for name, value in environment.items() if STARTS.match(name)}
    return any(os.environ.get(name) != value for name, value in looked_at.items())


class Fork:
    """A forked script, with what the tests use of subprocess.Popen."""

    def __init__(
        self, script: Path, words: Sequence[str | bytes], environment: Mapping[str, str]
    ) -> None:
        stdin, ours_in = server.Pipe(duplex=False)
        ours_out, stdout = server.Pipe(duplex=False)
        ours_err, stderr = server.Pipe(duplex=False)
        theirs = [stdin, stdout, stderr]
        arguments = [str(script), list(words), dict(environment), theirs]
        self._process = server.Process(target=be_script, args=arguments, daemon=True)
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid
        self.stdin = os.fdopen(os.dup(ours_in.fileno()), "wb")
        self.stdout = os.fdopen(os.dup(ours_out.fileno()), "rb")
        self.stderr = os.fdopen(os.dup(ours_err.fileno()), "rb")
        for end in [*theirs, ours_in, ours_out, ours_err]:
            end.close()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        self._process.join(seconds)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), seconds or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended just now
                os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()


def be_script(
    script: str, words: list[str | bytes], environment: dict[str, str], streams: list[Connection]
) -> None:
    """Be a script, with pipes for its streams."""
    become([os.fsdecode(script), *map(os.fsdecode, words)], environment, streams)
    faulthandler.enable()
    runpy.run_path(script, run_name="__main__")


def become(
    words: list[str], environment: dict[str, str], streams: Sequence[Connection | int]
) -> None:
    """Have these arguments, this environment and these streams; be on Windows, if it says so."""
    gc.freeze()  # to look for garbage in the memory that forks share would copy all of it
    os.environ.clear()
    os.environ.update(environment)
    for number, stream in enumerate(streams):
        os.dup2(stream if isinstance(stream, int) else stream.fileno(), number)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = os.fdopen(0, encoding=encoding)
    sys.stdout = os.fdopen(1, "w", encoding=encoding)
    sys.stderr = os.fdopen(2, "w", encoding=encoding, errors="backslashreplace")
    sys.argv = words
    if is_for_windows(environment):
        for name in [*sys.modules]:
            if name.startswith(("pika", "rabbitmq_tutorial")):
                del sys.modules[name]  # to be imported again, on Windows
        sys.modules.pop("sitecustomize", None)
        sys.path.insert(0, WINDOWS["PYTHONPATH"])
        import_module("sitecustomize")


def run_broker(
    words: list[str], environment: Mapping[str, str], stdin: str = "", seconds: float = 30
) -> subprocess.CompletedProcess[str]:
    """Run `broker`; return what it printed, and its exit status."""
    if is_for_a_new_python(environment):
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
        process = server.Process(target=be_broker, args=[words, dict(environment), folder])
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, seconds)
        said = [(folder / stream).read_text(encoding="utf-8") for stream in ("stdout", "stderr")]
        return subprocess.CompletedProcess(words, process.exitcode, *said)


def be_broker(words: list[str], environment: dict[str, str], folder: Path) -> None:
    """Be the command, with files for its streams."""
    with (
        (folder / "stdin").open("rb") as stdin,
        (folder / "stdout").open("wb") as stdout,
        (folder / "stderr").open("wb") as stderr,
    ):
        streams = [stream.fileno() for stream in (stdin, stdout, stderr)]
        become(["broker", *words], environment, streams)
    import_module("rabbitmq_tutorial.lab.main").main()
