"""What is in the way of `broker up` is told at once, by its true cause."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from places import environment, lab
from rabbitmq_tutorial.lab.run import docker, folder, local
from rabbitmq_tutorial.lab.run.ports import free_ports, taken


def test_docker_without_compose_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "docker").write_text('#!/bin/sh\ntest "$1" = info\n', encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    assert not docker.engine()
    assert "no Compose plugin" in docker.obstacle()


def test_compose_gets_one_file_whose_path_has_a_colon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_compose_splits_it = 'printf %s "$COMPOSE_FILE" | tr "${COMPOSE_PATH_SEPARATOR:-:}" "\\n"'
    (tmp_path / "docker").write_text(f"#!/bin/sh\n{as_compose_splits_it}\n", encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(docker, "COMPOSE_FILE", Path("/a:b/compose.yaml"))
    assert docker.DockerBroker("x", [1], [2]).ctl("status") == "/a:b/compose.yaml"


@pytest.mark.parametrize("node", [1, 2, 3])
@pytest.mark.parametrize("what", ["AMQP", "management API"])
def test_a_taken_port(tmp_path: Path, what: str, node: int) -> None:
    first = min(port for port in free_ports(20) if not any(map(taken, range(port, port + 6))))
    where = environment(tmp_path / "home", first, first + 3)
    port = first + node - 1 + 3 * (what != "AMQP")
    with socket.create_server(("127.0.0.1", port)):  # accepts, and says nothing
        said = lab(where, "up", "--nodes", "3", status=69).stderr
        assert f"port {port} (node {node}, {what}) is taken" in said
    assert "starting" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("amqp", "management"), [(65534, 15672), (15671, 15672), (0, 15672)])
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
        assert "broker up has started nothing here" in lab(where, "kill", "1", status=1).stderr


@pytest.mark.parametrize(
    ("amqp", "management", "why"),
    [
        ("amqp://elsewhere.invalid:5799/%2F", "", "not for this machine to start it"),
        ("amqp://[::1]:5799/%2F", "", "would start it at 127.0.0.1 only"),
        ("amqps://localhost:5799/%2F", "", "would start it without TLS"),
        ("amqp://localhost:5799/%2F", "https://localhost:15799", "not at https://localhost:15799"),
        ("amqp://localhost:5799/%2F", "http://elsewhere.invalid:15799", "not at http://elsewhere"),
    ],
)
def test_an_address_that_up_cannot_serve(
    tmp_path: Path, amqp: str, management: str, why: str
) -> None:
    where = {**os.environ, "BROKER_HOME": str(tmp_path / "x"), "AMQP_URL": amqp}
    said = lab({**where, "MANAGEMENT_URL": management}, "up", status=69).stderr
    assert why in said
    assert len(said.splitlines()) == 1


def test_a_free_port_is_found_by_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    [held] = free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        another = server.getsockname()[1]
    drawn = iter([held, another])
    monkeypatch.setattr("random.randint", lambda *_: next(drawn))
    assert free_ports(1) == [another]


def test_what_rabbitmq_said_as_it_ended(tmp_path: Path) -> None:
    """The first line of its log on an error may say nothing more."""
    broker = local.LocalBroker(tmp_path, [1], [2], [3, 4])
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "boot.log").write_text(
        "2026-11-26 15:42:14.1+00:00 [error] <0.132.0> \n"
        "2026-11-26 15:42:14.1+00:00 [error] <0.132.0> ERROR: could not bind to port 4\n",
        encoding="utf-8",
    )
    assert broker.last_words(1) == "ERROR: could not bind to port 4"


@pytest.mark.parametrize("state", ["", "[]", "null", '{"kind": 1}', '{"ports": [1]}'])
def test_notes_that_are_not_ours(tmp_path: Path, state: str) -> None:
    (tmp_path / "started.json").write_text(state, encoding="utf-8")
    where = environment(tmp_path, *free_ports(2))
    assert lab(where, "down").stdout == "nothing to stop: broker up has started nothing\n"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Cannot connect to the Docker daemon", "its engine does not answer: "),
        ("permission denied while trying to connect", "this user may not use Docker"),
    ],
)
def test_docker_without_an_engine_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, why: str
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "docker").write_text(f"#!/bin/sh\necho {said} >&2; exit 1\n", encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    assert why in docker.obstacle()
    amqp, management = free_ports(2)
    where = environment(tmp_path / "home", amqp, management)
    with socket.create_server(("127.0.0.1", amqp)):  # so that nothing is booted
        lab(where, "up", status=69)
    assert not docker.engine()


@pytest.mark.parametrize("command", ["down", "restart", "kill 1", "up"])
def test_docker_that_has_gone_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    state = '{"kind": "docker", "name": "x", "ports": [[%d], [%d], [1, 2]]}'
    (tmp_path / "started.json").write_text(state % (1, 2), encoding="utf-8")
    where = environment(tmp_path, 1, 2)
    for variable, value, why in (
        ("DOCKER_HOST", "unix:///none", "its engine does not answer"),
        ("PATH", str(tmp_path), "Docker is not installed"),
    ):
        monkeypatch.setitem(where, variable, value)
        assert why in lab(where, *command.split(), status=69).stderr


def test_where_an_installed_package_keeps_its_state(tmp_path: Path) -> None:
    package = Path(folder.__file__).parents[2]
    shutil.copytree(package, tmp_path / "site" / package.name)
    command = (
        "from rabbitmq_tutorial.lab.run import folder; print(folder.home(), folder.checkout())"
    )
    where = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "XDG_STATE_HOME": str(tmp_path)}
    where.pop("BROKER_HOME", None)
    said = subprocess.check_output([sys.executable, "-c", command], env=where, text=True)
    assert said == f"{tmp_path / 'rabbitmq-tutorial'} None\n"
