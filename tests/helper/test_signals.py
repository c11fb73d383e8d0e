"""Ctrl-C and SIGTERM at any moment: nothing is lost, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from pika.adapters.thread_safe_connection import Channel

from conftest import CONSUMERS, PRODUCERS, READY, SCRIPTS, Start, no_vhost, wait_until
from network import listener


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_rest(start: Start, number: int) -> None:
    consumers = [start(script, *arguments) for script, arguments in CONSUMERS.items()]
    for consumer in consumers:
        consumer.expect(READY)
    for consumer in consumers:
        began = time.monotonic()
        consumer.signal(number)
        assert consumer.wait() == 0
        assert time.monotonic() - began < 5
        assert consumer.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_mid_task(start: Start, finish: Start, channel: Channel, number: int) -> None:
    finish("work_queues/new_task.py", "-", stdin=b"one...\ntwo\n")
    worker = start("work_queues/worker.py")
    worker.expect("Received one")
    worker.signal(number)
    assert worker.wait() == 0
    assert worker.lines()[-1] == " [x] Done"
    assert worker.stderr == "worker.py: finishing this task; Ctrl-C gives it back\n"
    wait_until(lambda: channel.queue_declare("task_queue", passive=True).method.message_count == 1)


def test_a_signal_stops_after_the_task_in_hand(
    start: Start, finish: Start, channel: Channel
) -> None:
    finish("work_queues/new_task.py", "-", stdin=b"task...\n" * 6)
    worker = start("work_queues/worker.py", "--prefetch", "100")
    worker.expect("Received")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert worker.stdout.count("Done") == 1
    wait_until(lambda: channel.queue_declare("task_queue", passive=True).method.message_count == 5)


def test_a_second_signal_does_not_wait(start: Start, finish: Start) -> None:
    worker = start("work_queues/worker.py")
    worker.expect(READY)
    finish("work_queues/new_task.py", "." * 30)
    worker.expect("Received")
    worker.signal(signal.SIGINT)
    began = time.monotonic()
    while worker.process.poll() is None:
        worker.signal(signal.SIGINT)
        assert time.monotonic() - began < 5
    assert "Done" not in worker.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@no_vhost
def test_a_signal_while_connecting(start: Start, number: int) -> None:
    with listener() as cable:
        mute = {"AMQP_URL": f"amqp://localhost:{cable.port}/%2F"}
        scripts = {
            script: start(script, *arguments, env=mute) for script, arguments in SCRIPTS.items()
        }
        wait_until(lambda: cable.connections >= len(scripts))
        for script, running in scripts.items():
            running.signal(number)
            assert running.wait() == (128 + number if script in PRODUCERS else 0)
            assert "Traceback" not in running.stderr


def test_an_interrupted_producer(start: Start) -> None:
    worker = start("work_queues/worker.py")
    worker.expect(READY)
    tasks = start("work_queues/new_task.py", "-")
    tasks.write(b"one\ntwo\n")
    worker.expect("Received two")
    wait_until(tasks.interrupted)
    assert tasks.wait() == 130
    assert tasks.stdout == tasks.stderr == ""


def test_no_traceback_when_python_is_told_to_stop_early(vhost: str) -> None:
    for _ in range(10):
        command = [sys.executable, "hello_world/receive.py"]
        process = subprocess.Popen(
            command, env={**os.environ, "AMQP_URL": vhost}, stderr=subprocess.PIPE
        )
        process.terminate()
        assert b"Traceback" not in process.communicate(timeout=20)[1]
