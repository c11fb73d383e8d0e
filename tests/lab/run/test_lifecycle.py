"""`broker up` and `broker down`: a broker for each folder, and each obstacle told at once."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conftest import COMMAND, wait_until
from rabbitmq_tutorial.lab.run import docker, folder
from rabbitmq_tutorial.lab.run.ports import free_ports, taken


def environment(home: Path, amqp: int, management: int) -> dict[str, str]:
    """Return what `broker` has to know to work in a folder and at ports of its own."""
    amqp_url, management_url = f"amqp://127.0.0.1:{amqp}/%2F", f"http://127.0.0.1:{management}"
    return {
        **os.environ,
        "BROKER_HOME": str(home),
        "AMQP_URL": amqp_url,
        "MANAGEMENT_URL": management_url,
    }


def lab(
    where: dict[str, str], *arguments: str, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run `broker` there."""
    done = subprocess.run(
        [COMMAND, *arguments], env=where, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture
def places(tmp_path: Path) -> Iterator[list[dict[str, str]]]:
    """Yield the environments of two checkouts; nothing of them is left afterwards."""
    ports = iter(free_ports(4))
    found = [environment(tmp_path / name, next(ports), next(ports)) for name in ("one", "other")]
    yield found
    for place in found:
        lab(place, "down", "--wipe")


def test_a_folder_wipes_only_what_is_its_own(
    places: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = places
    monkeypatch.setenv("BROKER_HOME", one["BROKER_HOME"])
    lab(one, "up")
    assert lab(other, "down", "--wipe").stdout.startswith("nothing to stop")
    lab(one, "queues")
    lab(one, "down")
    lab(other, "down", "--wipe")
    assert data()
    foreign = Path(one["BROKER_HOME"], "rabbitmq-tutorial")  # a clone of this repository, say
    foreign.mkdir()
    lab(one, "down", "--wipe")  # also of what runs no more
    assert not data()
    assert foreign.is_dir()


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


def test_docker_without_compose_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "docker").write_text('#!/bin/sh\ntest "$1" = info\n')
    (tmp_path / "docker").chmod(0o755)
    assert not docker.engine()
    assert "no Compose plugin" in capsys.readouterr().err


def test_two_at_a_time(places: list[dict[str, str]]) -> None:
    pipe = subprocess.PIPE
    ups = [
        subprocess.Popen([COMMAND, "up"], env=places[0], stdout=pipe, stderr=pipe, text=True)
        for _ in range(3)
    ]
    said = [up.communicate(timeout=120) for up in ups]
    assert [up.returncode for up in ups] == [0, 0, 0], said
    assert len({out for out, _ in said}) == 1  # they all found the broker of the first
    assert sorted("waiting" in err for _, err in said) == [False, True, True]
    assert sorted("starting RabbitMQ (" in err for _, err in said) == [False, False, True]


@pytest.mark.parametrize("node", [1, 2, 3])
@pytest.mark.parametrize("what", ["AMQP", "management API"])
def test_a_taken_port(tmp_path: Path, what: str, node: int) -> None:
    first = min(port for port in free_ports(20) if not any(map(taken, range(port, port + 6))))
    where = environment(tmp_path, first, first + 3)
    port = first + node - 1 + 3 * (what != "AMQP")
    with socket.create_server(("127.0.0.1", port)):  # accepts, and says nothing
        said = lab(where, "up", "--nodes", "3", status=69).stderr
        assert f"port {port} (node {node}, {what}) is taken" in said
    assert "starting" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_when_a_node_comes_back(places: list[dict[str, str]]) -> None:
    lab(places[0], "up")
    lab(places[0], "kill", "1")
    port = int(places[0]["AMQP_URL"].split(":")[-1].split("/")[0])
    wait_until(lambda: not taken(port))
    with socket.create_server(("127.0.0.1", port)):
        assert f"port {port} " in lab(places[0], "start", "1", status=69).stderr
        assert f"port {port} " in lab(places[0], "up", status=69).stderr
    elsewhere = {**places[0], "AMQP_URL": places[1]["AMQP_URL"]}
    assert "was started before" in lab(elsewhere, "up", status=1).stderr
    with subprocess.Popen(
        [COMMAND, "up"], env=places[0], stderr=subprocess.PIPE, text=True
    ) as impatient:
        assert impatient.stderr
        assert "starting" in impatient.stderr.readline()
        impatient.terminate()
    lab(places[0], "up")
    lab(places[0], "queues")


@pytest.mark.parametrize(("amqp", "management"), [(65534, 15672), (15671, 15672)])
def test_ports_that_there_are_not(tmp_path: Path, amqp: int, management: int) -> None:
    said = lab(environment(tmp_path, amqp, management), "up", "--nodes", "3", status=2).stderr
    assert f"AMQP_URL and MANAGEMENT_URL need 3 ports each, from {amqp} and {management} on" in said


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for home, why in (
        (tmp_path / "file", "File exists"),
        (Path("/proc/none"), "No such file or directory"),
    ):
        where = environment(home, *free_ports(2))
        assert lab(where, "up", status=2).stderr == (
            f"broker: cannot use {home}: {why}; BROKER_HOME names another folder\n"
        )
        assert "nothing to stop" in lab(where, "down").stdout
        assert "has started no such node" in lab(where, "kill", "1", status=1).stderr


def test_a_lock_outlives_the_folder(
    places: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_HOME", places[0]["BROKER_HOME"])
    old, new = ExitStack(), ExitStack()
    old.enter_context(folder.alone(create=True))
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [COMMAND, "up"], env=places[0], stdout=pipe, stderr=pipe, text=True
    ) as waiting:
        assert waiting.stderr
        assert "waiting" in waiting.stderr.readline()
        folder.home().rmdir()  # as a wipe does
        new.enter_context(folder.alone(create=True))
        old.close()
        assert "waiting" in waiting.stderr.readline()  # again, for who is in the new folder
        new.close()
        assert "is up" in waiting.communicate(timeout=120)[0]
