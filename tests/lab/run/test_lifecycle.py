"""`broker up`, `down` and what is between them: they say what they do, each in its folder."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import wait_until
from places import Ups, environment, interrupted, lab, localhost, other_localhost, port_of
from rabbitmq_tutorial.lab.run import docker, folder
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.ports import free_ports, speaks_amqp, taken


@pytest.fixture
def other(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return another place, where nothing runs before or afterwards."""
    place = environment(tmp_path / "other", *free_ports(2))
    yield place
    lab(place, "down", "--wipe")


def test_three_commands_start_one_broker(ups: Ups, victim: Broker) -> None:
    """Another program has the port at the other address of localhost."""
    assert victim.alive(1)
    assert len({printed for printed, _ in ups.said}) == 1
    assert sorted("starting RabbitMQ (" in said for _, said in ups.said) == [False, False, True]
    with other_localhost(ups.place):
        assert speaks_amqp("localhost", port_of(ups.place))
        found = lab(localhost(ups.place), "up")
    assert "is up" in found.stdout
    assert found.stderr == ""


def test_from_up_to_down(
    ups: Ups, victim: Broker, other: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Follow the advice of each message; it ends with the broker down and wiped."""
    one = ups.place
    assert victim.alive(1)
    monkeypatch.setenv("BROKER_HOME", one["BROKER_HOME"])
    assert lab(other, "down", "--wipe").stdout.startswith("nothing to stop")
    lab(one, "queues")
    what_does_not_fit_is_said(one, other)
    said = interrupted(one, "restart", "stopping RabbitMQ")
    assert "interrupted: RabbitMQ " in said
    assert "run broker restart again to finish" in said
    a_port_that_is_taken(one)
    assert lab(one, "restart").stdout == "restarted RabbitMQ\n"
    assert "run broker down again to finish" in interrupted(one, "down", "stopping RabbitMQ")
    assert lab(one, "down").stdout.startswith("stopped RabbitMQ; its data is kept")
    only_what_is_its_own_is_wiped(one, other)


def what_does_not_fit_is_said(where: dict[str, str], other: dict[str, str]) -> None:
    """Name a vhost that is not there, start it twice, ask from elsewhere and for elsewhere."""
    mine = {**where, "AMQP_URL": where["AMQP_URL"].replace("%2F", "mine")}
    assert "no such vhost" in lab(mine, "up", status=77).stderr
    said = lab(where, "start", "1").stdout
    assert re.fullmatch(r"node 1 \(port \d+\) already runs\n", said)
    elsewhere = {**where, "BROKER_HOME": other["BROKER_HOME"]}
    assert "not started by broker up" in lab(elsewhere, "up").stdout
    elsewhere = {**where, "AMQP_URL": other["AMQP_URL"]}
    assert "was started before" in lab(elsewhere, "up", status=1).stderr


def only_what_is_its_own_is_wiped(one: dict[str, str], other: dict[str, str]) -> None:
    lab(other, "down", "--wipe")
    assert data()
    foreign = Path(one["BROKER_HOME"], "rabbitmq-tutorial")  # a clone of this repository, say
    foreign.mkdir(parents=True)
    lab(one, "down", "--wipe")  # also of what runs no more
    assert not data()
    assert foreign.is_dir()
    foreign.rmdir()
    lab(one, "down", "--wipe")
    assert not Path(f"{folder.home()}.lock").exists()


def data() -> str:
    """Return where the data of BROKER_HOME are."""
    name = folder.project(1)
    if not docker.engine():
        return "".join(map(str, folder.home().glob(name)))
    command = [
        "docker",
        "volume",
        "ls",
        "--quiet",
        "--filter",
        f"label=com.docker.compose.project={name}",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_folder_has_names_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    names = []
    for home in tmp_path, tmp_path / "link", tmp_path / "another":
        monkeypatch.setenv("BROKER_HOME", str(home))
        names.append([folder.project(count) for count in (1, 2, 3)])
    assert names[0] == names[1]
    assert len({*names[0], *names[2]}) == 6


def a_port_that_is_taken(where: dict[str, str]) -> None:
    """Its node ends, and another program takes the port."""
    lab(where, "kill", "1")
    assert lab(where, "kill", "1").stdout.endswith(") does not run\n")
    wait_until(lambda: not taken(port_of(where)))
    with socket.create_server(("127.0.0.1", port_of(where))):
        assert f"port {port_of(where)} " in lab(where, "start", "1", status=69).stderr
        assert f"port {port_of(where)} " in lab(where, "up", status=69).stderr
