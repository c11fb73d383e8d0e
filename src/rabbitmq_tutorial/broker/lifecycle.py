"""Find or start RabbitMQ, stop what was started, break it on purpose."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

from rabbitmq_tutorial.broker import docker, local
from rabbitmq_tutorial.broker.management import Management
from rabbitmq_tutorial.broker.nodes import Broker
from rabbitmq_tutorial.command_line import Failure, tell
from rabbitmq_tutorial.connection import Link, nodes

HERE = {"localhost", "127.0.0.1", "::1"}


def home() -> Path:
    """Return the folder of what `up` started: .broker in the checkout, unless BROKER_HOME names another."""
    return Path(os.environ.get("BROKER_HOME") or Path(__file__).parents[3] / ".broker")


def up(count: int) -> str:
    """Return where the broker at AMQP_URL is, after starting one of so many nodes if none answers.

    Raises Failure: 69 when there is none and none can be started, 77 when the one that answers refuses the user.
    """
    if not answers():
        if nodes()[0].host not in HERE:
            raise Failure(f"cannot reach RabbitMQ at {nodes()[0].host}, and it is not for this machine to start it", 69)
        ours = started()
        if ours and len(ours.amqp) != count:
            raise Failure(f"a broker of {len(ours.amqp)} nodes was started before: broker down", 1)
        if not ours:
            ours = choose(count)
        tell(f"starting RabbitMQ ({ours.kind}), {count} node{'s' * (count > 1)}")
        ours.create()
    ours = started()
    if count > 1 and (not ours or len(ours.amqp) != count):
        raise Failure(f"another broker runs at {nodes()[0].host}:{nodes()[0].port}: stop it first (broker down)", 1)
    with Management() as management:
        overview = management.get("overview")
        lines = [
            f"RabbitMQ {overview['rabbitmq_version']} is up ({ours.kind if ours else 'not started by broker up'})",
            f"  AMQP   {', '.join(f'{node.host}:{node.port}' for node in nodes())}",
            f"  web UI {management.url}" + (" (user and password: management)" if ours else ""),
        ]
    if ours and count > 1:
        lines.append(f"for the scripts to know every node:\n  export AMQP_URL={ours.amqp_url}")
    return "\n".join(lines)


def answers() -> bool:
    """Whether a broker answers at AMQP_URL; raises Failure if one does, but refuses the login."""
    try:
        Link(lambda _: None).close()
    except Failure as failure:
        if failure.status != 69:  # noqa: PLR2004 - of the README's table
            raise
        return False
    return True


def choose(count: int) -> Broker:
    """Return a new broker at the address that AMQP_URL and MANAGEMENT_URL name, the other nodes at the next ports."""
    amqp, management = nodes()[0].port, Management().url.port or 15672
    return new(home(), project(count), list(range(amqp, amqp + count)), list(range(management, management + count)))


def project(count: int) -> str:
    """Return the name for so many nodes of this folder's: a Docker engine knows nothing of folders, it tells by names.

    A cluster does not share its data with a single node.
    """
    mine = hashlib.sha256(os.fsencode(home().resolve())).hexdigest()[:8]
    return f"rabbitmq-tutorial-{mine}" + (f"-{count}" if count > 1 else "")


def new(folder: Path, name: str, amqp: list[int], management: list[int]) -> Broker:
    """Return a broker that this machine can run; written down in the folder first, so that `down` finds it."""
    kind = "docker" if docker.engine() else "local"
    if kind == "local":
        install()
    folder.mkdir(parents=True, exist_ok=True)
    ports = amqp, management, local.free_ports(len(amqp) + 1)
    (folder / "started.json").write_text(json.dumps({"kind": kind, "name": name, "ports": ports}))
    broker = started(folder)
    assert broker  # noqa: S101 - it was just written
    return broker


def started(folder: Path | None = None) -> Broker | None:
    """Return the broker that was started last with this folder, if it was not stopped by `down`."""
    folder = folder or home()
    try:
        state: dict[str, Any] = json.loads((folder / "started.json").read_text())
        kind, name, (amqp, management, internal) = state["kind"], state["name"], state["ports"]
    except (OSError, ValueError, LookupError):
        return None
    if kind == "docker":
        return docker.DockerBroker(name, amqp, management)
    return local.LocalBroker(folder / name, amqp, management, internal)


def install() -> None:
    """Install the distribution's rabbitmq-server if there is none; raises Failure (69) where that cannot be done."""
    if local.server():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(
            "no RabbitMQ to start: have a Docker engine, or install rabbitmq-server, or (on Debian and Ubuntu) run this"
            " as root to get it installed; or set AMQP_URL to a broker that runs", 69
        )  # fmt: skip
    with Path(gettempdir(), "rabbitmq-tutorial-install").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests start several brokers at a time
        if not local.server():
            apt_get_install()


def apt_get_install() -> None:
    """Install rabbitmq-server without starting it as a service; raises Failure (69)."""
    tell("installing RabbitMQ: apt-get install rabbitmq-server")
    policy = Path("/usr/sbin/policy-rc.d")  # Debian asks it whether a freshly installed service may start: not here
    ours = not policy.exists()
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w+") as log:
        try:
            if ours:
                policy.write_text("#!/bin/sh\nexit 101\n")
                policy.chmod(0o755)
            for step in ["update"], ["install", "--yes", "--no-install-recommends", "rabbitmq-server"]:
                command = ["apt-get", "--quiet", *step]
                environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
                done = subprocess.run(command, env=environment, stdout=log, stderr=log, check=False)  # noqa: S603
        finally:
            if ours:
                policy.unlink(missing_ok=True)
        if done.returncode or not local.server():
            log.seek(0)
            raise Failure(f"apt-get could not install rabbitmq-server: {(log.read().split(chr(10)) or ['?'])[-2]}", 69)


def down(*, wipe: bool) -> str:
    """Stop what `up` started; its data stay, unless they are wiped."""
    broker = started()
    if broker:
        broker.remove(wipe=wipe)
        (home() / "started.json").unlink()
    if wipe:  # also what an earlier down has left
        if docker.engine():
            for name in map(project, (1, 2, 3)):
                docker.DockerBroker(name, [], []).remove(wipe=True)
        for data in home().glob("rabbitmq-tutorial*"):
            shutil.rmtree(data, ignore_errors=True)
        with suppress(OSError):  # of a folder that holds something else
            home().rmdir()
    if not broker:
        return "nothing to stop: broker up has started nothing" + ("; no data are left" if wipe else "")
    return "stopped RabbitMQ" + (" and deleted its data" if wipe else "; its data stay for the next broker up")


def again(action: str, number: int) -> str:
    """Kill or start one node of what `up` started, or restart all of it. Raises Failure (1) if there is none."""
    broker = started()
    if not broker or number > len(broker.amqp):
        raise Failure("broker up has started no such node: it can only restart or kill what it has started")
    if action == "restart":
        broker.stop()
        broker.start()
        return "restarted RabbitMQ"
    broker.kill(number) if action == "kill" else broker.start(number)
    return f"{'killed' if action == 'kill' else 'started'} node {number} (port {broker.amqp[number - 1]})"
