"""Clean up: delete, purge, expire, reset; nothing that others need, nothing without a question."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from pika.adapters.thread_safe_connection import Channel

import places
from api import Api
from conftest import COMMAND, READY, Lab, Start, rows, wait_until
from rabbitmq_tutorial.lab.run.nodes import Broker
from terminal import terminal

ODD = [".", "..", "%2E", "%2e%2e", "contents", "a/b", "a/../b", "b", "%2F", "?x=1", "#", "a b"]
ODD += ["\x1b[31mred", "red", "a", "«ü» 🐇", "-f", "x" * 255]


def names(lab: Lab, table: str) -> set[str]:
    found = json.loads(lab(table, "--json").stdout)
    return {row["name"] for row in found if row["name"] and not row["name"].startswith("amq.")}


def messages(channel: Channel) -> dict[str, int]:
    return {
        name: channel.queue_declare(name, passive=True).method.message_count or 0 for name in ODD
    }


def test_clean_up(lab: Lab, finish: Start, channel: Channel) -> None:
    finish("hello_world/send.py")
    channel.queue_declare("mine", durable=True)
    channel.exchange_declare("ours", "fanout", durable=True)
    channel.queue_bind("mine", "ours")
    exclusive = str(channel.queue_declare("", exclusive=True).method.queue)
    said = lab("delete", "--force", exclusive, status=1).stderr
    assert "belongs to a running script and goes with it" in said
    channel.queue_delete(exclusive)
    assert "exchange 'ours' has 1 binding" in lab("delete", "ours", status=1).stderr
    said = lab("delete", "mine", "hello", "ours", status=1).stderr
    assert "queue 'hello' has 1 message and 0 consumers; exchange 'ours'" in said
    assert "--force" in said
    assert lab("purge", "--force", "hello").stdout == "purged queue hello: 1 message deleted\n"
    finish("hello_world/send.py")
    assert "1 message and 0 consumers" in lab("delete", "hello", status=1).stderr
    assert lab("delete", "--force", "hello").stdout == "deleted queue hello\n"
    finish("publish_subscribe/emit_log.py")
    finish("work_queues/new_task.py")
    assert "task_queue" in lab("expire", "task_queue", "3600").stdout
    assert "queue 'task_queue' has 1 message" in lab("reset", status=1).stderr
    done = lab("reset", "--force").stdout
    assert done == "deleted task_queue, logs, tutorial-expire-task_queue\n"
    assert lab("reset").stdout.startswith("nothing to delete")
    assert names(lab, "queues") == {"mine"}
    assert names(lab, "exchanges") == {"ours"}


def test_the_poison_task_leaves_nothing_behind(
    lab: Lab, channel: Channel, api: Api, vhost: str
) -> None:
    where = vhost.rpartition("/")[2]
    channel.queue_declare("dead_tasks", durable=True)
    for name in "tutorial-poison", "poison", "my-tutorial-policy":
        policy = {"pattern": "^task_queue$", "definition": {"delivery-limit": 2}}
        api.put(f"/policies/{where}/{name}", policy)
    channel.basic_publish("", "dead_tasks", b"poison")
    wait_until(lambda: "'dead_tasks' has 1 message" in lab("reset", status=1).stderr)
    assert lab("reset", "--force").stdout == "deleted dead_tasks, tutorial-poison\n"
    left = {policy["name"] for policy in api.get(f"/policies/{where}")}
    assert left == {"poison", "my-tutorial-policy"}


def test_who_listens_is_not_deafened_without_a_question(lab: Lab, start: Start) -> None:
    listener = start("publish_subscribe/receive_logs.py")
    listener.expect(READY)
    worker = start("work_queues/worker.py")
    worker.expect(READY)
    said = wait_until(lambda: lab("reset", status=1).stderr)
    assert "queue 'task_queue' has 0 messages and 1 consumer" in said
    assert "exchange 'logs' has 1 binding (its listener would hear nothing more)" in said
    assert "1 consumer" in lab("delete", "task_queue", status=1).stderr
    assert lab("purge", "task_queue").stdout == "purged queue task_queue: 0 messages deleted\n"
    emit = start("publish_subscribe/emit_log.py", "still there?")
    assert emit.wait() == 0
    listener.expect("still there?")
    assert "deleted task_queue, logs" in lab("reset", "--force").stdout


@pytest.mark.parametrize("command", ["delete task_queue", "reset"])
def test_what_was_acknowledged_just_now_is_no_reason_to_ask(
    lab: Lab, start: Start, finish: Start, command: str
) -> None:
    worker = start("work_queues/worker.py")
    worker.expect(READY)
    finish("work_queues/new_task.py", "a task...")
    worker.expect("Received")
    wait_until(lambda: rows(lab("queues").stdout)[0]["messages_unacknowledged"] == "1")
    worker.expect("Done")
    worker.process.send_signal(signal.SIGINT)
    assert worker.wait() == 0
    assert "deleted" in lab(*command.split()).stdout


@pytest.mark.parametrize(("answer", "left"), [("n", 1), ("\x04", 1), ("y", 0)])
@pytest.mark.parametrize("command", ["purge hello", "delete hello", "reset"])
def test_a_person_is_asked(  # noqa: PLR0913, PLR0917 - pytest passes them by name
    finish: Start,
    broker: Broker,
    vhost: str,
    channel: Channel,
    answer: str,
    left: int,
    command: str,
) -> None:
    finish("hello_world/send.py", "x")
    where = {**os.environ, "AMQP_URL": vhost, "MANAGEMENT_URL": broker.management_url}
    pipe = subprocess.PIPE
    with terminal() as (ours, theirs):
        asked = subprocess.Popen(
            [COMMAND, *command.split()],
            env=where,
            stdin=theirs,
            stdout=pipe,
            stderr=pipe,
            encoding="utf-8",
        )
        os.write(ours, f"{answer}\n".encode())
        out, err = asked.communicate(timeout=30)
    question = "Delete it? [y/N] " if command.startswith("purge") else "Delete? [y/N] "
    assert f"{question}\n" in out if answer == "\x04" else question in out
    assert "queue 'hello' has 1 message" in out
    assert asked.returncode == (left > 0)
    assert ("nothing deleted" in err) == (left > 0)
    quorum = {"x-queue-type": "quorum"}
    declared = channel.queue_declare("hello", durable=True, arguments=quorum)
    assert declared.method.message_count == left


def test_a_queue_with_the_name_of_our_exchange_stays(lab: Lab, channel: Channel) -> None:
    channel.queue_declare("logs", durable=True)
    channel.exchange_declare("logs", "fanout")
    channel.exchange_declare("hello", "fanout")
    assert lab("reset").stdout == "deleted logs\n"
    assert names(lab, "queues") == {"logs"}
    assert names(lab, "exchanges") == {"hello"}


def test_near_names_are_suggested_and_no_others(lab: Lab, channel: Channel) -> None:
    channel.queue_declare("hello", durable=True)
    channel.queue_declare("mine", durable=True)
    channel.exchange_declare("logs", "fanout")
    assert "did you mean 'hello'?" in lab("delete", "helo", status=1).stderr
    assert "did you mean 'mine'?" in lab("purge", "mime", status=1).stderr
    assert "there is no queue 'helo'" in lab("expire", "helo", "10", status=1).stderr
    assert "there is no queue 'nothing'" in lab("purge", "nothing", status=1).stderr
    said = lab("delete", "nothing", status=1).stderr
    assert "there is no queue or exchange 'nothing'" in said
    for name in "direct_log", "amq.fan", "", "\x1b[31mred", "x" * 300:
        said = lab("delete", name, status=1).stderr
        assert "did you mean" not in said
        assert "\x1b" not in said
    assert "'logs' is an exchange: it holds no messages" in lab("purge", "logs", status=1).stderr


def test_what_is_not_there_or_not_ours(lab: Lab, vhost: str) -> None:
    for name in "amq.direct", "amq.topic":
        said = lab("delete", "--force", name, status=1).stderr
        assert f"exchange {name!r} is RabbitMQ's own: it cannot be deleted" in said
    nowhere = vhost.rpartition("/")[0] + "/nowhere"
    for command in ["queues"], ["exchanges"], ["picture"], ["reset"], ["delete", "hello"]:
        assert "there is no vhost 'nowhere'" in lab(*command, status=77, AMQP_URL=nowhere).stderr


def test_no_name_reaches_another(lab: Lab, channel: Channel) -> None:
    for one in ODD:
        channel.queue_declare(one, durable=True)
        channel.exchange_declare(one, "fanout", durable=True)
        channel.basic_publish("", one, b"")
    wait_until(lambda: set(messages(channel).values()) == {1})
    for index, one in enumerate(ODD):
        said = lab("purge", "--force", "--", one).stdout
        assert said.endswith(": 1 message deleted\n")
        assert "\x1b" not in said
        assert sum(messages(channel).values()) == len(ODD) - index - 1
    for some, rest in (ODD[::2], ODD[1::2]), (ODD[1::2], []):
        for table, left in ("queues", rest), ("exchanges", rest):  # a queue goes first
            done = lab("delete", "--", *some)
            assert len(done.stdout.splitlines()) == len(some)
            assert "\x1b" not in done.stdout
            assert names(lab, table) == set(left)


@pytest.mark.parametrize("name", [".", "a/../b", "\x1b[31mred", "«ü» 🐇", "?x=1"])
def test_a_policy_reaches_its_queue_alone(
    lab: Lab, channel: Channel, api: Api, vhost: str, name: str
) -> None:
    for one in ODD:
        channel.queue_declare(one, durable=True)
    said = lab("expire", "--", name, "1").stdout
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said
    where = vhost.rpartition("/")[2]
    wait_until(lambda: name not in {queue["name"] for queue in api.get(f"/queues/{where}")})
    assert names(lab, "queues") == set(ODD) - {name}
    said = lab("reset").stdout
    assert said.startswith("deleted tutorial-expire-")
    assert "\x1b" not in said


@pytest.mark.parametrize("name", [".", "..", "%2E", "a/b", "queues"])
def test_no_vhost_is_taken_for_another(
    lab: Lab, api: Api, channel: Channel, vhost: str, name: str
) -> None:
    """RabbitMQ's own API resolves the dots: it must not be asked about such a vhost."""
    channel.queue_declare("hello", durable=True)
    grant = {"user": "guest", "vhost": name, "configure": ".*", "write": ".*", "read": ".*"}
    api.post("/definitions", {"vhosts": [{"name": name}], "permissions": [grant]})
    try:
        there = vhost.rpartition("/")[0] + "/" + "".join(f"%{ord(one):02X}" for one in name)
        status = 1 if name in {".", ".."} else 0
        lab("reset", status=status, AMQP_URL=there)
        lab("queues", status=status, AMQP_URL=there)
        lab("delete", "hello", status=1, AMQP_URL=there)
        lab("expire", "hello", "1", status=1, AMQP_URL=there)
        assert names(lab, "queues") == {"hello"}
    finally:
        if name not in {".", ".."}:  # no URL names these; they go with the tests' broker
            api.delete("/vhosts/" + quote(name, safe=""))


