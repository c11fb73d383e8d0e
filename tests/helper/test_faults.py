"""What production throws at the scripts: lost connections, deleted queues, refusals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pika.adapters.thread_safe_connection import Channel

from api import Api
from conftest import CONSUMERS, PRODUCERS, READY, Start, wait_until
from network import listener
from rabbitmq_tutorial.lab.run.nodes import Broker
from script import impatient

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


def limit_queues(api: Api, vhost: str, length: int) -> None:
    """Have the queues of a vhost refuse messages beyond a length; before they are declared.

    A policy that comes while a quorum queue is being declared may pass it by.
    """
    definition = {"max-length": length, "overflow": "reject-publish"}
    policy = {"pattern": "", "apply-to": "queues", "definition": definition}
    api.put(f"/policies/{vhost.rpartition('/')[2]}/full", policy)


def test_a_full_queue_refuses(finish: Start, api: Api, vhost: str, channel: Channel) -> None:
    limit_queues(api, vhost, 50)
    finish("work_queues/new_task.py", "-", stdin=b"line\n" * 5)
    for arguments in ["-"], ["one", "more"]:
        before = channel.queue_declare("task_queue", passive=True).method.message_count or 0
        refused = finish("work_queues/new_task.py", *arguments, stdin=b"line\n" * 2000, status=1)
        assert refused.stdout == ""
        said = r".* RabbitMQ refused .*: its queue is full or failed; (\d+) of \d+ messages .*\n"
        assert (found := re.fullmatch(said, refused.stderr))
        after = channel.queue_declare("task_queue", passive=True).method.message_count or 0
        assert int(found[1]) <= after - before


@pytest.mark.parametrize("stays_full", [False, True])
def test_a_refusal_soon_after_a_loss(
    start: Start, api: Api, vhost: str, tmp_path: Path, *, stays_full: bool
) -> None:
    limit_queues(api, vhost, 5)
    name = vhost.rpartition("/")[2]
    script = "work_queues/new_task.py"
    tasks = start(impatient(tmp_path, script) if stays_full else script, "-")
    tasks.write(b"one\n")
    wait_until(lambda: any(queue.get("messages") for queue in api.get(f"/queues/{name}")))
    connections = wait_until(lambda: api.get(f"/vhosts/{name}/connections"))
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
        url = f"{vhost.replace(str(broker.amqp[0]), str(cable.port))}?heartbeat=1"
        receive = start("hello_world/receive.py", env={"AMQP_URL": url})
        receive.expect(READY)
        cable.silent = cable.connections
        receive.expect("lost RabbitMQ: no heartbeat", seconds=20, stream="stderr")
        receive.expect("connected again", stream="stderr")
        finish("hello_world/send.py")
        receive.expect("Hello World!")
        receive.stop()


def test_a_task_longer_than_the_heartbeat_is_delivered_once(
    start: Start, finish: Start, vhost: str
) -> None:
    worker = start("work_queues/worker.py", env={"AMQP_URL": f"{vhost}?heartbeat=1"})
    worker.expect(READY)
    finish("work_queues/new_task.py", "long....")
    worker.expect("Done")
    worker.stop()
    assert worker.stdout.count("Received") == 1
    assert worker.stderr == ""
