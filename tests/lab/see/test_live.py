"""The command `broker`: what it shows is what the broker holds, as rabbitmqctl has it."""

from __future__ import annotations

import http.server
import json
import threading
import time
from pathlib import Path

import pytest

from conftest import CONSUMERS, READY, Lab, Start, no_vhost, rows, wait_until
from network import listener
from rabbitmq_tutorial.lab.run.nodes import Broker


def ctl(broker: Broker, vhost: str, table: str, *columns: str) -> list[list[str]]:
    """Return a table of rabbitmqctl, its lines sorted."""
    where = ["--vhost", vhost.rpartition("/")[2]] if table != "list_connections" else []
    listed = broker.ctl("--quiet", table, *where, "--no-table-headers", *columns)
    return sorted(line.split("\t") for line in listed.splitlines() if line)


def test_counts_are_live(lab: Lab, finish: Start, start: Start) -> None:
    for _ in range(4):
        finish("hello_world/send.py")
    assert rows(lab("queues").stdout) == [
        {
            "name": "hello",
            "messages_ready": "4",
            "messages_unacknowledged": "0",
            "consumers": "0",
            "state": "running",
            "type": "quorum",
        }
    ]
    receive = start("hello_world/receive.py")
    for _ in range(4):
        receive.expect("Received")
    wait_until(lambda: json.loads(lab("queues", "--json").stdout)[0]["messages_ready"] == 0)
    assert json.loads(lab("queues", "--json").stdout)[0]["consumers"] == 1


def test_tables_agree_with_rabbitmqctl(
    lab: Lab, start: Start, finish: Start, broker: Broker, vhost: str
) -> None:
    finish("work_queues/new_task.py", "-", stdin=b"one" + b"." * 100 + b"\ntwo\n")
    running = {script: start(script, *arguments) for script, arguments in CONSUMERS.items()}
    for consumer in running.values():
        consumer.expect(READY)
    wait_until(lambda: len(rows(lab("consumers").stdout)) == len(running))
    columns = ["name", "messages_ready", "messages_unacknowledged", "consumers"]
    wait_until(
        lambda: (
            sorted([row[column] for column in columns] for row in rows(lab("queues").stdout))
            == ctl(broker, vhost, "list_queues", *columns)
        ),
        60,
    )
    columns = ["name", "type", "durable", "auto_delete", "internal"]
    assert sorted([row[name] for name in columns] for row in rows(lab("exchanges").stdout)) == ctl(
        broker, vhost, "list_exchanges", *columns
    )
    found = sorted(
        [row["source"], row["destination"], row["routing_key"]]
        for row in rows(lab("bindings").stdout)
    )
    assert found == ctl(
        broker, vhost, "list_bindings", "source_name", "destination_name", "routing_key"
    )
    connections = rows(lab("connections").stdout)
    assert sorted(row["name"] for row in connections) == sorted(
        f"{script} {consumer.process.pid}" for script, consumer in running.items()
    )
    assert {(row["state"], row["user"], row["channels"]) for row in connections} == {
        ("running", "guest", "1")
    }
    assert {row["consumer"] for row in rows(lab("consumers").stdout)} == {
        row["name"] for row in connections
    }


def test_a_picture_of_every_stage(lab: Lab, start: Start) -> None:
    running = {script: start(script, *arguments) for script, arguments in CONSUMERS.items()}
    for consumer in running.values():
        consumer.expect(READY)
    drawn = ""

    def everybody() -> bool:
        nonlocal drawn
        drawn = lab("picture", COLUMNS="120").stdout
        who = [
            (script.rpartition("/")[2], f"pid {consumer.process.pid} ")
            for script, consumer in running.items()
        ]
        return all(name in drawn and pid in drawn for name, pid in who)

    wait_until(everybody)
    for name in (
        "logs",
        "direct_logs",
        "header_logs",
        "topic_logs",
        "(default)",
        "hello",
        "task_queue",
        "rpc_queue",
    ):
        assert f"│ {name} " in drawn
    assert "─ anonymous.* ─" in drawn
    assert "─ all of a=b ─" in drawn
    assert max(map(len, lab("picture", COLUMNS="80").stdout.splitlines())) <= 80
    lab("picture", PYTHONIOENCODING="ascii").stdout.encode("ascii")


