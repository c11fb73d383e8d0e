"""Nodes in containers, as compose.yaml describes them."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.run.nodes import BOOT, Broker

COMPOSE_FILE = Path(__file__).parent / "compose.yaml"
PULL = 900.0  # seconds: the image may have to come over a slow line


def engine() -> bool:
    """Whether a Docker engine answers (the client may be there without one), and Compose with it."""
    if not shutil.which("docker") or not COMPOSE_FILE.exists() or not _works("info"):
        return False
    if not (compose := _works("compose", "version")):
        print_notice(
            "Docker answers, but has no Compose plugin (docker compose version): going on without Docker"
        )
    return compose


def _works(*question: str) -> bool:
    command = ["docker", *question]
    try:
        return not subprocess.run(command, capture_output=True, check=False, timeout=10).returncode  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False


class DockerBroker(Broker):
    """The services rabbit1, rabbit2 and rabbit3 of a Compose project."""

    kind = "in Docker"

    def __init__(self, project: str, amqp: Sequence[int], management: Sequence[int]) -> None:
        super().__init__(amqp, management)
        self.project = project

    def launch(self, numbers: Sequence[int]) -> None:
        """Start these nodes, without waiting for them."""
        if numbers:
            self._compose("up", "--detach", "--no-deps", *self._services(numbers), timeout=PULL)

    def end(self, numbers: Sequence[int], *, kill: bool) -> None:
        """Stop or kill these nodes, those that run; return when they have ended."""
        if numbers := [number for number in numbers if self.alive(number)]:
            how = ["kill"] if kill else ["stop", "--timeout", "60"]
            self._compose(*how, *self._services(numbers))

    def alive(self, number: int) -> bool:
        """Whether this node's container runs."""
        return bool(
            self._compose("ps", "--status", "running", "--quiet", *self._services([number])).strip()
        )

    def last_words(self, number: int) -> str:
        """Return a line that may tell why this node ended."""
        lines = self._compose(
            "logs", "--no-color", "--no-log-prefix", *self._services([number])
        ).splitlines()
        return next(
            (line for line in reversed(lines) if "error" in line.lower()), "its log says nothing"
        )

    def ctl(self, *arguments: str, node: int = 1) -> str:
        """Return what rabbitmqctl prints about this node; raise Failure if it fails."""
        where = ["exec", "--no-TTY", "--user", "rabbitmq", *self._services([node])]
        return self._compose(*where, "rabbitmqctl", *arguments)

    def remove(self, *, wipe: bool) -> None:
        """Remove the containers and their network; wipe also deletes the data."""
        if wipe:
            self._compose("kill")
        self._compose("down", "--timeout", "60", *(["--volumes"] if wipe else []))

    @staticmethod
    def _services(numbers: Sequence[int]) -> list[str]:
        return [f"rabbit{number}" for number in numbers]

    def _compose(self, *arguments: str, timeout: float = BOOT) -> str:
        """Return what docker compose prints; raise Failure (69) with its last line if it fails."""
        ports = {f"AMQP_PORT_{n}": port for n, port in enumerate(self.amqp, 1)}
        ports |= {f"MANAGEMENT_PORT_{n}": port for n, port in enumerate(self.management, 1)}
        project = [
            "--project-name",
            self.project,
            "--file",
            str(COMPOSE_FILE),
            "--profile",
            "cluster",
        ]
        command = ["docker", "compose", *project, *arguments]
        try:
            done = subprocess.run(  # noqa: S603
                command,
                env=os.environ | {name: str(port) for name, port in ports.items()},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired:
            raise Failure(
                f"docker compose {arguments[0]} took more than {timeout:.0f} s", 69
            ) from None
        if done.returncode:
            lines = re.findall(r"\S.*", done.stderr or done.stdout) or ["no reason given"]
            raise Failure(f"docker compose {arguments[0]}: {lines[-1]}", 69)
        return done.stdout
