"""The broker is killed, out of memory, out of disk: a broker of these tests' own.

README.md has one that is stopped.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pika
from pika.adapters.thread_safe_connection import Connection
from pika.exceptions import ChannelClosedByBroker

from conftest import (
    CONSUMERS,
    PRODUCERS,
    READY,
    WINDOWS,
    Start,
    fresh_vhost,
    start_on,
    wait_until,
)
from places import Ups, interrupted, lab
from rabbitmq_tutorial.lab.run.nodes import Broker
from script import impatient

LIMIT = 6000  # lines of the small version of the drill


def kill(broker: Broker) -> None:
    """End the broker by SIGKILL, once it has written what it knows of its queues, in 2 s at most.

    A queue declared just before that may be lost, or never answer again, whoever declared it.
    """
    broker.ctl("eval", "catch mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()], ok.")
    broker.kill()


def ready(url: str, queue: str) -> int:
    """Return how many messages of a queue nobody has received, 0 if there is no such queue."""
    with Connection(pika.URLParameters(url)) as connection:
        try:
            declared = connection.channel().queue_declare(queue, passive=True)
        except ChannelClosedByBroker:
            return 0
        return declared.method.message_count or 0


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


@contextmanager
def consumers_come_back(broker: Broker, environment: dict[str, str]) -> Iterator[None]:
    """Every consumer says what it goes through, and receives again afterwards."""
    with fresh_vhost(broker) as url, start_on(url) as start:
        consumers = [
            start(script, *arguments, env=environment) for script, arguments in CONSUMERS.items()
        ]
        for consumer in consumers:
            consumer.expect(READY)
        yield
        for consumer in consumers:
            consumer.expect("lost RabbitMQ", stream="stderr")
            consumer.expect("connected again", seconds=30, stream="stderr")
        producers = [
            start(script, *arguments, env=environment) for script, arguments in PRODUCERS.items()
        ]
        for producer in producers:
            assert producer.wait() == 0, producer.stderr
        for consumer in consumers:
            consumer.expect("Hello World!|fib")
            consumer.stop()
            assert len(consumer.stderr.splitlines()) == 2


@contextmanager
def scripts_end_meanwhile(broker: Broker) -> Iterator[Callable[[], None]]:
    """Yield what is to be done while the broker is down: to each script, a signal means the end."""
    with fresh_vhost(broker) as url, start_on(url) as start:
        consumers = {script: start(script, *words) for script, words in CONSUMERS.items()}
        for consumer in consumers.values():
            consumer.expect(READY)
        tasks = start("work_queues/new_task.py", "-")
        tasks.write(b"one\n")
        consumers["work_queues/worker.py"].expect("one")

        def end() -> None:
            for consumer in consumers.values():
                consumer.expect("connecting again", stream="stderr")
            for consumer in consumers.values():
                consumer.signal(signal.SIGTERM)
            tasks.signal(signal.SIGINT)
            began = time.monotonic()
            assert {consumer.wait() for consumer in consumers.values()} == {0}
            assert tasks.wait() == 130
            assert time.monotonic() - began < 5

        yield end


@contextmanager
def a_producer_goes_on(broker: Broker) -> Iterator[None]:
    """All lines arrive: those before the outage, and those after it."""
    with fresh_vhost(broker) as url, start_on(url) as start:
        tasks = start("work_queues/new_task.py", "-")
        tasks.write(b"".join(b"%d\n" % number for number in range(LIMIT // 2)))
        wait_until(lambda: ready(url, "task_queue"))
        yield
        tasks.write(b"".join(b"%d\n" % number for number in range(LIMIT // 2, LIMIT)))
        assert tasks.wait(60) == 0, tasks.stderr
        assert tasks.stdout == f" [x] Sent {LIMIT} tasks\n"
        assert set(held(url, "task_queue")) == {b"%d" % number for number in range(LIMIT)}


@contextmanager
def calls_go_on(broker: Broker) -> Iterator[None]:
    """All calls are answered: those before the outage, and those after it."""
    with fresh_vhost(broker) as url, start_on(url) as start:
        server = start("rpc/rpc_server.py")
        server.expect(READY)
        client = start("rpc/rpc_client.py", "--timeout", "60", "-")
        client.write(b"10\n" * 50)
        client.expect("Got 55")
        yield
        client.write(b"20\n" * 50)
        assert client.wait(60) == 0, client.stderr
        answers = [line for line in client.lines() if "Got" in line]
        assert answers == [" [.] Got 55"] * 50 + [" [.] Got 6765"] * 50


def start_it_with_obstacles(place: dict[str, str]) -> None:
    """Interrupt `broker up`, log in as a user whom RabbitMQ does not know, then do it right."""
    said = interrupted(place, "up", "starting RabbitMQ", signal.SIGTERM)
    assert "interrupted: RabbitMQ " in said
    assert "run broker up again to finish, or broker down --wipe to remove it" in said
    nobody = place["AMQP_URL"].replace("127.0.0.1", "me:secret@127.0.0.1")
    said = lab({**place, "AMQP_URL": nobody}, "up", status=77).stderr
    assert "RabbitMQ was started, but AMQP_URL gets no connection: login refused" in said
    assert "secret" not in said
    assert "is up" in lab(place, "up").stdout


def test_the_broker_is_killed(ups: Ups, victim: Broker) -> None:
    with (
        consumers_come_back(victim, {}),
        consumers_come_back(victim, WINDOWS),
        scripts_end_meanwhile(victim) as end_scripts,
        a_producer_goes_on(victim),
        calls_go_on(victim),
    ):
        kill(victim)
        end_scripts()
        start_it_with_obstacles(ups.place)


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
        waiting.expect("takes no messages for now", stream="stderr")
        assert waiting.process.poll() is None
    assert waiting.wait() == 0
    assert waiting.stdout == " [x] Sent 'through the alarm'\n"


def test_a_memory_alarm(victim: Broker, start_there: Start, tmp_path: Path) -> None:
    with alarm(victim, "set_vm_memory_high_watermark", "0.000001", harmless="0.9"):
        briefly = start_there(impatient(tmp_path, "hello_world/send.py"), "too long")
        stopped = start_there("hello_world/send.py")
        stopped.expect("takes no messages for now", stream="stderr")
        stopped.signal(signal.SIGTERM)
        assert stopped.wait() == 143
        assert briefly.wait() == 75
        assert "no confirm for 2 s; 0 of 1 messages confirmed" in briefly.stderr
