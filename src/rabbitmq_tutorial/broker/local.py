"""RabbitMQ as processes of this machine: an installed rabbitmq-server, with files and ports of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from rabbitmq_tutorial.broker.nodes import CONFIG, Broker, Ports, output

DEBIAN = Path("/usr/lib/rabbitmq/bin")  # the wrappers in /usr/sbin change the user and HOME


def server_folder() -> Path | None:
    """Return the folder of the installed rabbitmq-server and rabbitmqctl, or None."""
    if (DEBIAN / "rabbitmq-server").exists():
        return DEBIAN
    found = shutil.which("rabbitmq-server")
    return Path(found).resolve().parent if found else None


def free_port() -> int:
    """Return a port on which nobody listens just now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class LocalNodes(Broker):
    """Processes below one folder: their data, logs, cookie, and an epmd of their own."""

    def __init__(self, ports: list[Ports], folder: Path) -> None:
        super().__init__(ports)
        self.folder = folder
        self._bin = server_folder() or DEBIAN
        epmd = folder / "epmd.port"  # kept in a file, for whoever stops the nodes later
        folder.mkdir(parents=True, exist_ok=True)
        if not epmd.exists():
            epmd.write_text(str(free_port()))
        self._epmd = epmd.read_text()

    def _environment(self, node: int) -> dict[str, str]:
        home = self.folder / f"node{node}"
        names = {"PID_FILE": "pid", "ENABLED_PLUGINS_FILE": "plugins", "LOG_BASE": "log", "MNESIA_BASE": "data"}
        names |= {"CONFIG_FILE": "rabbitmq.conf", "ADVANCED_CONFIG_FILE": "advanced.config"}
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": self._epmd,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node_name(node),
            "RABBITMQ_NODE_PORT": str(self.ports[node - 1].amqp),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            **{f"RABBITMQ_{name}": str(home / file) for name, file in names.items()},
        }

    def node_name(self, node: int) -> str:
        return f"rabbit{node}-{self.ports[node - 1].amqp}@localhost"

    def _launch(self, node: int) -> None:
        home = self.folder / f"node{node}"
        home.mkdir(parents=True, exist_ok=True)
        (home / "plugins").write_text("[rabbitmq_management].")
        shutil.copy(CONFIG / "advanced.config", home)
        (home / "rabbitmq.conf").write_text(
            (CONFIG / "20-tutorial.conf").read_text()
            + f"load_definitions = {CONFIG / 'definitions.json'}\n"
            + f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.ports[node - 1].http}\n"
        )
        dist = home / "dist.port"
        if not dist.exists():
            dist.write_text(str(free_port()))
        environment = self._environment(node) | {"RABBITMQ_DIST_PORT": dist.read_text()}
        with (home / "output").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the installed server
                [self._bin / "rabbitmq-server"],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        (home / "session").write_text(str(process.pid))
        process.returncode = 0  # it outlives us: no warning about that

    def _session(self, node: int) -> int:
        with suppress(OSError, ValueError):
            return int((self.folder / f"node{node}" / "session").read_text())
        return 0

    def is_running(self, node: int = 1) -> bool:
        session = self._session(node)
        with suppress(ChildProcessError):
            os.waitpid(session, os.WNOHANG)  # if it is a child of ours, or it would stay as a zombie
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(session, 0)
            return bool(session)
        return False

    def log_hint(self, node: int) -> str:
        return f"see {self.folder / f'node{node}' / 'output'}"

    def _end(self, node: int, number: int) -> None:
        deadline = time.monotonic() + 30
        while self.is_running(node):
            with suppress(ProcessLookupError):
                os.killpg(self._session(node), number if time.monotonic() < deadline else signal.SIGKILL)
            wait_until = time.monotonic() + 5
            while self.is_running(node) and time.monotonic() < wait_until:
                time.sleep(0.05)

    def stop(self, node: int = 1) -> None:
        self._end(node, signal.SIGTERM)

    def kill(self, node: int = 1) -> None:
        self._end(node, signal.SIGKILL)

    def down(self) -> None:
        for node in range(1, len(self.ports) + 1):
            self.kill(node)
        with suppress(OSError):
            epmd = [shutil.which("epmd") or "epmd", "-port", self._epmd, "-kill"]
            subprocess.run(epmd, env={"ERL_EPMD_PORT": self._epmd}, capture_output=True, check=False)  # noqa: S603
        shutil.rmtree(self.folder, ignore_errors=True)

    def ctl(self, *arguments: str, node: int = 1) -> str:
        command = [str(self._bin / "rabbitmqctl"), "--quiet", "--node", self.node_name(node), *arguments]
        return output(command, self._environment(node))
