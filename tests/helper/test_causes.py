"""The cause that is told is the true one, and what a person reads cannot move the cursor."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pika import BasicProperties, exceptions
from pika.adapters.thread_safe_connection import Channel

from api import Api
from conftest import READY, Start, wait_until
from rabbitmq_tutorial.command_line import printable
from rabbitmq_tutorial.faults import explain
from rabbitmq_tutorial.lab.run.nodes import Broker

QUORUM = {"x-queue-type": "quorum"}
RESET = exceptions.StreamLostError(f"lost: {ConnectionResetError(104, 'reset by peer')!r}")


@pytest.mark.parametrize(
    ("said", "words", "status"),
    [
        ("ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.", "login", 77),
        ("NOT_ALLOWED - vhost nope not found", "no such vhost", 77),
        ("NOT_ALLOWED - access to vhost 'v' refused for user 'u'", "no such vhost", 77),
        (
            "NOT_ALLOWED - access to vhost 'v' refused for user: connection limit (0) is reached",
            "connection limit (0) is reached",
            75,
        ),
        (
            "NOT_ALLOWED - connection refused for user 'u': user connection limit (1) is reached",
            "user connection limit (1) is reached",
            75,
        ),
        (
            "NOT_ALLOWED - number of channels opened has reached the maximum allowed user limit 1",
            "has reached the maximum allowed user limit",
            75,
        ),
        (
            "PRECONDITION_FAILED - cannot declare: queue limit in vhost 'v' (1) is reached",
            "queue limit in vhost 'v' (1) is reached",
            75,
        ),
        (
            "ACCESS_REFUSED - access to topic 'a.b' in exchange 'x' refused for user 'u'",
            "rabbitmqctl set_topic_permissions",
            77,
        ),
        (
            "ACCESS_REFUSED - write access to exchange 'x' in vhost '/' refused for user 'u'",
            "rabbitmqctl set_permissions",
            77,
        ),
        ("ACCESS_REFUSED - exchange name 'amq.x' contains reserved prefix 'amq.*'", "amq.x", 1),
        ("INTERNAL_ERROR", "INTERNAL_ERROR", 75),
        (
            "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated.",
            "durable=True",
            1,
        ),
        ("CONNECTION_FORCED - broker forced connection closure", "lost RabbitMQ: CONNECTION", 69),
        ("NOT_FOUND - no queue 'INTERNAL_ERROR' in vhost '/'", "NOT_FOUND", 1),
        ("NOT_FOUND - no exchange 'CONNECTION_FORCED' in vhost '/'", "NOT_FOUND", 1),
        ("NOT_FOUND - no queue 'AuthenticationError' in vhost '/'", "NOT_FOUND", 1),
        ("RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q'", "locked", 1),
    ],
)
def test_what_rabbitmq_says(said: str, words: str, status: int) -> None:
    for closed in exceptions.ConnectionClosedByBroker, exceptions.ChannelClosedByBroker:
        failure = explain(closed(500, said))
        assert words in str(failure)
        assert failure.status == status


@pytest.mark.parametrize(
    ("error", "words", "status"),
    [
        (exceptions.AuthenticationError(["EXTERNAL"]), "takes no login by password", 77),
        (exceptions.ConnectionBlockedTimeout(), "took no messages for too long", 75),
        (exceptions.AMQPHeartbeatTimeout(), "no heartbeat", 69),
        (
            exceptions.StreamLostError("Stream connection lost: RecursionError('deep')"),
            "cannot read a message",
            69,
        ),
        (
            exceptions.StreamLostError("lost: ConnectionResetError(104, 'reset by peer')"),
            "peer",
            69,
        ),
        (exceptions.ProbableAuthenticationError(repr(RESET)), "lost RabbitMQ: reset by peer", 69),
        (exceptions.IncompatibleProtocolError(repr(RESET)), "lost RabbitMQ: reset by peer", 69),
        (exceptions.IncompatibleProtocolError("EOF"), "does not speak AMQP", 69),
        (
            OSError(
                "(ConnectionResetError(10054, 'closed by the remote host', None, 10054, None),)"
            ),
            "lost RabbitMQ: closed by the remote host",
            69,
        ),
        (exceptions.AMQPConnectionError(OSError(113, "No route to host")), "No route to host", 69),
        (exceptions.ConnectionWrongStateError("closed"), "connection lost", 69),
    ],
)
def test_what_pika_raises(error: BaseException, words: str, status: int) -> None:
    failure = explain(error)
    assert words in str(failure)
    assert failure.status == status


@contextmanager
def no_more_connections(api: Api, vhost: str) -> Iterator[None]:
    limit = f"/vhost-limits/{vhost.rpartition('/')[2]}/max-connections"
    api.put(limit, {"value": 0})
    yield
    api.delete(limit)


@pytest.mark.parametrize("script", ["hello_world/send.py", "hello_world/receive.py"])
def test_a_limit_is_named_and_passing(finish: Start, api: Api, vhost: str, script: str) -> None:
    with no_more_connections(api, vhost):
        limited = finish(script, status=75)
    assert "connection limit (0) is reached" in limited.stderr
    assert len(limited.stderr.splitlines()) == 1


def test_a_limit_is_waited_for_like_a_lost_broker(start: Start, api: Api, vhost: str) -> None:
    name = vhost.rpartition("/")[2]
    tasks, worker = start("work_queues/new_task.py", "-"), start("work_queues/worker.py")
    worker.expect(READY)
    tasks.write(b"one\n")
    worker.expect("Received one")

    def both_connections() -> list[dict[str, str]]:
        found: list[dict[str, str]] = api.get(f"/vhosts/{name}/connections")
        return found if len(found) == 2 else []  # the API learns of them a moment later

    with no_more_connections(api, vhost):
        for connection in wait_until(both_connections):
            api.delete(f"/connections/{connection['name']}")
        worker.expect("connecting again", stream="stderr")
        wait_until(lambda: not api.get(f"/vhosts/{name}/connections"))
        tasks.write(b"two\n")
        tasks.expect("connecting again", stream="stderr")
    tasks.close()
    worker.expect("Received two")
    assert tasks.wait() == 0, tasks.stderr
    assert tasks.stdout == " [x] Sent 2 tasks\n"


def test_a_task_longer_than_consumer_timeout(victim: Broker, start_there: Start) -> None:
    settings = (
        "application:set_env(rabbit, channel_tick_interval, {}),"
        " application:set_env(rabbit, consumer_timeout, {})."
    )
    victim.ctl("eval", settings.format(500, 1000))
    try:
        worker = start_there("work_queues/worker.py")
        worker.expect(READY)
        assert start_there("work_queues/new_task.py", "too long" + "." * 5).wait() == 0
        worker.expect("Received too long")
        told = worker.expect("consumer_timeout", stream="stderr")
        assert "not acknowledged within consumer_timeout (1000 ms)" in told
        assert "Done" not in worker.stdout  # it is told at once
        worker.expect("Done")
        worker.expect("connected again", stream="stderr")
        worker.expect("Received too long")
    finally:
        victim.ctl("eval", settings.format(60_000, 1_800_000))
    worker.process.kill()
    Api(victim.management[0]).delete("/queues/%2F/task_queue/contents")


def test_a_message_that_pika_cannot_read(
    start: Start, channel: Channel, api: Api, vhost: str
) -> None:
    limit = {"pattern": "", "apply-to": "queues", "definition": {"delivery-limit": 2}}
    api.put(f"/policies/{vhost.rpartition('/')[2]}/limit", limit)
    channel.queue_declare("task_queue", durable=True, arguments=QUORUM)
    nested: dict[str, object] = {}
    for _ in range(900):
        nested = {"a": nested}
    sys.setrecursionlimit(10_000)
    channel.basic_publish("", "task_queue", b"deep", BasicProperties(headers=nested))
    channel.basic_publish("", "task_queue", b"what stands behind it")
    worker = start("work_queues/worker.py")
    worker.expect(
        "pika cannot read a message .RecursionError.: a delivery limit helps", stream="stderr"
    )
    worker.expect("connected again", stream="stderr")
    worker.expect("Received what stands behind it", seconds=30)
    worker.stop()


def test_an_exchange_that_is_deleted_under_its_emitter(start: Start, channel: Channel) -> None:
    emit, listen = (
        start("publish_subscribe/emit_log.py", "-"),
        start("publish_subscribe/receive_logs.py"),
    )
    listen.expect(READY)
    emit.write(b"one\n")
    listen.expect("one")
    channel.exchange_delete("logs")

    def noticed() -> bool:
        emit.write(b"two\n")
        return "connected again" in emit.stderr

    wait_until(noticed)
    emit.close()
    assert emit.wait() == 0
    assert "RabbitMQ closed the channel: NOT_FOUND - no exchange 'logs'" in emit.stderr


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain 日本　語 🐇 é", "plain 日本　語 🐇 é"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\tb\r\n\x00", r"a\tb\r\n\x00"),
        ("\x9b2J\x85", r"\x9b2J\x85"),
        ("\u202eevil\u2028", r"\u202eevil\u2028"),
        (b"\xff\x1b[A", r"\xff\x1b[A"),
        ("\udcff", r"\udcff"),
        (None, "None"),
    ],
)
def test_nothing_moves_the_cursor(raw: object, shown: str) -> None:
    assert printable(raw) == shown


def test_neither_does_what_others_send(start: Start, channel: Channel) -> None:
    hello, direct = start("hello_world/receive.py"), start("routing/receive_logs_direct.py", "x")
    topic, headers = (
        start("topics/receive_logs_topic.py", "#"),
        start("routing/receive_logs_headers.py", "a=b"),
    )
    for script in hello, direct, topic, headers:
        script.expect(READY)
    evil = "\x1b[2J"
    channel.basic_publish("", "hello", f"one{evil}\nline".encode())
    channel.basic_publish("topic_logs", f"key{evil}", b"body")
    properties = BasicProperties(headers={"a": "b", evil: evil})
    channel.basic_publish("header_logs", evil, evil.encode(), properties)
    assert hello.expect("one") == r" [x] Received one\x1b[2J\nline"
    assert topic.expect("key") == r" [x] key\x1b[2J:body"
    headers.expect(r"\\x1b\[2J.*:\\x1b\[2J$")
    for script in hello, direct, topic, headers:
        script.signal(signal.SIGTERM)
        assert script.wait() == 0
        assert "\x1b" not in script.stdout + script.stderr
