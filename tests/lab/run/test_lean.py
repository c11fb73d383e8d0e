"""RabbitMQ's folder without the plugins that nobody uses here."""

from __future__ import annotations

from pathlib import Path

import pytest

from rabbitmq_tutorial.lab.run.lean import lean

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
