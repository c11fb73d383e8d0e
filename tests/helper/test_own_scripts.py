"""Scripts that a reader writes with the helper, with bugs in them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pika.adapters.thread_safe_connection import Channel

from conftest import Start, wait_until

SCRIPT = """
from rabbitmq_tutorial import consume, run_program

def subscribe(channel, deliver):
    channel.queue_declare("ours", durable=True)
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume("ours", deliver)

def main():
    for message in consume(subscribe, ready="ready"):
        {}

run_program(main)
"""


def script_of(folder: Path, work: str) -> str:
    file = folder / "script.py"
    file.write_text(SCRIPT.format(work), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("bug", "words"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("open('/nowhere')", "FileNotFoundError"),
    ],
)
def test_a_bug_in_the_loop_ends_the_consumer(
    start: Start, channel: Channel, tmp_path: Path, bug: str, words: str
) -> None:
    channel.queue_declare("ours", durable=True)
    channel.basic_publish("", "ours", b"poison")
    buggy = start(script_of(tmp_path, bug))
    assert buggy.wait() == 1
    assert "Traceback" in buggy.stderr
    assert words in buggy.stderr
    wait_until(lambda: channel.queue_declare("ours", passive=True).method.message_count == 1)


def test_a_bug_in_subscribe_is_no_lost_broker(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    subscribe = 'channel.basic_consume("ours", deliver)'
    file.write_text(SCRIPT.replace(subscribe, "1 / 0"), encoding="utf-8")
    buggy = start(str(file))
    assert buggy.wait() == 1
    assert "ZeroDivisionError" in buggy.stderr


SENDER = """
from rabbitmq_tutorial import Producer, run_program

def main():
    with Producer(lambda channel: channel.queue_declare("ours", durable=True)) as producer:
        producer.publish("", "ours", b"one")
        try:
            producer.publish("", "k" * 256, b"this cannot be sent")
        except Exception as error:
            print(type(error).__name__)
        producer.publish("", "ours", b"two")
        print("sent")

run_program(main)
"""


def test_what_cannot_be_sent_raises_where_it_is_published(
    start: Start, channel: Channel, tmp_path: Path
) -> None:
    file = tmp_path / "script.py"
    file.write_text(SENDER, encoding="utf-8")
    sender = start(str(file))
    assert sender.wait() == 0, sender.stderr
    assert sender.lines() == ["ShortStringTooLong", "sent"]
    assert channel.queue_declare("ours", passive=True).method.message_count == 2


def test_a_loop_that_is_left_does_not_wait_for_a_task(
    start: Start, channel: Channel, tmp_path: Path
) -> None:
    channel.queue_declare("ours", durable=True)
    channel.basic_publish("", "ours", b"message")
    file = tmp_path / "script.py"
    left = SCRIPT.format("break").replace("\nrun_program", "    input()\n\nrun_program")
    file.write_text(left, encoding="utf-8")
    script = start(str(file))
    script.expect("ready")
    wait_until(script.interrupted)
    assert script.wait() == 0


def test_it_may_end_with_words(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    ends = "import sys\nfrom rabbitmq_tutorial import run_program\nrun_program(lambda: {})\n"
    for end, status, words in ("sys.exit('why')", 1, "script.py: why\n"), ("sys.exit()", 0, ""):
        file.write_text(ends.format(end), encoding="utf-8")
        script = start(str(file))
        assert script.wait() == status
        assert script.stderr == words


WAITING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from rabbitmq_tutorial import run_program

def main():
    ThreadPoolExecutor().submit(sys.stdin.readline)
    1 / 0

run_program(main)
"""


def test_a_bug_ends_a_program_whose_thread_waits_for_stdin(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text(WAITING, encoding="utf-8")
    waiting = start(str(file))
    assert waiting.wait() == 1
    assert waiting.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_a_channel_closed_by_the_broker(start: Start, channel: Channel, tmp_path: Path) -> None:
    careless = start(script_of(tmp_path, "message.ack(); print(message.text); message.ack()"))
    careless.expect("ready")
    for _ in range(2):
        channel.basic_publish("", "ours", b"message")
        careless.expect("message")
        careless.expect(
            "closed the channel: PRECONDITION_FAILED - unknown delivery tag", stream="stderr"
        )
        careless.expect("connected again", stream="stderr")
    careless.stop()


def test_connections_that_end_at_once_come_slower(
    start: Start, channel: Channel, tmp_path: Path
) -> None:
    channel.queue_declare("ours", durable=True)
    channel.basic_publish("", "ours", b"poison")
    began = time.monotonic()
    doomed = start(script_of(tmp_path, "message.channel.basic_ack(99)"))
    wait_until(lambda: doomed.stderr.count("connected again") == 6, 30)
    assert time.monotonic() - began > 6 * 0.5  # a pause before each
    doomed.stop()
