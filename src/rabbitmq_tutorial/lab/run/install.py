"""Install RabbitMQ where the distribution has it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.run import local

POLICY = Path("/usr/sbin/policy-rc.d")  # Debian asks it whether a new service may start
STEPS = (
    ["dpkg", "--configure", "-a"],  # what an interrupted installation has left
    ["apt-get", "--quiet", "update"],
    ["apt-get", "--quiet", "install", "--yes", "--no-install-recommends", "rabbitmq-server"],
)


def install(without_docker: str) -> None:
    """Make sure that a rabbitmq-server is installed, which is needed for the reason given.

    Raises Failure (69) where there is none and none can be installed.
    """
    if sys.platform == "win32":
        raise Failure(
            f"no RabbitMQ to start: {without_docker}. A broker without Docker needs Linux or macOS",
            Exit.UNAVAILABLE,
        )
    if local.server():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        way = "as root on Debian or Ubuntu, broker up installs it"
        if sys.platform == "darwin":
            way = "brew install rabbitmq"
        raise Failure(
            f"no RabbitMQ to start: {without_docker}; and no rabbitmq-server is installed ({way})."
            " Or set AMQP_URL to a broker that runs",
            Exit.UNAVAILABLE,
        )
    from filelock import FileLock  # noqa: PLC0415 - takes 50 ms

    with FileLock(Path(gettempdir(), "rabbitmq-tutorial-install.lock")):
        if not local.server():  # another one may have installed it meanwhile
            apt_get_install()


def apt_get_install() -> None:
    """Install rabbitmq-server without starting it as a service; raises Failure (69)."""
    print_notice("installing RabbitMQ: apt-get install rabbitmq-server")
    ours = not POLICY.exists()
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        try:
            if ours:
                POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
                POLICY.chmod(0o755)
            succeeded = all(run(step, log) for step in STEPS)
        finally:
            if ours:
                POLICY.unlink(missing_ok=True)
        if not (succeeded and local.server()):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines() or ["no reason"]
            raise Failure(
                f"apt-get could not install rabbitmq-server: {lines[-1]}", Exit.UNAVAILABLE
            )


def run(command: list[str], log: Path) -> bool:
    """Run a command, with its output at the end of the log; return whether it succeeded."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with log.open("ab") as output:
        done = subprocess.run(  # noqa: S603 - one of STEPS
            command, env=environment, stdout=output, stderr=output, check=False
        )
    return done.returncode == 0
