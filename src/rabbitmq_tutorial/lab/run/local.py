"""Nodes run by an installed rabbitmq-server, as the user who asks, in a folder of their own."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.run.lean import at_once, lean
from rabbitmq_tutorial.lab.run.nodes import BOOT, Broker, wait
from rabbitmq_tutorial.lab.run.ports import HOST, taken

CONFIG = Path(__file__).parent / "config"
PLACES = os.pathsep.join(
    [
        "/usr/lib/rabbitmq/bin",  # before /usr/sbin, where Debian's wrapper changes user and HOME
        os.environ.get("PATH", os.defpath),
        "/opt/homebrew/sbin",
        "/opt/homebrew/opt/rabbitmq/sbin",
        "/opt/homebrew/bin",
        "/usr/local/sbin",
        "/usr/local/opt/rabbitmq/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/sbin",
    ]
)
LOCAL_ONLY = f"-kernel inet_dist_use_interface {{{HOST.replace('.', ',')}}}"
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has none, and runs no nodes itself
LOG_PREFIX = re.compile(r"\S+ \S+ \[\w+\] <[\d.]+>")
MARK = "tutorial_port"  # the flag by which one knows our nodes from others
RUN = 'echo $$ >pid && exec "$0"'  # whoever interrupts us, what runs is written down


def server() -> str | None:
    """Return the path of rabbitmq-server."""
    return shutil.which("rabbitmq-server", path=PLACES)


class LocalBroker(Broker):
    """Each node has a folder NUMBER in home.

    epmd, through which nodes find each other, is theirs alone.
    """

    kind = "the installed rabbitmq-server"

    def __init__(
        self, home: Path, amqp: Sequence[int], management: Sequence[int], internal: Sequence[int]
    ) -> None:
        super().__init__(amqp, management)
        self.home = home.absolute()
        self.internal = list(internal)  # ports: epmd's, then each node's for the others
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def launch(self, numbers: Sequence[int]) -> None:
        """Start these nodes, without waiting for them."""
        for number in numbers:
            folder = self.home / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "rabbitmq.conf").write_text(self._configuration(number), encoding="utf-8")
            environment = lean(Path(self._tool("rabbitmq-server")), self.home / "server")
            (folder / "environment").write_text(environment, encoding="utf-8")
            (folder / "enabled_plugins").write_text("[rabbitmq_management].\n", encoding="utf-8")
            with (folder / "boot.log").open("wb") as log:
                child = subprocess.Popen(  # noqa: S603 - the installed server
                    ["/bin/sh", "-c", RUN, self._tool("rabbitmq-server")],
                    env={**self._environment(number), "ERL_AFLAGS": at_once(MARK)},
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C in this terminal is not meant for the broker
                )
            self._children[number] = child

    def end(self, numbers: Sequence[int], *, kill: bool) -> None:
        """Stop or kill these nodes, those that run; return when they have ended."""
        for number in numbers:
            self._signal(number, KILL if kill else signal.SIGTERM)
        for number in numbers:
            if not self._ends(number):
                self._signal(number, KILL)
                self._ends(number)

    def _ends(self, number: int) -> bool:
        """Wait for this node's process to end; return whether it did in time."""

        def ended() -> bool:
            return not self.alive(number)

        return wait(ended, BOOT)

    def alive(self, number: int) -> bool:
        """Whether this node's process runs."""
        child = self._children.get(number)
        if child and child.poll() is None:
            return True  # else another command may have started another one
        with suppress(OSError, ValueError, subprocess.CalledProcessError):
            # Another process may have the number by now: its arguments tell.
            return self._mark(number) in command_line(self._pid(number))
        return False

    def last_words(self, number: int) -> str:
        """Return a line that may tell why this node ended."""
        log = self.home / str(number) / "boot.log"
        with suppress(OSError):
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
                said = LOG_PREFIX.sub("", line).strip()
                if "error" in said.lower():
                    return said
        return f"see {log}"

    def ctl(self, *arguments: str, node: int = 1) -> str:
        """Return what rabbitmqctl prints about this node; raise Failure if it fails."""
        done = subprocess.run(  # noqa: S603 - the installed tool
            [self._tool("rabbitmqctl"), *arguments],
            env=self._environment(node),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=BOOT,
        )
        if done.returncode:
            raise Failure(
                f"rabbitmqctl {arguments[0]}: {' '.join((done.stderr or done.stdout).split())}"
            )
        return done.stdout

    def remove(self, *, wipe: bool) -> None:
        """End everything, epmd too, which outlives its nodes; wipe also deletes the data."""
        self.end(self.numbers, kill=wipe)
        for child in self._children.values():
            child.wait(BOOT)
        epmd = shutil.which("epmd", path=PLACES) or "epmd"
        port = str(self.internal[0])

        def gone() -> bool:
            # It refuses while a node that has just ended is still in its list.
            subprocess.run(  # noqa: S603 - the installed tool
                [epmd, "-port", port, "-kill"], capture_output=True, check=False, timeout=BOOT
            )
            return not taken(self.internal[0])

        with suppress(OSError):
            wait(gone, 10)
        if wipe:
            shutil.rmtree(self.home, ignore_errors=True)

    @staticmethod
    def _tool(name: str) -> str:
        found = server()
        if not found:
            raise Failure("rabbitmq-server is not installed", Exit.UNAVAILABLE)
        beside = Path(found).resolve().parent / name
        return str(beside) if beside.exists() else name

    def _pid(self, number: int) -> int:
        return int((self.home / str(number) / "pid").read_text(encoding="utf-8"))

    def _signal(self, number: int, what: signal.Signals) -> None:
        if self.alive(number):
            with suppress(ProcessLookupError):
                os.kill(self._pid(number), what)

    def _mark(self, number: int) -> str:
        return f"-{MARK} {self.amqp[number - 1]}"

    def _configuration(self, number: int) -> str:
        shared = (CONFIG / "tutorial.conf").read_text(encoding="utf-8")
        shared = shared.replace("/etc/rabbitmq", str(CONFIG))
        cluster = []
        if number > 1:
            cluster = [
                f"cluster_formation.classic_config.nodes.{n} = rabbit{n}@localhost"
                for n in self.numbers
            ]
            cluster.append("cluster_formation.peer_discovery_backend = classic_config")
        own = [
            f"listeners.tcp.1 = {HOST}:{self.amqp[number - 1]}",
            f"management.tcp.ip = {HOST}",
            f"management.tcp.port = {self.management[number - 1]}",
        ]
        return shared + "\n".join([*own, *cluster]) + "\n"

    def _environment(self, number: int) -> dict[str, str]:
        """Return all that the node and its tools may know: nothing of the machine's own broker."""
        folder = self.home / str(number)
        return {
            "PATH": PLACES,
            "LANG": "C.UTF-8",
            "HOME": str(self.home),  # where the cookie is by which nodes and tools know each other
            "ERL_EPMD_PORT": str(self.internal[0]),
            "ERL_EPMD_ADDRESS": HOST,
            "RUNNING_UNDER_SYSTEMD": "1",  # the script becomes the node, instead of waiting for it
            "RABBITMQ_NODENAME": f"rabbit{number}@localhost",
            "RABBITMQ_DIST_PORT": str(self.internal[number]),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(CONFIG / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "node.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{LOCAL_ONLY} {self._mark(number)}",
            "RABBITMQ_CTL_ERL_ARGS": LOCAL_ONLY,
        }


def command_line(pid: int) -> str:
    """Return the arguments of a process; raises OSError or CalledProcessError if there is none."""
    if Path("/proc/self").exists():  # Linux, where ps may not be installed
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.check_output(command, encoding="utf-8", errors="replace")  # noqa: S603 - ps
