"""A worker with kombu."""

import sys
import time

import kombu
from urls import URL


def on_task(body: object, message: kombu.Message) -> None:
    """Do one task."""
    print(f" [x] Received {body!s}")
    time.sleep(bytes(message.body).count(b"."))
    print(" [x] Done")
    message.ack()


with kombu.Connection(URL) as connection:
    channel = connection.channel()
    queue = kombu.Queue(
        "task_queue", durable=True, queue_arguments={"x-queue-type": "quorum"}, channel=channel
    )
    queue.queue_declare()
    channel.basic_qos(0, int(sys.argv[1]), False)  # noqa: FBT003 - the order of AMQP
    queue.consume("", lambda raw: on_task(raw.body, channel.message_to_python(raw)))
    while True:
        connection.drain_events()
