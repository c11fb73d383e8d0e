"""Clean up: delete, purge, expire, reset; nothing that others need."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pika.adapters.thread_safe_connection import Channel

from api import Api
from conftest import Lab, Start, rows, wait_until


def test_clean_up(lab: Lab, finish: Start, channel: Channel, api: Api, vhost: str) -> None:
    finish("hello_world/send.py")
    channel.queue_declare("mine", durable=True)
    channel.exchange_declare("ours", "fanout", durable=True)
    channel.queue_bind("mine", "ours")
    exclusive = channel.queue_declare("", exclusive=True).method.queue
    assert (
        "belongs to a script that runs" in lab("delete", "--force", str(exclusive), status=1).stderr
    )
    channel.queue_delete(exclusive)
    assert "exchange 'ours' has 1 binding" in lab("delete", "ours", status=1).stderr
    assert "did you mean 'amq" not in lab("delete", "amq.fan", status=1).stderr
    assert "did you mean 'hello'?" in lab("delete", "helo", status=1).stderr
    assert "did you mean 'mine'?" in lab("purge", "mime", status=1).stderr
    assert "there is no 'helo'" in lab("expire", "helo", "10", status=1).stderr
    assert (
        "1 message and 0 consumers: --force"
        in lab("delete", "mine", "hello", "ours", status=1).stderr
    )
    assert lab("purge", "hello").stdout == "purged queue hello: 1 message deleted\n"
    finish("hello_world/send.py")
    assert "1 message and 0 consumers" in lab("delete", "hello", status=1).stderr
    assert lab("delete", "--force", "hello").stdout == "deleted queue hello\n"
    finish("publish_subscribe/emit_log.py")
    finish("work_queues/new_task.py")
    assert "task_queue" in lab("expire", "task_queue", "3600").stdout
    policies = api.get(f"/policies/{vhost.rpartition('/')[2]}")
    assert [policy["definition"] for policy in policies] == [{"expires": 3_600_000}]
    assert re.search(policies[0]["pattern"], "task_queue")
    assert not re.search(policies[0]["pattern"], "task_queue2")
    lab("reset")
    assert api.get(f"/policies/{vhost.rpartition('/')[2]}") == []
    assert [row["name"] for row in rows(lab("queues").stdout)] == ["mine"]
    assert "ours" in lab("exchanges").stdout
    assert "logs" not in lab("exchanges").stdout


def test_what_is_not_there_or_not_ours(lab: Lab, vhost: str) -> None:
    assert "RabbitMQ's own" in lab("delete", "amq.direct", status=1).stderr
    nowhere = vhost.rpartition("/")[0] + "/nowhere"
    for command in ["queues"], ["exchanges"], ["picture"], ["reset"], ["delete", "hello"]:
        assert "there is no vhost 'nowhere'" in lab(*command, status=77, AMQP_URL=nowhere).stderr


@pytest.mark.parametrize("name", ["hello", "my-queue.1 «ü» 🐇"])
def test_a_queue_expires_although_it_is_looked_at(lab: Lab, channel: Channel, name: str) -> None:
    channel.queue_declare(name, durable=True)
    lab("expire", name, "1")
    wait_until(lambda: rows(lab("queues").stdout) == [])


def test_policies_of_others_do_not_disturb(
    lab: Lab, channel: Channel, api: Api, vhost: str
) -> None:
    channel.queue_declare("mine", durable=True)
    theirs = {"pattern": r"(?|\x{6e}o)", "definition": {"expires": 3_600_000}, "apply-to": "queues"}
    api.put(f"/policies/{vhost.rpartition('/')[2]}/theirs", theirs)
    assert [row["name"] for row in rows(lab("queues").stdout)] == ["mine"]


def test_wiping_leaves_the_files_of_others(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "keep.txt").touch()
    (tmp_path / "ours").mkdir()
    state = {"kind": "local", "name": "ours", "ports": [[1], [2], [3, 4]]}
    (tmp_path / "started.json").write_text(json.dumps(state))
    assert "deleted its data" in lab("down", "--wipe", BROKER_HOME=str(tmp_path)).stdout
    assert [left.name for left in tmp_path.iterdir()] == ["keep.txt"]
