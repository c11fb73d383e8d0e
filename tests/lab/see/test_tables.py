"""Tables on a terminal: as wide as it is, aligned, and no number cut; whole in a pipe."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from pika.adapters.thread_safe_connection import Channel
from rich.cells import cell_len

from conftest import COMMAND, Lab, rows, wait_until
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.see.tables import aligned

HEAD = ["name", "messages_ready", "consumer", "arguments"]
BODY = [
    [
        "amq.gen-JzTY20BRgKO-HjmUJj0wLg",
        "123456789",
        "topics/receive_logs_topic.py 4194301",
        "a=b x-match=all",
    ],
    ["行列の名前はとても長いものです", "5", "worker.py 17", "a=" + "b" * 99],
    ["hello", "0", "", ""],
]


@pytest.mark.parametrize("width", [60, 79, 80, 100, 120])
def test_a_narrow_terminal(width: int) -> None:
    lines = list(aligned([HEAD, *BODY], width))
    assert max(map(cell_len, lines)) <= width
    assert "123456789  " in lines[1]
    assert any(" 4194301" in line for line in lines[1:5])
    text = "".join("".join(lines).split())
    assert "行列の名前はとても長いものです" in text or "行列の名前は" in text
    assert lines[-1].split() == ["hello", "0"]
    ends = [lines[1].index("123456789") + 9, lines[-1].index(" 0") + 2]
    assert ends[0] == ends[1]


def test_what_tells_rows_apart_is_wrapped() -> None:
    arguments = ["customer=somebody type=report x-match=all", "customer=somebody-else x-match=any"]
    body = [["header_logs", f"amq.gen-{n * 22}", "queue", "", arguments[n > "a"]] for n in "ab"]
    lines = list(
        aligned(
            [["source", "destination", "destination_type", "routing_key", "arguments"], *body], 80
        )
    )
    assert max(map(len, lines)) <= 80
    arguments_column = [line[lines[0].index("arguments") :] for line in lines[1:]]
    words = " ".join(part.strip() for part in arguments_column).replace("= ", "=")
    assert words.split() == " ".join(arguments).split()
    assert "amq.gen-aaa" in "".join(lines)
    assert "amq.gen-bbb" in "".join(lines)


@pytest.mark.parametrize("name", ["eu", "us"])
def test_a_long_name_is_told_to_its_end(name: str) -> None:
    whole = f"orders-of-the-year-2026-that-were-not-paid-for-{name}"
    lines = list(aligned([["name", "state"], [whole, "running"]], 40))
    assert "".join(line[:31].strip() for line in lines[1:]) == whole


def test_a_wide_terminal() -> None:
    assert not any("…" in line for line in aligned([HEAD, *BODY], 200))
    assert list(aligned([["name", "n"], ["a", "10"], ["b", "9"]], 80)) == [
        "name  n",
        "a     10",
        "b      9",
    ]


def test_each_consumer_has_one_line() -> None:
    scripts = ["publish_subscribe/receive_logs.py", "routing/receive_logs_headers.py", "rpc/a.py"]
    body = [
        [f"amq.gen-{n * 22}", f"{script} {4_194_301 + place}", "100", "true"]
        for place, (n, script) in enumerate(zip("abc", scripts, strict=True))
    ]
    head = ["queue", "consumer", "prefetch_count", "ack_required"]
    lines = list(aligned([head, *body], 80))
    assert len(lines) == 4
    assert max(map(cell_len, lines)) <= 80
    for place, (line, script) in enumerate(zip(lines[1:], scripts, strict=True)):
        assert f"/{script.partition('/')[2]} {4_194_301 + place}" in line


def test_a_consumer_tag_is_for_programs(lab: Lab, channel: Channel) -> None:
    channel.queue_declare("hello", durable=True)
    channel.basic_consume("hello", print, consumer_tag="the tag")
    piped = wait_until(lambda: rows(lab("consumers").stdout))
    assert list(piped[0])[-1] == "consumer_tag"
    assert piped[0]["consumer_tag"] == "the tag"
    assert "the tag" in lab("consumers", "--json", TTY_COMPATIBLE="1").stdout
    shown = lab("consumers", TTY_COMPATIBLE="1", COLUMNS="80").stdout.splitlines()
    assert "the tag" not in "".join(shown)
    assert shown[0].split() == ["queue", "consumer", "prefetch_count", "ack_required"]


def test_a_terminal_that_is_too_narrow_for_anything() -> None:
    assert list(aligned([HEAD, *BODY], 1))[-1].split() == ["hello", "0"]


def test_a_pipe_has_whole_names(vhost: str, broker: Broker, channel: Channel) -> None:
    name = "n" * 100
    channel.queue_declare(name, durable=True)
    environment = {
        **os.environ,
        "AMQP_URL": vhost,
        "MANAGEMENT_URL": broker.management_url,
        "COLUMNS": "60",
    }

    def shown(*arguments: str, **more: str) -> list[str]:
        command = [str(COMMAND), "queues", *arguments]
        return subprocess.check_output(
            command, env=environment | more, text=True, timeout=30
        ).splitlines()

    assert shown()[1].split("\t")[0] == name
    assert json.loads("".join(shown("--json", TTY_COMPATIBLE="1")))[0]["name"] == name
    person = shown(TTY_COMPATIBLE="1")
    assert name not in person[1]
    assert max(map(len, person)) <= 80
