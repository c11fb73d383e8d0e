"""What lets a node boot sooner: fewer folders, and its modules at once."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from conftest import wait_until
from rabbitmq_tutorial.lab.run import local
from rabbitmq_tutorial.lab.run.lean import at_once, lean
from rabbitmq_tutorial.lab.run.local import MARK, PLACES, LocalBroker
from rabbitmq_tutorial.lab.run.local import server as installed

USED = ["rabbit-4.1.0", "rabbitmq_management-4.1.0", "rabbitmq_prelaunch-4.1.0", "unheard_of-1.0"]
UNUSED = ["rabbitmq_stomp-4.1.0", "rabbitmq_stream-4.1.0", "rabbitmq_peer_discovery_k8s-4.1.0"]


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """Return the program of an installed RabbitMQ."""
    program = tmp_path / "rabbitmq-4.1.0" / "sbin" / "rabbitmq-server"
    program.parent.mkdir(parents=True)
    program.touch()
    return program


def test_what_nodes_may_need_is_there(server: Path, tmp_path: Path) -> None:
    for name in [*USED, *UNUSED]:
        (server.parents[1] / "plugins" / name).mkdir(parents=True)
    for _ in range(2):  # each start of a node looks again
        said = lean(server, tmp_path / "a home")
        assert said == f"RABBITMQ_HOME='{tmp_path}/a home/rabbitmq-4.1.0'\n"
        plugins = tmp_path / "a home" / "rabbitmq-4.1.0" / "plugins"
        assert sorted(link.name for link in plugins.iterdir()) == USED
        assert all(link.is_dir() for link in plugins.iterdir())


def test_another_layout_is_left_alone(server: Path, tmp_path: Path) -> None:
    assert lean(server, tmp_path / "home") == ""
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(not installed(), reason="no rabbitmq-server is installed")
@pytest.mark.parametrize(("flag", "loaded"), [("-ours", "true"), ("-theirs", "false")])
def test_its_modules_are_loaded_before_it_boots(flag: str, loaded: str) -> None:
    asked = "io:put_chars(atom_to_list(code:is_loaded(xmerl) =/= false)), halt()."
    said = subprocess.check_output(
        ["erl", "-noinput", flag, "1", "-eval", asked],
        env={**os.environ, "PATH": PLACES, "ERL_AFLAGS": at_once("ours")},
        encoding="utf-8",
        timeout=30,
    )
    assert said == loaded


def test_a_node_is_started_with_these_flags(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.write_text("#!/bin/sh\nprintenv ERL_AFLAGS >flags\n", encoding="utf-8")
    server.chmod(0o755)
    monkeypatch.setattr(local, "server", lambda: str(server))
    node = LocalBroker(tmp_path, [1], [2], [3, 4])
    node.launch([1])
    wait_until(lambda: not node.alive(1))
    assert (tmp_path / "1" / "flags").read_text(encoding="utf-8") == f"{at_once(MARK)}\n"
