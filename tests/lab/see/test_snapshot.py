"""Rows that are true at once, and that a terminal may have."""

from __future__ import annotations

from pathlib import Path

import pika
import pytest
from pika import URLParameters
from pika.adapters.thread_safe_connection import Channel, Connection

from conftest import READY, Lab, Start, rows, wait_until
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.see.snapshot import leader

EVIL = "\x1b[31mred\x9b1m\x07"
COMMANDS = ["queues", "exchanges", "bindings", "consumers", "connections", "picture"]


def test_nothing_that_moves_the_cursor(lab: Lab, vhost: str, tmp_path: Path) -> None:
    parameters = pika.URLParameters(vhost)
    parameters.client_properties = {"connection_name": f"{EVIL}.py 1"}
    file = tmp_path / "picture.svg"
    with Connection(parameters) as connection:
        channel = connection.channel()
        channel.exchange_declare(EVIL, "headers")
        channel.queue_declare(EVIL, exclusive=True)
        channel.queue_bind(EVIL, EVIL, arguments={EVIL: EVIL})
        channel.queue_bind(EVIL, "amq.topic", routing_key=EVIL)
        channel.basic_consume(EVIL, lambda *_: None, consumer_tag=EVIL)
        channel.basic_publish("amq.topic", EVIL, b"")
        wait_until(lambda: "Producers" in lab("picture").stdout)
        for terminal in "0", "1":  # a pipe, a person
            shown = [
                lab(command, TTY_COMPATIBLE=terminal, TERM="dumb").stdout for command in COMMANDS
            ]
            shown += [lab(command, "--json").stdout for command in COMMANDS[:-1]]
            shown += [lab("picture", "--mermaid").stdout, lab("picture", "--svg", str(file)).stdout]
            shown += [file.read_text(encoding="utf-8")]
            for text in shown:
                assert set(filter(lambda c: not c.isprintable(), text)) <= {"\n", "\t"}
        assert r"\x1b[31mred\x9b1m\x07" in lab("queues").stdout


@pytest.mark.parametrize("name", [".", ".."])
def test_names_that_no_url_can_carry(lab: Lab, channel: Channel, name: str) -> None:
    channel.exchange_declare(name, "fanout")
    channel.queue_declare(name, durable=True)
    channel.queue_bind(name, name)
    channel.basic_publish(name, "", b"")
    for command in COMMANDS:
        lab(command)
    wait_until(lambda: "1 ready" in lab("picture").stdout)


def test_a_connection_is_listed_with_its_channel(lab: Lab, start: Start) -> None:
    start("hello_world/receive.py").expect(READY)
    found = wait_until(lambda: rows(lab("connections").stdout))
    assert [row["channels"] for row in found] == ["1"]


def test_a_picture_knows_everybody_at_once(lab: Lab, start: Start) -> None:
    receive, listen = start("hello_world/receive.py"), start("publish_subscribe/receive_logs.py")
    for script in receive, listen:
        script.expect(READY)
    drawn = lab("picture", COLUMNS="120").stdout
    for script in receive, listen:
        assert f"pid {script.process.pid}" in drawn


def test_a_producer_is_drawn(lab: Lab, start: Start) -> None:
    tasks, log = start("work_queues/new_task.py", "-"), start("publish_subscribe/emit_log.py", "-")
    for producer in tasks, log:
        producer.write(b"line\n")

    def everybody() -> bool:
        lines = lab("picture", COLUMNS="120").stdout.splitlines()
        found = [
            any("emit_log.py" in line and "logs" in line for line in lines),
            any("new_task.py" in line and "task_queue" in line for line in lines),
        ]
        return all(found) and all(
            f"pid {one.process.pid}" in "\n".join(lines) for one in (tasks, log)
        )

    wait_until(everybody)
    tasks.close()
    log.close()
    wait_until(lambda: "Producers" not in lab("picture").stdout)


def test_a_broker_that_does_not_tell_of_producers(lab: Lab, victim: Broker) -> None:
    there = {"AMQP_URL": victim.amqp_url, "MANAGEMENT_URL": victim.management_url}
    victim.ctl("eval", "application:set_env(rabbitmq_management, rates_mode, basic).")
    with Connection(URLParameters(victim.amqp_url)) as connection:
        channel = connection.channel()
        channel.queue_declare("untold", durable=True)
        assert "management.rates_mode = basic" in lab("picture", **there).stdout
        channel.queue_delete("untold")
    assert "rates_mode" not in lab("picture").stdout


@pytest.mark.parametrize(
    ("running", "leads"),
    [("abc", "a"), ("ab", "a"), ("a", ""), ("bc", ""), ("", "")],
)
def test_no_leader_without_a_majority(running: str, leads: str) -> None:
    assert leader({"leader": "a", "members": ["a", "b", "c"]}, set(running)) == leads


def test_a_classic_queue_is_led_by_nobody() -> None:
    assert leader({"node": "a"}, {"a"}) == ""


def test_the_file_that_was_written(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    assert lab("picture", "--svg", str(file)).stdout == f"wrote {file}\n"
    assert file.read_text(encoding="utf-8").startswith("<svg")
    assert "cannot write" in lab("picture", "--svg", str(tmp_path), status=1).stderr
