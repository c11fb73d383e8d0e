"""Find or start RabbitMQ, stop what was started, break it on purpose."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rabbitmq_tutorial.address import nodes
from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.run import docker, install, local, urls
from rabbitmq_tutorial.lab.run.folder import alone, home, project
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.ports import free_ports
from rabbitmq_tutorial.lab.see.management import Management


def up(count: int) -> str:
    """Return where the broker at AMQP_URL is, after starting one of so many nodes if none answers.

    Raises Failure: 69 when there is none and none can be started, 77 when it refuses the user.
    """
    # Another `broker up` may not be done with what is started: wait for it.
    if started() or not urls.answers():
        with alone(create=True):
            if not (started() and urls.answers()):
                boot(count)
    ours = started()
    if ours and not urls.names(ours):
        ours = None
    if count > 1 and (not ours or len(ours.amqp) != count):
        where = f"{nodes()[0].host}:{nodes()[0].port}"
        raise Failure(f"another broker runs at {where}: stop it first (broker down)")
    management = Management()
    version = management.get("overview")["rabbitmq_version"]
    lines = [
        f"RabbitMQ {version} is up ({ours.kind if ours else 'not started by broker up'})",
        f"  AMQP   {', '.join(f'{node.host}:{node.port}' for node in nodes())}",
        f"  web UI {management.url}" + (" (user and password: management)" if ours else ""),
    ]
    if ours and count > 1:
        export = '$env:AMQP_URL = "{}"' if sys.platform == "win32" else "export AMQP_URL={}"
        lines.append("for the scripts to know every node, run this in each terminal:")
        lines.append(f"  {export.format(ours.amqp_url)}")
    return "\n".join(lines)


def boot(count: int) -> None:
    """Start what `up` started before, else a new broker of so many nodes."""
    urls.need_plain_local()
    broker = started()
    if broker and len(broker.amqp) != count:
        raise Failure(f"a broker of {len(broker.amqp)} nodes was started before: broker down")
    if broker and broker.amqp[0] != nodes()[0].port:
        where = broker.amqp_url
        raise Failure(
            f"a broker was started before, at {where}: broker down, or set AMQP_URL to it"
        )
    if not broker:
        broker = new(home(), project(count), *urls.ports(count))
    with told_if_interrupted(
        broker, "run broker up again to finish, or broker down --wipe to remove it"
    ):
        print_notice(f"starting RabbitMQ ({broker.kind}), {count} node{'s' * (count > 1)}")
        broker.create()
    urls.need_login()


def new(folder: Path, name: str, amqp: list[int], management: list[int]) -> Broker:
    """Return a broker that this machine can run.

    It is written down in the folder first, so that `down` finds it.
    """
    without_docker = docker.obstacle()
    if without_docker:
        install.install(without_docker)
    state = {
        "kind": "local" if without_docker else "docker",
        "name": name,
        "ports": [amqp, management, free_ports(len(amqp) + 1)],
    }
    broker = described(folder, state)
    broker.need_ports(broker.numbers)
    if without_docker and docker.client():  # who has it may want it
        print_notice(f"{without_docker}; going on with the installed rabbitmq-server")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "started.json").write_text(json.dumps(state), encoding="utf-8")
    return broker


def started(folder: Path | None = None) -> Broker | None:
    """Return the broker that was started last with this folder, if it was not stopped by `down`."""
    folder = folder or home()
    try:
        state = json.loads((folder / "started.json").read_text(encoding="utf-8"))
        return described(folder, state)
    except (OSError, ValueError, LookupError, TypeError):  # none, or not as we have written it
        return None


def described(folder: Path, state: dict[str, Any]) -> Broker:
    """Return the broker that started.json describes."""
    kind, name, (amqp, management, internal) = state["kind"], state["name"], state["ports"]
    if kind == "docker":
        return docker.DockerBroker(name, amqp, management)
    return local.LocalBroker(folder / name, amqp, management, internal)


@alone()
def down(*, wipe: bool) -> str:
    """Stop what `up` started; its data is kept, unless it is wiped."""
    broker = started()
    if broker:
        with told_if_interrupted(broker, "run broker down again to finish"):
            print_notice(f"stopping RabbitMQ ({broker.kind})")
            broker.remove(wipe=wipe)
            (home() / "started.json").unlink()
    if wipe:  # also what an earlier down has left
        engine = docker.engine()
        for name in map(project, (1, 2, 3)):
            if engine:
                docker.DockerBroker(name, [], []).remove(wipe=True)
            shutil.rmtree(home() / name, ignore_errors=True)
    if not broker and not wipe:
        return "nothing to stop: broker up has started nothing"
    if not broker:
        return "nothing to stop: broker up has started nothing; no data is left"
    if wipe:
        return "stopped RabbitMQ and deleted its data"
    return "stopped RabbitMQ; its data is kept for the next broker up"


@alone()
def restart() -> str:
    """Stop and start all that `up` started; raises Failure (1) if there is nothing."""
    broker = started_node(1)
    with told_if_interrupted(broker, "run broker restart again to finish"):
        print_notice(f"stopping RabbitMQ ({broker.kind})")
        broker.stop()
        print_notice("starting it again")
        broker.start()
    return "restarted RabbitMQ"


@alone()
def kill(number: int) -> str:
    """End one node of what `up` started; raises Failure (1) if there is no such node."""
    broker = started_node(number)
    if not broker.alive(number):
        return f"{named(broker, number)} does not run"
    broker.kill(number)
    return f"killed {named(broker, number)}"


@alone()
def start(number: int) -> str:
    """Start one node of what `up` started; raises Failure (1) if there is no such node."""
    broker = started_node(number)
    if broker.alive(number) and broker.answers(number):
        return f"{named(broker, number)} already runs"
    with told_if_interrupted(broker, f"run broker start {number} again to finish"):
        print_notice(f"starting {named(broker, number)}")
        broker.start(number)
    return f"started {named(broker, number)}"


def started_node(number: int) -> Broker:
    """Return the broker that `up` started; raises Failure (1) if it has no such node."""
    broker = started()
    if not broker:
        raise Failure("broker up has started nothing here, and it is for what it has started only")
    if number not in broker.numbers:
        raise Failure(f"there is no node {number}: broker nodes lists them")
    return broker


def named(broker: Broker, number: int) -> str:
    """Return what to call a node."""
    return f"node {number} (port {broker.amqp[number - 1]})"


@contextmanager
def told_if_interrupted(broker: Broker, advice: str) -> Iterator[None]:
    """After Ctrl-C in between, say what runs, and which command goes on."""
    try:
        yield
    except (SystemExit, KeyboardInterrupt):
        print_notice(f"interrupted: {state_of(broker)}; {advice}")
        raise


def state_of(broker: Broker) -> str:
    """Return which nodes run, in a few words."""
    try:
        running = [number for number in broker.numbers if broker.alive(number)]
    except Failure as failure:
        return f"what runs is not known ({failure})"
    if not running:
        return "RabbitMQ is stopped"
    if len(running) == len(broker.amqp):
        return "RabbitMQ still runs"
    return "still running: node " + " and node ".join(map(str, running))
