"""A worker with aio-pika."""

import asyncio
import sys

import aio_pika
from urls import URL


async def main() -> None:
    """Work until killed."""
    connection = await aio_pika.connect(URL)
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=int(sys.argv[1]))
    queue = await channel.declare_queue(
        "task_queue", durable=True, arguments={"x-queue-type": "quorum"}
    )
    async with queue.iterator() as messages:
        async for message in messages:
            print(f" [x] Received {message.body.decode()}")
            await asyncio.sleep(message.body.count(b"."))
            print(" [x] Done")
            await message.ack()


asyncio.run(main())
