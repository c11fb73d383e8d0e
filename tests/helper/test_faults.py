"""What production throws at the scripts: lost connections, deleted queues, signals, bugs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pika.adapters.thread_safe_connection import Channel

from api import Api
from conftest import CONSUMERS, PRODUCERS, READY, ROOT, SCRIPTS, Start, wait_until
from network import listener
from rabbitmq_tutorial.lab.run.nodes import Broker

QUORUM = {"x-queue-type": "quorum"}


def test_closed_by_force(api: Api, vhost: str, start: Start, finish: Start) -> None:
    consumers = {script: start(script, *arguments) for script, arguments in CONSUMERS.items()}
    for consumer in consumers.values():
        consumer.expect(READY)
    name = vhost.rpartition("/")[2]
    found = wait_until(
        lambda: (
            len(names := [one["name"] for one in api.get(f"/vhosts/{name}/connections")]) == 7
            and names
        )
    )
    for connection in found:
        api.delete(f"/connections/{connection}")
    for consumer in consumers.values():
        consumer.expect("lost RabbitMQ: CONNECTION_FORCED", stream="stderr")
        consumer.expect("connected again", stream="stderr")
    for script, arguments in PRODUCERS.items():
        finish(script, *arguments)
    for consumer in consumers.values():
        consumer.expect("Hello World!|fib")
        consumer.stop()


@pytest.mark.parametrize(
    ("consumer", "queue", "producer"),
    [
        ("hello_world/receive.py", "hello", "hello_world/send.py"),
        ("work_queues/worker.py", "task_queue", "work_queues/new_task.py"),
        ("rpc/rpc_server.py", "rpc_queue", "rpc/rpc_client.py"),
    ],
)
def test_a_queue_deleted_under_its_consumer(  # noqa: PLR0913, PLR0917 - a row of a table
    start: Start, finish: Start, channel: Channel, consumer: str, queue: str, producer: str
) -> None:
    running = start(consumer)
    running.expect(READY)
    channel.queue_delete(queue)
    running.expect("the queue was deleted", stream="stderr")
    running.expect("connected again", stream="stderr")
    finish(producer)
    running.expect("Hello World!|fib")
    running.stop()


def test_a_full_queue_refuses(finish: Start, api: Api, vhost: str, channel: Channel) -> None:
    limit = {
        "pattern": "",
        "apply-to": "queues",
        "definition": {"max-length": 50, "overflow": "reject-publish"},
    }
    finish("work_queues/new_task.py", "-", stdin=b"line\n" * 5)
    api.put(f"/policies/{vhost.rpartition('/')[2]}/full", limit)
    wait_until(lambda: api.get(f"/queues/{vhost.rpartition('/')[2]}/task_queue").get("policy"))
    for arguments in ["-"], ["one", "more"]:
        before = channel.queue_declare("task_queue", passive=True).method.message_count or 0
        refused = finish("work_queues/new_task.py", *arguments, stdin=b"line\n" * 2000, status=1)
        assert refused.stdout == ""
        said = r".* RabbitMQ refused .*: its queue is full or failed; (\d+) of \d+ messages .*\n"
        assert (found := re.fullmatch(said, refused.stderr))
        after = channel.queue_declare("task_queue", passive=True).method.message_count or 0
        assert int(found[1]) <= after - before


IMPATIENT = f"""
import runpy
from rabbitmq_tutorial import producer
producer.PATIENCE = 2
runpy.run_path({str(ROOT / "work_queues/new_task.py")!r}, run_name="__main__")
"""


@pytest.mark.parametrize("stays_full", [False, True])
def test_a_refusal_soon_after_a_loss(
    start: Start, api: Api, vhost: str, tmp_path: Path, *, stays_full: bool
) -> None:
    name = vhost.rpartition("/")[2]
    (tmp_path / "impatient.py").write_text(IMPATIENT, encoding="utf-8")
    tasks = start(str(tmp_path / "impatient.py") if stays_full else "work_queues/new_task.py", "-")
    tasks.write(b"one\n" * 5)
    connections = wait_until(lambda: api.get(f"/vhosts/{name}/connections"))
    limit = {
        "pattern": "",
        "apply-to": "queues",
        "definition": {"max-length": 1, "overflow": "reject-publish"},
    }
    api.put(f"/policies/{name}/full", limit)
    wait_until(lambda: api.get(f"/queues/{name}/task_queue").get("policy"))
    api.delete(f"/connections/{connections[0]['name']}")

    def refused() -> bool:
        tasks.write(b"two\n")
        return "RabbitMQ refused a message" in tasks.stderr

    wait_until(refused)
    if stays_full:
        wait_until(lambda: refused() and tasks.process.poll() is not None)
        assert tasks.wait() == 1
        assert "its queue is full or failed" in tasks.stderr.splitlines()[-1]
        return
    api.delete(f"/policies/{name}/full")
    tasks.write(b"three\n")
    assert tasks.wait() == 0, tasks.stderr
    assert re.fullmatch(r" \[x\] Sent \d+ tasks\n", tasks.stdout)


def test_a_queue_deleted_under_its_producer(start: Start, channel: Channel) -> None:
    tasks = start("work_queues/new_task.py", "-")
    tasks.write(b"one\n")
    wait_until(
        lambda: (
            channel.queue_declare("task_queue", durable=True, arguments=QUORUM).method.message_count
            == 1
        )
    )
    channel.queue_delete("task_queue")
    while tasks.process.poll() is None:
        tasks.write(b"two\n")
    assert tasks.wait() == 1
    assert tasks.stdout == ""
    assert len(tasks.stderr.splitlines()) == 1
    assert "there is no queue 'task_queue': start its consumer first; 1 of " in tasks.stderr


def test_a_silent_network(start: Start, finish: Start, vhost: str, broker: Broker) -> None:
    with listener(relay=broker.amqp[0]) as cable:
        url = f"{vhost.replace(str(broker.amqp[0]), str(cable.port))}?heartbeat=2"
        receive = start("hello_world/receive.py", env={"AMQP_URL": url})
        receive.expect(READY)
        cable.silent = True
        receive.expect("lost RabbitMQ: no heartbeat", seconds=20, stream="stderr")
        cable.silent = False
        receive.expect("connected again", seconds=30, stream="stderr")
        finish("hello_world/send.py")
        receive.expect("Hello World!")
        receive.stop()


def test_a_task_longer_than_the_heartbeat_is_delivered_once(
    start: Start, finish: Start, vhost: str
) -> None:
    worker = start("work_queues/worker.py", env={"AMQP_URL": f"{vhost}?heartbeat=1"})
    worker.expect(READY)
    finish("work_queues/new_task.py", "long.....")
    worker.expect("Done")
    worker.stop()
    assert worker.stdout.count("Received") == 1
    assert worker.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_rest(start: Start, number: int) -> None:
    consumers = [start(script, *arguments) for script, arguments in CONSUMERS.items()]
    for consumer in consumers:
        consumer.expect(READY)
    for consumer in consumers:
        began = time.monotonic()
        consumer.signal(number)
        assert consumer.wait() == 0
        assert time.monotonic() - began < 2
        assert consumer.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_mid_task(start: Start, finish: Start, channel: Channel, number: int) -> None:
    worker = start("work_queues/worker.py")
    worker.expect(READY)
    finish("work_queues/new_task.py", "one..")
    finish("work_queues/new_task.py", "two")
    worker.expect("Received one")
    worker.signal(number)
    assert worker.wait() == 0
    assert worker.lines()[-1] == " [x] Done"
    assert (
        worker.stderr == "worker.py: finishing the task in hand (a second Ctrl-C gives it back)\n"
    )
    wait_until(lambda: channel.queue_declare("task_queue", passive=True).method.message_count == 1)


def test_a_signal_stops_after_the_task_in_hand(
    start: Start, finish: Start, channel: Channel
) -> None:
    finish("work_queues/new_task.py", "-", stdin=b"task.\n" * 6)
    worker = start("work_queues/worker.py", "--prefetch", "100")
    worker.expect("Done")
    worker.expect("Received")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert worker.stdout.count("Done") == 2
    wait_until(lambda: channel.queue_declare("task_queue", passive=True).method.message_count == 4)


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


def test_an_interrupted_producer_tells_the_count(start: Start) -> None:
    worker = start("work_queues/worker.py")
    worker.expect(READY)
    tasks = start("work_queues/new_task.py", "-")
    tasks.write(b"one\ntwo\n")
    worker.expect("Received two")
    wait_until(tasks.interrupted)
    assert tasks.wait() == 130
    assert re.fullmatch("new_task.py: stopped: [0-2] of 2 messages confirmed\n", tasks.stderr)


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


def test_no_traceback_when_python_is_told_to_stop_early(vhost: str) -> None:
    for _ in range(10):
        command = [sys.executable, "hello_world/receive.py"]
        process = subprocess.Popen(
            command, env={**os.environ, "AMQP_URL": vhost}, stderr=subprocess.PIPE
        )
        process.terminate()
        assert b"Traceback" not in process.communicate(timeout=20)[1]
