"""`broker up`, `down` and what is between them: they say what they do, each in its folder."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import COMMAND, wait_until
from places import environment, lab
from rabbitmq_tutorial.lab.run import docker, folder
from rabbitmq_tutorial.lab.run.ports import free_ports, speaks_amqp, taken


@pytest.fixture
def places(tmp_path: Path) -> Iterator[list[dict[str, str]]]:
    """Yield the environments of two checkouts; nothing of them is left afterwards."""
    ports = iter(free_ports(4))
    found = [environment(tmp_path / name, next(ports), next(ports)) for name in ("one", "other")]
    yield found
    for place in found:
        lab(place, "down", "--wipe")


def up_three_times_at_once(place: dict[str, str]) -> None:
    """Start one broker by three commands, which all wait for a folder that is wiped meanwhile."""
    pipe = subprocess.PIPE
    with folder.alone(create=True):
        ups = [
            subprocess.Popen([COMMAND, "up"], env=place, stdout=pipe, stderr=pipe, text=True)
            for _ in range(3)
        ]
        for up in ups:
            assert up.stderr
            assert "waiting" in up.stderr.readline()
        folder.home().rmdir()  # as a wipe does
    said = [up.communicate(timeout=120) for up in ups]
    assert [up.returncode for up in ups] == [0, 0, 0], said
    assert len({out for out, _ in said}) == 1
    assert sorted("starting RabbitMQ (" in err for _, err in said) == [False, False, True]


def test_from_up_to_down(places: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = places
    monkeypatch.setenv("BROKER_HOME", one["BROKER_HOME"])
    three_commands_start_one_broker(one)
    assert lab(other, "down", "--wipe").stdout.startswith("nothing to stop")
    lab(one, "queues")
    what_is_in_the_way_is_said(one, other)
    assert "run broker down again to finish" in interrupted(one, "down", "stopping RabbitMQ")
    assert lab(one, "down").stdout.startswith("stopped RabbitMQ; its data is kept")
    only_what_is_its_own_is_wiped(one, other)


def three_commands_start_one_broker(one: dict[str, str]) -> None:
    """Another program has the port at the other address of localhost."""
    named = {**one, "AMQP_URL": one["AMQP_URL"].replace("127.0.0.1", "localhost")}
    with socket.create_server(("::1", port_of(one)), family=socket.AF_INET6):  # and says nothing
        up_three_times_at_once(named)
        assert speaks_amqp("localhost", port_of(one))
        found = lab(named, "up")
    assert "is up" in found.stdout
    assert found.stderr == ""


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


def port_of(place: dict[str, str]) -> int:
    return int(place["AMQP_URL"].split(":")[-1].split("/")[0])


def interrupted(
    where: dict[str, str], command: str, during: str, number: signal.Signals = signal.SIGINT
) -> str:
    """Press Ctrl-C as the command has said that it does something; return what it says then."""
    with subprocess.Popen([COMMAND, command], env=where, stderr=subprocess.PIPE, text=True) as one:
        assert one.stderr
        while during not in one.stderr.readline():
            assert one.poll() is None
        one.send_signal(number)
        said = one.stderr.read()
    assert one.returncode == 128 + number
    assert len(said.splitlines()) == 1
    return said


def what_is_in_the_way_is_said(where: dict[str, str], other: dict[str, str]) -> None:
    """Interrupt it, take its port, log in as nobody that it knows."""
    said = interrupted(where, "restart", "stopping RabbitMQ")
    assert "interrupted: RabbitMQ " in said
    assert "run broker restart again to finish" in said
    a_port_that_is_taken(where)
    said = interrupted(where, "up", "starting RabbitMQ", signal.SIGTERM)
    assert "interrupted: RabbitMQ " in said
    assert "run broker up again to finish" in said
    assert "or broker down --wipe to remove it" in said
    a_login_that_it_does_not_know(where)
    assert "is up" in lab(where, "up").stdout
    said = lab(where, "start", "1").stdout
    assert re.fullmatch(r"node 1 \(port \d+\) already runs\n", said)
    elsewhere = {**where, "BROKER_HOME": other["BROKER_HOME"]}
    assert "not started by broker up" in lab(elsewhere, "up").stdout
    elsewhere = {**where, "AMQP_URL": other["AMQP_URL"]}
    assert "was started before" in lab(elsewhere, "up", status=1).stderr


def a_port_that_is_taken(where: dict[str, str]) -> None:
    """Its node ends, and another program takes the port."""
    lab(where, "kill", "1")
    assert lab(where, "kill", "1").stdout.endswith(") does not run\n")
    wait_until(lambda: not taken(port_of(where)))
    with socket.create_server(("127.0.0.1", port_of(where))):
        assert f"port {port_of(where)} " in lab(where, "start", "1", status=69).stderr
        assert f"port {port_of(where)} " in lab(where, "up", status=69).stderr


def a_login_that_it_does_not_know(where: dict[str, str]) -> None:
    url = where["AMQP_URL"].replace("127.0.0.1", "me:secret@127.0.0.1")
    said = lab({**where, "AMQP_URL": url}, "up", status=77).stderr
    assert "RabbitMQ was started, but AMQP_URL gets no connection: login refused" in said
    assert "secret" not in said
    url = where["AMQP_URL"].replace("%2F", "mine")
    assert "no such vhost" in lab({**where, "AMQP_URL": url}, "up", status=77).stderr
