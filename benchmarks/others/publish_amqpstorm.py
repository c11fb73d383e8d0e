"""amqpstorm, confirmed one by one: it has no window."""

import sys

import amqpstorm
from urls import URL

with amqpstorm.UriConnection(URL) as connection, connection.channel() as channel:
    channel.queue.declare("task_queue", durable=True, arguments={"x-queue-type": "quorum"})
    channel.confirm_deliveries()
    for line in sys.stdin.buffer:
        channel.basic.publish(
            line.rstrip(), "task_queue", properties={"delivery_mode": 2}, mandatory=True
        )