@pytest.mark.parametrize("name", ["hello", "my-queue.1 «ü» 🐇"])
def test_a_queue_expires_although_it_is_looked_at(lab: Lab, channel: Channel, name: str) -> None:
    channel.queue_declare(name, durable=True)
    channel.queue_declare(f"{name}2", durable=True)
    lab("expire", name, "1")
    wait_until(lambda: names(lab, "queues") == {f"{name}2"})


def test_policies_of_others_do_not_disturb(
    lab: Lab, channel: Channel, api: Api, vhost: str
) -> None:
    channel.queue_declare("mine", durable=True)
    theirs = {
        "pattern": r"(?|\x{6e}o)",
        "definition": {"expires": 3600000},
        "apply-to": "queues",
    }
    api.put(f"/policies/{vhost.rpartition('/')[2]}/theirs", theirs)
    assert [row["name"] for row in rows(lab("queues").stdout)] == ["mine"]


def test_wiping_leaves_the_files_of_others(tmp_path: Path) -> None:
    (tmp_path / "keep.txt").touch()
    (tmp_path / "ours").mkdir()
    state = {"kind": "local", "name": "ours", "ports": [[1], [2], [3, 4]]}
    (tmp_path / "started.json").write_text(json.dumps(state), encoding="utf-8")
    places.lab({**os.environ, "BROKER_HOME": str(tmp_path)}, "down", "--wipe")
    assert [left.name for left in tmp_path.iterdir()] == ["keep.txt"]
