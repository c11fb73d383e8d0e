"""Install RabbitMQ where the distribution has it."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.run import local


def install() -> None:
    """Install the distribution's rabbitmq-server if there is none; raises Failure (69) where that cannot be done."""
    if local.server():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(
            "no RabbitMQ to start: have a Docker engine, or install rabbitmq-server, or (on Debian and Ubuntu) run this"
            " as root to get it installed; or set AMQP_URL to a broker that runs",
            69,
        )
    with Path(gettempdir(), "rabbitmq-tutorial-install").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests start several brokers at a time
        if not local.server():
            apt_get_install()


def apt_get_install() -> None:
    """Install rabbitmq-server without starting it as a service; raises Failure (69)."""
    print_notice("installing RabbitMQ: apt-get install rabbitmq-server")
    policy = Path(
        "/usr/sbin/policy-rc.d"
    )  # Debian asks it whether a freshly installed service may start: not here
    ours = not policy.exists()
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w+") as log:
        try:
            if ours:
                policy.write_text("#!/bin/sh\nexit 101\n")
                policy.chmod(0o755)
            for step in (
                ["update"],
                ["install", "--yes", "--no-install-recommends", "rabbitmq-server"],
            ):
                command = ["apt-get", "--quiet", *step]
                environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
                done = subprocess.run(command, env=environment, stdout=log, stderr=log, check=False)  # noqa: S603
        finally:
            if ours:
                policy.unlink(missing_ok=True)
        if done.returncode or not local.server():
            log.seek(0)
            raise Failure(
                f"apt-get could not install rabbitmq-server: {(log.read().split(chr(10)) or ['?'])[-2]}",
                69,
            )
