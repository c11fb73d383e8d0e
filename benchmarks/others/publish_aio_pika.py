"""aio-pika, confirmed, 1,000 at a time."""

import asyncio
import sys
from itertools import islice

import aio_pika
from urls import URL


async def main() -> None:
    """Publish every line of stdin."""
    connection = await aio_pika.connect(URL)
    async with connection:
        channel = await connection.channel()
        await channel.declare_queue(
            "task_queue", durable=True, arguments={"x-queue-type": "quorum"}
        )
        while lines := list(islice(sys.stdin.buffer, 1_000)):
            messages = [aio_pika.Message(line.rstrip(), delivery_mode=2) for line in lines]
            await asyncio.gather(
                *(channel.default_exchange.publish(one, "task_queue") for one in messages)
            )


asyncio.run(main())
