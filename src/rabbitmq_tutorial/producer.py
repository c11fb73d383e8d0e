"""Publish, and know that the broker has it."""

import math
import time
from contextlib import AbstractContextManager, suppress
from functools import cache
from itertools import count
from queue import Empty, SimpleQueue

from pika import BasicProperties, DeliveryMode
from pika.adapters.thread_safe_connection import Channel
from pika.frame import Method
from pika.spec import Basic

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.connection import PATIENCE, Setup, connect, keep_open
from rabbitmq_tutorial.faults import Exit, Failure

PERSISTENT = BasicProperties(delivery_mode=DeliveryMode.Persistent)
REFUSED = "RabbitMQ refused a message: its queue is full or failed"
print_once = cache(print_notice)  # one line, even for a million messages that no queue takes


class Producer(AbstractContextManager["Producer"]):
    """Publishes messages; once its block is left, RabbitMQ has confirmed them all.

    declare(channel) runs on each connection. What a lost connection left unconfirmed is published
    again on the next one: it may arrive twice, but it is not lost. Raises Failure: 1 if RabbitMQ
    refuses a message, or returns it from the default exchange (from others, that is only told),
    69 or 77 if the first connection fails, 75 after 30 s without a broker or a confirm.
    """

    def __init__(self, declare: Setup) -> None:
        self.published = 0
        self._declare = declare
        self._unconfirmed: dict[int, tuple[str, str, bytes, BasicProperties]] = {}  # by tag
        self._back_at = -math.inf  # when a lost connection was replaced, in monotonic seconds
        self._link = connect(self._begin)  # which makes _events and _tags

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        try:
            if error:
                raise error  # if it is a Failure, it tells the count, too
            self._wait(rest=0)
        except Failure as failure:
            confirmed = f"{self.published - len(self._unconfirmed)} of {self.published} messages"
            status = Exit.TEMPORARY if failure.passing else failure.status
            raise Failure(f"{failure}; {confirmed} confirmed", status) from None
        finally:
            self._link.close()

    def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: BasicProperties = PERSISTENT
    ) -> None:
        """Send a message; wait only if 1,000 are not confirmed yet, or the connection is lost."""
        Basic.Publish(0, exchange, routing_key).encode()  # what cannot be sent
        properties.encode()  # raises an error here, not in pika's thread
        message = exchange, routing_key, body, properties
        self._unconfirmed[next(self._tags)] = message
        self.published += 1
        with suppress(Exception):  # of a lost connection: _begin publishes it on the next one
            self._link.channel.basic_publish(*message, mandatory=True)
        self._wait(rest=1_000 if self._link.is_open else 0)

    def _wait(self, rest: int) -> None:
        """Handle what pika's threads report, until at most rest messages are unconfirmed."""
        deadline = time.monotonic() + PATIENCE
        while len(self._unconfirmed) > rest or not self._events.empty():
            try:
                self._handle(self._events.get(timeout=0.1))
                deadline = time.monotonic() + PATIENCE
            except Empty:
                if not self._link.is_open:
                    self._link = keep_open(self._link, self._begin)
                    self._back_at = time.monotonic()
                    deadline = time.monotonic() + PATIENCE
                elif time.monotonic() > deadline:
                    raise Failure(f"no confirm for {PATIENCE:.0f} s", Exit.TEMPORARY) from None

    def _handle(self, event: Method[Basic.Ack | Basic.Nack] | Failure) -> None:
        if isinstance(event, Failure):
            raise event
        if isinstance(event.method, Basic.Ack):
            newest = event.method.delivery_tag
            oldest = next(iter(self._unconfirmed), newest) if event.method.multiple else newest
            for tag in range(oldest, newest + 1):
                self._unconfirmed.pop(tag, None)
        elif time.monotonic() > self._back_at + PATIENCE:
            raise Failure(REFUSED)
        else:  # With the node that was lost, the queue may have lost its leader: publish again.
            self._link.faults.append(Failure(REFUSED, Exit.TEMPORARY))
            self._link = keep_open(self._link, self._begin)

    def _begin(self, channel: Channel) -> None:
        """Set up a new channel, and publish again what has no confirm."""
        self._events: SimpleQueue[Method[Basic.Ack | Basic.Nack] | Failure] = SimpleQueue()
        self._tags = count(1)
        self._declare(channel)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._events.put)
        self._unconfirmed = {next(self._tags): one for one in self._unconfirmed.values()}
        for message in self._unconfirmed.values():
            channel.basic_publish(*message, mandatory=True)
        channel.basic_qos()  # a round trip: if RabbitMQ refuses one of them, this hears why

    def _on_return(self, _channel: Channel, sent: Basic.Return, *_: object) -> None:
        key = repr(sent.routing_key)
        if sent.exchange:
            print_once(f"discarded: exchange {sent.exchange!r} has no queue for routing key {key}")
        else:
            self._events.put(Failure(f"there is no queue {key}: start its consumer first"))
