"""The lab on Windows, where Docker alone runs a broker: see tests/windows/sitecustomize.py."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from conftest import COMMAND, WINDOWS, Lab, Start, rows
from rabbitmq_tutorial.lab.run import docker
from rabbitmq_tutorial.lab.run.ports import free_ports


def test_what_a_broker_holds(lab: Lab, finish: Start) -> None:
    finish("hello_world/send.py", env=WINDOWS)
    finish("publish_subscribe/emit_log.py", env=WINDOWS)
    assert [row["name"] for row in rows(lab("queues", **WINDOWS).stdout)] == ["hello"]
    for table in "connections", "exchanges", "bindings", "consumers", "nodes":
        lab(table, **WINDOWS)
    assert "hello" in lab("picture", **WINDOWS).stdout
    assert "flowchart" in lab("picture", "--mermaid", **WINDOWS).stdout
    lab("expire", "hello", "3600", **WINDOWS)
    assert "deleted" in lab("purge", "hello", "--force", **WINDOWS).stdout
    assert "deleted" in lab("reset", "--force", **WINDOWS).stdout


def test_a_broker_from_up_to_down(tmp_path: Path) -> None:
    amqp, management = free_ports(2)
    where = {
        **os.environ,
        **WINDOWS,
        "BROKER_HOME": str(tmp_path / "state"),
        "AMQP_URL": f"amqp://localhost:{amqp}/%2F",
        "MANAGEMENT_URL": f"http://localhost:{management}",
    }

    def broker(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *words],
            env=where,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    try:
        up = broker("up")
        if not docker.engine():
            assert up.returncode == 69
            assert len(up.stderr.splitlines()) == 1
            assert "Docker" in up.stderr
            return
        assert "is up (in Docker)" in up.stdout
        for words in ["queues"], ["kill", "1"], ["restart"], ["start", "1"], ["down"]:
            assert broker(*words).returncode == 0
    finally:
        broker("down", "--wipe")
    assert list(tmp_path.iterdir()) == []
