"""RPC: many calls in flight, errors, deadlines, and what others put into the queues."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel

from api import Api
from conftest import ROOT, Script, Start, wait_until
from terminal import terminal


@pytest.fixture
def server(start: Start) -> Script:
    started = start("rpc/rpc_server.py")
    started.expect(r"^ \[x\] Awaiting RPC requests$")
    return started


def test_one_call(server: Script, finish: Start) -> None:
    assert finish("rpc/rpc_client.py").lines() == [" [x] Requesting fib(30)", " [.] Got 832040"]
    server.expect(r"^ \[\.\] fib\(30\)$")
    server.stop()


@pytest.mark.usefixtures("server")
def test_many_calls_are_answered_in_their_order(finish: Start) -> None:
    calls = b"".join(b"%d\n" % (n % 90) for n in range(300))
    client = finish("rpc/rpc_client.py", "-", stdin=calls)
    fib = [0, 1]
    while len(fib) < 90:
        fib.append(fib[-1] + fib[-2])
    answers = [line for line in client.lines() if "Got" in line]
    assert answers == [f" [.] Got {fib[n % 90]}" for n in range(300)]


def test_errors_are_told_and_the_other_calls_answered(server: Script, finish: Start) -> None:
    client = finish("rpc/rpc_client.py", "10", "-5", "20001", "ten", b"\xff", "20000", status=1)
    assert client.stdout.count(" [x] Requesting") == 6
    assert next(line for line in client.lines() if "Got" in line) == " [.] Got 55"
    assert client.stdout.count("Got") == 2
    errors = client.stderr.splitlines()
    assert len(errors) == 4
    assert all("not a whole number from 0 to 20000" in error for error in errors)
    assert server.process.poll() is None


def test_no_server_no_queue(finish: Start) -> None:
    client = finish("rpc/rpc_client.py", status=1)
    assert (
        client.stderr == "rpc_client.py: there is no queue 'rpc_queue': start rpc_server.py first\n"
    )


def test_a_deadline(finish: Start, channel: Channel) -> None:
    channel.queue_declare("rpc_queue", durable=True, arguments={"x-queue-type": "quorum"})
    assert "no reply in 1 s" in finish("rpc/rpc_client.py", "--timeout", "1", "3", status=75).stderr


def test_poison_is_answered_or_dropped(server: Script, channel: Channel, finish: Start) -> None:
    replies: list[object] = []
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.basic_consume(
        queue, lambda _c, _m, properties, _b: replies.append(properties.type), auto_ack=True
    )
    bad = [b"", b"-1", b"1.5", b"99999", b"\xff\xfe", b"9" * 1_000_000, "\uff11".encode(), b"1\x00"]
    for body in bad:
        channel.basic_publish(
            "", "rpc_queue", body, BasicProperties(reply_to=queue, correlation_id="x")
        )
    channel.basic_publish("", "rpc_queue", b"1")
    channel.basic_publish("", "rpc_queue", b"1", BasicProperties(reply_to=""))
    channel.basic_publish("", "rpc_queue", b"1", BasicProperties(reply_to="nobody"))
    for forged in "nobody", "g1h2AA==.x":
        channel.basic_publish(
            "", "rpc_queue", b"1", BasicProperties(reply_to=f"amq.rabbitmq.reply-to.{forged}")
        )
    assert finish("rpc/rpc_client.py", "10").lines()[-1] == " [.] Got 55"
    wait_until(lambda: len(replies) == len(bad))
    assert set(replies) == {"error"}
    server.stop()
    wait_until(lambda: channel.queue_declare("rpc_queue", passive=True).method.message_count == 0)


def test_a_server_that_may_not_answer(start: Start, channel: Channel, api: Api, vhost: str) -> None:
    channel.queue_declare("rpc_queue", durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_publish("", "rpc_queue", b"1", BasicProperties(reply_to="anybody"))

    def waiting() -> int | None:
        return channel.queue_declare("rpc_queue", passive=True).method.message_count

    wait_until(lambda: waiting() == 1)
    permissions = {"configure": ".*", "write": "", "read": ".*"}
    api.put(f"/permissions/{vhost.rpartition('/')[2]}/guest", permissions)
    server = start("rpc/rpc_server.py")
    refusal = "RabbitMQ closed the channel: ACCESS_REFUSED .*'amq.default'.* set_permissions"
    for _ in range(2):  # the second time, the request is gone
        server.expect(refusal, stream="stderr")
        server.expect("connected again", stream="stderr")
    server.stop()
    assert waiting() == 0
    assert server.stdout.count("fib(1)") == 2


def test_a_client_that_may_not_ask(finish: Start, channel: Channel, api: Api, vhost: str) -> None:
    channel.queue_declare("rpc_queue", durable=True, arguments={"x-queue-type": "quorum"})
    permissions = {"configure": ".*", "write": "amq.gen-.*", "read": ".*"}
    api.put(f"/permissions/{vhost.rpartition('/')[2]}/guest", permissions)
    refused = finish("rpc/rpc_client.py", "1", "2", status=77)
    assert len(refused.stderr.splitlines()) == 1
    assert "'amq.default'" in refused.stderr
    assert "rabbitmqctl set_permissions" in refused.stderr


def test_foreign_replies_are_discarded(start: Start, channel: Channel) -> None:
    channel.queue_declare("rpc_queue", durable=True, arguments={"x-queue-type": "quorum"})
    client = start("rpc/rpc_client.py", "7")

    def answer(_channel: Channel, _method: object, request: BasicProperties, _body: bytes) -> None:
        ours = request.correlation_id
        for correlation_id, body in ("other", b"1"), (None, b"2"), (ours, b"13"), (ours, b"4"):
            properties = BasicProperties(correlation_id=correlation_id)
            channel.basic_publish("", str(request.reply_to), body, properties)

    channel.basic_consume("rpc_queue", answer, auto_ack=True)
    assert client.wait() == 0
    assert client.lines()[1:] == [" [.] Got 13"]


@pytest.mark.parametrize("reply", [b"\xffoops", b"", b"-5", "\uff11".encode()])
def test_a_reply_that_is_no_number_is_an_error(
    start: Start, channel: Channel, reply: bytes
) -> None:
    channel.queue_declare("rpc_queue", durable=True, arguments={"x-queue-type": "quorum"})
    client = start("rpc/rpc_client.py", "7")

    def answer(_channel: Channel, _method: object, request: BasicProperties, _body: bytes) -> None:
        properties = BasicProperties(correlation_id=request.correlation_id)
        channel.basic_publish("", str(request.reply_to), reply, properties)

    channel.basic_consume("rpc_queue", answer, auto_ack=True)
    assert client.wait() == 1
    assert client.lines() == [" [x] Requesting fib(7)"]
    assert client.stderr.startswith("rpc_client.py: fib(7): ")


def test_an_error_of_two_lines_is_told_in_one(start: Start, channel: Channel) -> None:
    channel.queue_declare("rpc_queue", durable=True, arguments={"x-queue-type": "quorum"})
    client = start("rpc/rpc_client.py", "7")

    def answer(_channel: Channel, _method: object, request: BasicProperties, _body: bytes) -> None:
        properties = BasicProperties(correlation_id=request.correlation_id, type="error")
        channel.basic_publish("", str(request.reply_to), b"not\ntoday", properties)

    channel.basic_consume("rpc_queue", answer, auto_ack=True)
    assert client.wait() == 1
    assert client.stderr == "rpc_client.py: fib(7): not\\ntoday\n"


def run_at_a_terminal(url: str, script: str, lines: bytes) -> tuple[bytes, bytes]:
    """Return what a script prints to stdout, and what a person sees of stderr."""
    with terminal() as (person, stderr):
        ended = subprocess.run(
            [sys.executable, str(ROOT / script), "-"],
            env={**os.environ, "AMQP_URL": url},
            input=lines,
            stdout=subprocess.PIPE,
            stderr=stderr,
            timeout=30,
            check=True,
        )
        try:
            return ended.stdout, os.read(person, 65536)
        except BlockingIOError:
            return ended.stdout, b""


def test_a_terminal_for_stderr_takes_nothing_from_stdout(server: Script, vhost: str) -> None:
    del server
    stdout, _ = run_at_a_terminal(vhost, "rpc/rpc_client.py", b"10\n" * 200)
    assert stdout.count(b" [x] Requesting fib(10)\n") == 200
    assert stdout.count(b" [.] Got 55\n") == 200


def test_a_person_is_told_how_to_end_the_input(vhost: str) -> None:
    with terminal() as (person, stdin):
        command = [sys.executable, str(ROOT / "work_queues/new_task.py"), "-"]
        environment = {**os.environ, "AMQP_URL": vhost}
        pipe = subprocess.PIPE
        typing = subprocess.Popen(command, env=environment, stdin=stdin, stdout=pipe, stderr=pipe)
        os.write(person, b"one\ntwo\n\x04")
        stdout, stderr = typing.communicate(timeout=30)
    assert stderr.startswith(b"new_task.py: each line is a message; Ctrl-D")
    assert stdout == b" [x] Sent 2 tasks\n"
