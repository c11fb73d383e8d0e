"""Nodes in containers, as compose.yaml describes them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.run.nodes import BOOT, Broker

COMPOSE_FILE = Path(__file__).parent / "compose.yaml"
ANSWER = 10.0  # seconds that the engine gets to say that it is there
PULL = 900.0  # seconds: the image may have to come over a slow line
START = {  # how to start the engine
    "win32": "start Docker Desktop",
    "darwin": "start Docker Desktop (or: colima start)",
    "linux": "sudo systemctl start docker, or start Docker Desktop",
}


def client() -> bool:
    """Whether Docker's command is installed."""
    return shutil.which("docker") is not None


def obstacle() -> str:
    """Return why no container can be started here, and what helps; "" if nothing is in the way."""
    if not client():
        return "Docker is not installed"
    said = _complaint("info")
    if "permission denied" in said:
        return "this user may not use Docker (sudo usermod -aG docker $USER, then log in again)"
    if said:
        help_ = START.get(sys.platform, START["linux"])
        return f"Docker is installed, but its engine does not answer: {help_}"
    if _complaint("compose", "version"):
        return (
            "Docker has no Compose plugin (docker compose version): install docker-compose-plugin"
        )
    return ""


def engine() -> bool:
    """Whether a Docker engine answers, and Docker has Compose."""
    return not obstacle()


def _complaint(*question: str) -> str:
    """Return what docker says on stderr when it fails, "" if it does not fail."""
    try:
        done = subprocess.run(  # noqa: S603 - docker, with our words
            ["docker", *question],  # noqa: S607 - wherever it is installed
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=ANSWER,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return (done.stderr.strip() or "failed") if done.returncode else ""


class DockerBroker(Broker):
    """The services rabbit1, rabbit2 and rabbit3 of a Compose project."""

    kind = "in Docker"

    def __init__(self, project: str, amqp: Sequence[int], management: Sequence[int]) -> None:
        super().__init__(amqp, management)
        self.project = project

    def launch(self, numbers: Sequence[int]) -> None:
        """Start these nodes, without waiting for them."""
        if numbers:
            self._compose("up", "--detach", "--no-deps", *_services(numbers), timeout=PULL)

    def end(self, numbers: Sequence[int], *, kill: bool) -> None:
        """Stop or kill these nodes, those that run; return when they have ended."""
        running = [number for number in numbers if self.alive(number)]
        if running and kill:
            self._compose("kill", *_services(running))
        elif running:
            self._compose("stop", "--timeout", "60", *_services(running))

    def alive(self, number: int) -> bool:
        """Whether this node's container runs."""
        labels = {"project": self.project, "service": f"rabbit{number}"}
        filters = [f"--filter=label=com.docker.compose.{name}={labels[name]}" for name in labels]
        return bool(self._docker("ps", "--quiet", *filters))

    def last_words(self, number: int) -> str:
        """Return a line that may tell why this node ended."""
        log = self._compose("logs", "--no-color", "--no-log-prefix", *_services([number]))
        errors = [line for line in log.splitlines() if "error" in line.lower()]
        return errors[-1] if errors else "its log says nothing"

    def ctl(self, *arguments: str, node: int = 1) -> str:
        """Return what rabbitmqctl prints about this node; raise Failure if it fails."""
        where = ["exec", "--no-TTY", "--user", "rabbitmq", *_services([node])]
        return self._compose(*where, "rabbitmqctl", *arguments)

    def remove(self, *, wipe: bool) -> None:
        """Remove the containers and their network; wipe also deletes the data."""
        if wipe:
            self._compose("kill")
            self._compose("down", "--volumes")
        else:
            self._compose("down", "--timeout", "60")

    def _compose(self, *arguments: str, timeout: float = BOOT) -> str:
        return self._docker("compose", *arguments, timeout=timeout)

    def _docker(self, *arguments: str, timeout: float = BOOT) -> str:
        """Return what docker prints; raise Failure (69) with its last line if it fails."""
        settings = {
            "COMPOSE_FILE": str(COMPOSE_FILE),
            "COMPOSE_PATH_SEPARATOR": "|",  # there is one file, whose path may have a colon
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_PROFILES": "cluster",
            "HEALTH_INTERVAL": "5m",
        }
        settings |= {f"AMQP_PORT_{n}": str(port) for n, port in enumerate(self.amqp, 1)}
        settings |= {f"MANAGEMENT_PORT_{n}": str(port) for n, port in enumerate(self.management, 1)}
        what = f"docker {' '.join(arguments[:2])}"
        try:
            done = subprocess.run(  # noqa: S603 - docker, with our words
                ["docker", *arguments],  # noqa: S607 - wherever it is installed
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired:
            reason = f"{what} took more than {timeout:.0f} s"
            raise Failure(reason, Exit.UNAVAILABLE) from None
        except OSError as error:  # it was there when the broker was started
            reason = f"{what}: {obstacle() or error.strerror}"
            raise Failure(reason, Exit.UNAVAILABLE) from None
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
            raise Failure(f"{what}: {obstacle() or lines[-1].strip()}", Exit.UNAVAILABLE)
        return done.stdout


def _services(numbers: Sequence[int]) -> list[str]:
    return [f"rabbit{number}" for number in numbers]
