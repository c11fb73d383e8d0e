"""The broker is stopped, killed, out of memory: a broker of these tests' own."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pika
import pytest
from pika.adapters.thread_safe_connection import Connection

from conftest import CONSUMERS, PRODUCERS, READY, Start, wait_until
from rabbitmq_tutorial.lab.run.nodes import Broker

LIMIT = 20_000  # lines of the small version of the drill


def kill(broker: Broker) -> None:
    """End the broker by SIGKILL, once it has written what it knows of its queues, in 2 s at most.

    A queue declared just before that may be lost, or never answer again, whoever declared it.
    """
    broker.ctl("eval", "catch mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()], ok.")
    broker.kill()


def held(url: str, queue: str) -> Counter[bytes]:
    """Take everything out of a queue; return how often each body was in it."""
    bodies: list[bytes] = []
    with Connection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        count = channel.queue_declare(queue, passive=True).method.message_count
        channel.basic_consume(
            queue, lambda _channel, _method, _properties, body: bodies.append(body), auto_ack=True
        )
        wait_until(lambda: len(bodies) == count)
    return Counter(bodies)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_consumers_come_back_after_the_broker(victim: Broker, start_there: Start, how: str) -> None:
    consumers = {script: start_there(script, *arguments) for script, arguments in CONSUMERS.items()}
    for consumer in consumers.values():
        consumer.expect(READY)
    victim.stop() if how == "stop" else kill(victim)
    for consumer in consumers.values():
        consumer.expect("lost RabbitMQ", stream="stderr")
    victim.start()
    for consumer in consumers.values():
        consumer.expect("connected again", seconds=30, stream="stderr")
    for script, arguments in PRODUCERS.items():
        producer = start_there(script, *arguments)
        assert producer.wait() == 0, producer.stderr
    for consumer in consumers.values():
        consumer.expect("Hello World!|fib")
        consumer.stop()
        assert len(consumer.stderr.splitlines()) == 2


def test_a_signal_while_the_broker_is_down(victim: Broker, start_there: Start) -> None:
    consumers = [start_there(script, *arguments) for script, arguments in CONSUMERS.items()]
    for consumer in consumers:
        consumer.expect(READY)
    tasks = start_there("work_queues/new_task.py", "-")
    tasks.write(b"one\n")
    wait_until(lambda: "one" in consumers[1].stdout)
    victim.stop()
    for consumer in consumers:
        consumer.expect("connecting again", stream="stderr")
    for consumer in consumers:
        consumer.signal(signal.SIGTERM)
    tasks.signal(signal.SIGINT)
    began = time.monotonic()
    assert [consumer.wait() for consumer in consumers] == [0] * len(consumers)
    assert tasks.wait() == 130
    assert time.monotonic() - began < 5
    victim.start()


def test_a_producer_goes_on_through_a_kill(victim: Broker, start_there: Start) -> None:
    with Connection(pika.URLParameters(victim.amqp_url)) as connection:
        connection.channel().queue_delete("task_queue")
    tasks = start_there("work_queues/new_task.py", "-")
    for number in range(LIMIT):
        tasks.write(b"%d\n" % number)
        if number == LIMIT // 2:
            wait_until(lambda: "task_queue\t0" not in victim.ctl("list_queues", "name", "messages"))
            kill(victim)
            victim.start()
    assert tasks.wait(60) == 0, tasks.stderr
    assert tasks.stdout == f" [x] Sent {LIMIT} tasks\n"
    assert set(held(victim.amqp_url, "task_queue")) == {b"%d" % number for number in range(LIMIT)}


def test_calls_go_on_through_a_restart(victim: Broker, start_there: Start) -> None:
    server = start_there("rpc/rpc_server.py")
    server.expect(READY)
    client = start_there("rpc/rpc_client.py", "--timeout", "60", "-")
    client.write(b"10\n" * 50)
    client.expect("Got 55")
    kill(victim)
    victim.start()
    client.write(b"20\n" * 50)
    assert client.wait(60) == 0, client.stderr
    assert [line for line in client.lines() if "Got" in line] == [" [.] Got 55"] * 50 + [
        " [.] Got 6765"
    ] * 50


@contextmanager
def alarm(broker: Broker, *limit: str, harmless: str) -> Iterator[None]:
    broker.ctl(*limit)
    try:
        yield
    finally:
        broker.ctl(limit[0], harmless)


def test_a_disk_alarm(victim: Broker, start_there: Start) -> None:
    with alarm(victim, "set_disk_free_limit", "100000GB", harmless="50MB"):
        waiting = start_there("hello_world/send.py", "through the alarm")
        waiting.expect("takes no messages now", stream="stderr")
        assert waiting.process.poll() is None
    assert waiting.wait() == 0
    assert waiting.stdout == " [x] Sent 'through the alarm'\n"


def test_a_memory_alarm(victim: Broker, start_there: Start) -> None:
    with alarm(victim, "set_vm_memory_high_watermark", "0.000001", harmless="0.9"):
        impatient = start_there("hello_world/send.py", "too long")
        interrupted = start_there("hello_world/send.py")
        interrupted.expect("takes no messages now", stream="stderr")
        interrupted.signal(signal.SIGTERM)
        assert interrupted.wait() == 143
        assert interrupted.stderr.endswith("send.py: stopped: 0 of 1 messages confirmed\n")
        assert impatient.wait(45) == 75
        assert "confirms nothing for 30 s; 0 of 1 messages confirmed" in impatient.stderr