def test_a_deleted_queue_leaves_no_ghost_of_its_consumer(lab: Lab, start: Start) -> None:
    receive = start("hello_world/receive.py")
    receive.expect(READY)
    wait_until(lambda: rows(lab("consumers").stdout))
    lab("delete", "--force", "hello")
    receive.expect("connected again", stream="stderr")
    name = f"hello_world/receive.py {receive.process.pid}"
    wait_until(lambda: [row["consumer"] for row in rows(lab("consumers").stdout)] == [name])
    assert "?" not in lab("picture").stdout
    receive.stop()


@pytest.mark.parametrize(
    ("url", "status", "said"),
    [
        ("http://guest:guest@127.0.0.1:1", 69, "broker up starts RabbitMQ"),
        ("http://guest:secret@{host}", 77, "refuses user 'guest'"),
        ("ftp://localhost", 2, "MANAGEMENT_URL"),
        ("localhost:15672", 2, "MANAGEMENT_URL"),
        ("http://", 2, "MANAGEMENT_URL"),
    ],
)
@no_vhost
def test_where_it_looks(lab: Lab, broker: Broker, url: str, status: int, said: str) -> None:
    where = url.format(host=f"127.0.0.1:{broker.management[0]}")
    failed = lab("exchanges", status=status, MANAGEMENT_URL=where)
    assert said in failed.stderr
    assert "secret" not in failed.stderr


@no_vhost
def test_a_stranger_instead_of_the_management_api(lab: Lab) -> None:
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), http.server.BaseHTTPRequestHandler
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = f"http://127.0.0.1:{server.server_port}"
        assert "no management API" in lab("queues", status=69, MANAGEMENT_URL=where).stderr
        server.shutdown()


@no_vhost
def test_a_mute_management_api(lab: Lab) -> None:
    with listener() as cable:
        began = time.monotonic()
        failed = lab("exchanges", status=69, MANAGEMENT_URL=f"http://127.0.0.1:{cable.port}")
        assert "no answer in time" in failed.stderr
        assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["queues", "x"],
        ["delete"],
        ["purge"],
        ["expire", "q"],
        ["expire", "q", "0"],
        ["kill", "4"],
        ["up", "--nodes", "x"],
        ["picture", "--watch", "--mermaid"],
    ],
)
@no_vhost
def test_usage(lab: Lab, arguments: list[str]) -> None:
    lab(*arguments, status=2)


@no_vhost
def test_nothing_was_started(lab: Lab, tmp_path: Path) -> None:
    for command in ["kill", "1"], ["start", "1"], ["restart"]:
        assert "broker up" in lab(*command, status=1, BROKER_HOME=str(tmp_path)).stderr
    assert "nothing to stop" in lab("down", BROKER_HOME=str(tmp_path)).stdout


def test_up_finds_a_broker_that_runs(lab: Lab, broker: Broker, tmp_path: Path) -> None:
    found = lab("up", BROKER_HOME=str(tmp_path)).stdout
    assert "is up (not started by broker up)" in found
    assert str(broker.amqp[0]) in found
    assert "stop it first" in lab("up", "--nodes", "3", status=1, BROKER_HOME=str(tmp_path)).stderr


@no_vhost
def test_up_starts_nothing_for_another_host(lab: Lab, tmp_path: Path) -> None:
    home = str(tmp_path / "broker")
    url = {"AMQP_URL": "amqp://no-such-host.invalid/%2F", "BROKER_HOME": home}
    assert "no-such-host.invalid" in lab("up", status=69, **url).stderr
    assert list(tmp_path.iterdir()) == []
