"""Publish, and know that the broker has it."""

import time
from contextlib import AbstractContextManager, suppress
from itertools import takewhile
from queue import Empty, SimpleQueue

from pika import BasicProperties, DeliveryMode
from pika.adapters.thread_safe_connection import Channel
from pika.frame import Method
from pika.spec import Basic

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.connection import PATIENCE, Setup, come_back, connect
from rabbitmq_tutorial.faults import Exit, Failure

WINDOW = 1_000  # messages on their way to the broker and not yet confirmed
PERSISTENT = BasicProperties(delivery_mode=DeliveryMode.Persistent)
Arguments = tuple[str, str, bytes, BasicProperties]  # of basic_publish
Event = Method[Basic.Ack | Basic.Nack] | Failure  # what comes from pika's threads


class Producer(AbstractContextManager["Producer"]):
    """Publishes messages; leaving its block means that RabbitMQ has confirmed them all.

    declare(channel) runs on each connection. What a lost connection left unconfirmed is published
    again on the next one: it may arrive twice, but it is not lost. A message that no queue wants
    is an error on the default exchange, and only told on any other. Raises Failure: 1 if RabbitMQ
    refuses or returns a message, 69 or 77 if the first connection fails, 75 after 30 s in vain.
    """

    def __init__(self, declare: Setup) -> None:
        self.published = 0
        self._declare = declare
        self._unconfirmed: dict[int, Arguments] = {}  # by delivery tag, the oldest first
        self._told: set[str] = set()  # routes that lead to no queue
        self._link = connect(self._begin)

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        try:
            if error:
                raise error
            self._wait(rest=0)
        except (Failure, SystemExit) as end:
            confirmed = f"{self.published - len(self._unconfirmed)} of {self.published} messages"
            if isinstance(end, Failure):
                status = Exit.TEMPORARY if end.passing else end.status
                raise Failure(f"{end}; {confirmed} confirmed", status) from None
            print_notice(f"stopped: {confirmed} confirmed")
            raise
        finally:
            with suppress(SystemExit):  # a signal now changes nothing any more
                self._link.close()

    def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: BasicProperties = PERSISTENT
    ) -> None:
        """Send a message; wait only if 1,000 are not confirmed yet, or the connection is lost."""
        arguments = exchange, routing_key, body, properties
        self.published += 1
        self._tag += 1
        self._unconfirmed[self._tag] = arguments
        with suppress(Exception):  # of a lost connection: _begin publishes it on the next one
            self._channel.basic_publish(*arguments, mandatory=True)
        self._wait(rest=WINDOW)

    def _wait(self, rest: int) -> None:
        """Take in what pika's threads have told, until at most rest messages are unconfirmed."""
        deadline = time.monotonic() + PATIENCE
        while len(self._unconfirmed) > rest or not (self._events.empty() and self._channel.is_open):
            if not self._channel.is_open:
                self._link = come_back(self._link, self._begin)
                deadline = time.monotonic() + PATIENCE
            with suppress(Empty):
                self._handle(self._events.get(timeout=0.1))
                deadline = time.monotonic() + PATIENCE
            if time.monotonic() > deadline:
                raise Failure(f"RabbitMQ confirms nothing for {PATIENCE:.0f} s", Exit.TEMPORARY)

    def _handle(self, event: Event) -> None:
        match event:
            case Failure():
                raise event
            case Method(method=Basic.Nack()):
                raise Failure("RabbitMQ refused a message: its queue is full or failed")
            case Method(method=Basic.Ack(delivery_tag=newest, multiple=True)):
                for tag in list(takewhile(newest.__ge__, self._unconfirmed)):
                    del self._unconfirmed[tag]
            case Method(method=Basic.Ack(delivery_tag=tag)):
                self._unconfirmed.pop(tag, None)

    def _begin(self, channel: Channel) -> None:
        """Set up a new channel, and publish again what has no confirm."""
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._declare(channel)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._events.put)
        again = list(self._unconfirmed.values())
        self._unconfirmed = dict(enumerate(again, 1))
        self._tag, self._channel = len(again), channel
        for arguments in again:
            channel.basic_publish(*arguments, mandatory=True)
        if again:
            channel.basic_qos()  # a round trip: if RabbitMQ refuses one of them, this hears why

    def _on_return(
        self, _channel: object, method: Basic.Return, properties: BasicProperties, _body: bytes
    ) -> None:
        route = f"exchange {method.exchange!r} for routing key {method.routing_key!r}"
        if properties.headers:
            route = f"exchange {method.exchange!r} for headers {properties.headers}"
        if not method.exchange:
            words = f"there is no queue {method.routing_key!r}: start its consumer first"
            self._events.put(Failure(words))
        elif route not in self._told:
            self._told.add(route)
            print_notice(f"discarded: no queue is bound to {route}")
