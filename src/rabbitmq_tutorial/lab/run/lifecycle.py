"""Find or start RabbitMQ, stop what was started, break it on purpose."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.connection import connect, nodes
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.run import docker, install, local
from rabbitmq_tutorial.lab.run.nodes import Broker, speaks_amqp
from rabbitmq_tutorial.lab.see.management import Management

HERE = {"localhost", "127.0.0.1", "::1"}


def home() -> Path:
    """Return the folder of what `up` started: .broker in the checkout, unless BROKER_HOME names another."""
    return Path(os.environ.get("BROKER_HOME") or Path(__file__).parents[4] / ".broker")


def up(count: int) -> str:
    """Return where the broker at AMQP_URL is, after starting one of so many nodes if none answers.

    Raises Failure: 69 when there is none and none can be started, 77 when the one that answers refuses the user.
    """
    if started() or not answers():  # if started, another `broker up` may not be done with it
        with alone(create=True):
            if not (started() and answers()):
                boot(count)
    ours = started()
    if count > 1 and (not ours or len(ours.amqp) != count):
        raise Failure(
            f"another broker runs at {nodes()[0].host}:{nodes()[0].port}: stop it first (broker down)",
            1,
        )
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


def boot(count: int) -> None:
    """Start what `up` started before, else a new broker of so many nodes."""
    if nodes()[0].host not in HERE:
        raise Failure(
            f"cannot reach RabbitMQ at {nodes()[0].host}, and it is not for this machine to start it",
            69,
        )
    ours = started()
    if ours and len(ours.amqp) != count:
        raise Failure(f"a broker of {len(ours.amqp)} nodes was started before: broker down", 1)
    if ours and ours.amqp[0] != nodes()[0].port:
        raise Failure(
            f"a broker was started before, at {ours.amqp_url}: broker down, or set AMQP_URL to that",
            1,
        )
    ours = ours or choose(count)
    print_notice(f"starting RabbitMQ ({ours.kind}), {count} node{'s' * (count > 1)}")
    ours.create()


@contextmanager
def alone(*, create: bool = False) -> Iterator[None]:
    """Wait until no other command starts or stops what is in the folder, and let none begin meanwhile.

    Without a folder there is nothing to wait for, unless it is to be created. Raises Failure (2) if it cannot be.
    """
    while True:
        try:
            if create:
                home().mkdir(parents=True, exist_ok=True)
            folder = os.open(home(), os.O_RDONLY)
        except OSError as error:
            if create:
                raise Failure(
                    f"cannot use {home()}: {error.strerror}; BROKER_HOME names another folder", 2
                ) from None
            yield
            return
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print_notice("another command is starting or stopping this broker: waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        with suppress(OSError):
            if os.path.samestat(os.fstat(folder), home().stat()):
                break
        os.close(folder)  # a wipe has deleted it meanwhile
    try:
        yield
    finally:
        os.close(folder)


def answers() -> bool:
    """Whether a broker answers at AMQP_URL; raises Failure if one does, but refuses the login."""
    known = nodes()
    if all(node.host in HERE and not node.ssl_options for node in known) and not any(
        speaks_amqp(node.host, node.port) for node in known
    ):
        return False  # at once, where connect would have patience with a program that says nothing
    try:
        connect(lambda _: None).close()
    except Failure as failure:
        if failure.status != Exit.UNAVAILABLE:
            raise
        return False
    return True


def choose(count: int) -> Broker:
    """Return a new broker at the address that AMQP_URL and MANAGEMENT_URL name, the other nodes at the next ports."""
    first = nodes()[0].port, Management().url.port or 15672
    amqp, management = (list(range(port, port + count)) for port in first)
    if {*amqp} & {*management} or max(*amqp, *management) > 65535:  # noqa: PLR2004 - the last port
        raise Failure(
            f"AMQP_URL and MANAGEMENT_URL need {count} ports each, from {first[0]} and {first[1]} on",
            2,
        )
    return new(home(), project(count), amqp, management)


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
        install.install()
    state = {
        "kind": kind,
        "name": name,
        "ports": [amqp, management, local.free_ports(len(amqp) + 1)],
    }
    broker = described(folder, state)
    broker.need_ports(broker.numbers)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "started.json").write_text(json.dumps(state))
    return broker


def started(folder: Path | None = None) -> Broker | None:
    """Return the broker that was started last with this folder, if it was not stopped by `down`."""
    folder = folder or home()
    try:
        return described(folder, json.loads((folder / "started.json").read_text()))
    except (OSError, ValueError, LookupError):
        return None


def described(folder: Path, state: dict[str, Any]) -> Broker:
    """Return the broker that started.json describes."""
    kind, name, (amqp, management, internal) = state["kind"], state["name"], state["ports"]
    if kind == "docker":
        return docker.DockerBroker(name, amqp, management)
    return local.LocalBroker(folder / name, amqp, management, internal)


@alone()
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
        for name in map(project, (1, 2, 3)):
            shutil.rmtree(home() / name, ignore_errors=True)
        with suppress(OSError):  # of a folder that holds something else
            home().rmdir()
    if not broker:
        return "nothing to stop: broker up has started nothing" + (
            "; no data are left" if wipe else ""
        )
    return "stopped RabbitMQ" + (
        " and deleted its data" if wipe else "; its data stay for the next broker up"
    )


@alone()
def again(action: str, number: int) -> str:
    """Kill or start one node of what `up` started, or restart all of it. Raises Failure (1) if there is none."""
    broker = started()
    if not broker or number > len(broker.amqp):
        raise Failure(
            "broker up has started no such node: it can only restart or kill what it has started"
        )
    if action == "restart":
        broker.stop()
        broker.start()
        return "restarted RabbitMQ"
    broker.kill(number) if action == "kill" else broker.start(number)
    return f"{'killed' if action == 'kill' else 'started'} node {number} (port {broker.amqp[number - 1]})"
