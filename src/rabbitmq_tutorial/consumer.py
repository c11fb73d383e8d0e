"""Receive until stopped; come back after a lost broker."""

import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import NamedTuple

from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel
from pika.spec import Basic

from rabbitmq_tutorial.command_line import print_notice, printable
from rabbitmq_tutorial.connection import connect, keep_open

Deliver = Callable[[Channel, Basic.Deliver, BasicProperties, bytes], object]


class Message(NamedTuple):
    """A message as pika delivers it. Once its connection is lost, its methods do nothing."""

    channel: Channel
    method: Basic.Deliver
    properties: BasicProperties
    body: bytes

    @property
    def text(self) -> str:
        """The body as a terminal can show it."""
        return printable(self.body)

    def ack(self) -> None:
        """Acknowledge it: RabbitMQ then forgets it."""
        with suppress(Exception):
            self.channel.basic_ack(self.method.delivery_tag or 0)

    def reject(self) -> None:
        """Have RabbitMQ drop it, or dead-letter it."""
        with suppress(Exception):
            self.channel.basic_reject(self.method.delivery_tag or 0, requeue=False)

    def reply(self, body: bytes, properties: BasicProperties) -> None:
        """Publish an answer to the queue that its property reply_to names."""
        with suppress(Exception):
            self.channel.basic_publish("", self.properties.reply_to, body, properties)


def consume(subscribe: Callable[[Channel, Deliver], None], ready: str) -> Iterator[Message]:
    """Yield messages until Ctrl-C or SIGTERM; print ready when subscribed.

    subscribe(channel, deliver) runs on each connection: a lost one is replaced, for ever. What
    came over the lost one is skipped: RabbitMQ delivers it again (do not set auto_ack). A signal
    ends the program with 0, at once or after the message that is being worked on; a second one
    kills it. Raises Failure if the first connection fails.
    """
    inbox: SimpleQueue[Message] = SimpleQueue()
    working = stopping = False

    def begin(channel: Channel) -> None:
        subscribe(channel, lambda *delivery: inbox.put(Message(*delivery)))

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        if not working:
            sys.exit(0)
        stopping = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # which kills, whatever the task does
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        threading.Timer(0.5, print_notice, ["finishing this task; Ctrl-C gives it back"]).start()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    link = connect(begin)
    print(ready)
    try:
        while not stopping:
            link = keep_open(link, begin, math.inf)
            with suppress(Empty):
                message = inbox.get(timeout=0.5)
                if message.channel is link.channel:
                    working = True
                    yield message
                    working = False
    finally:
        working = False  # an error in the task leaves it True
        link.close()
