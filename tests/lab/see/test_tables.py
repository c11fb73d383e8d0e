"""Tables on a terminal: as wide as it is, aligned, and no number cut; whole in a pipe."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from pika.adapters.thread_safe_connection import Channel
from rich.cells import cell_len

from conftest import COMMAND
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
    assert max(map(cell_len, lines)) == width
    assert "123456789  " in lines[1]
    assert " 4194301  " in lines[1]
    assert lines[1].endswith(" x-match=all")
    assert all("…" in line for line in lines[1:3])
    assert lines[3].split() == ["hello", "0"]
    numbers = ["123456789", " 5 ", " 0"]
    assert (
        len(
            {
                cell_len(line.partition(n)[0] + n.rstrip())
                for line, n in zip(lines[1:], numbers, strict=True)
            }
        )
        == 1
    )


def test_a_wide_terminal() -> None:
    assert not any("…" in line for line in aligned([HEAD, *BODY], 200))
    assert list(aligned([["name", "n"], ["a", "10"], ["b", "9"]], 80)) == [
        "name  n",
        "a     10",
        "b      9",
    ]


def test_a_terminal_that_is_too_narrow_for_anything() -> None:
    assert len(list(aligned([HEAD, *BODY], 1))) == 4


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
    assert max(map(len, person[:2])) <= 60
