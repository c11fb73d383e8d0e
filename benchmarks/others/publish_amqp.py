"""py-amqp, confirmed, with a window of 1,000."""

import sys

import amqp
from urls import HOST, LOGIN, VHOST

WINDOW = 1_000
with amqp.Connection(HOST, virtual_host=VHOST, **LOGIN) as connection:
    channel = connection.channel()
    channel.queue_declare(
        "task_queue", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
    )
    channel.confirm_select()
    sent = confirmed = 0

    def on_ack(delivery_tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp calls it so
        """Count what RabbitMQ has confirmed."""
        global confirmed  # noqa: PLW0603 - a script
        confirmed = delivery_tag if multiple else confirmed + 1

    channel.events["basic_ack"].add(on_ack)
    for line in sys.stdin.buffer:
        channel._basic_publish(  # noqa: SLF001 - basic_publish would wait for each confirm
            amqp.Message(line.rstrip(), delivery_mode=2), "", "task_queue", mandatory=True
        )
        sent += 1
        while sent - confirmed >= WINDOW:
            connection.drain_events()
    while confirmed < sent:
        connection.drain_events()
