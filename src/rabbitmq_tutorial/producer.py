"""Publish, and know that the broker has it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Event
from types import TracebackType
from typing import TYPE_CHECKING

from pika import BasicProperties, DeliveryMode
from pika.exceptions import AMQPError
from pika.spec import Basic, Connection

from rabbitmq_tutorial.command_line import Failure, tell
from rabbitmq_tutorial.connection import connect, disconnect, refusal

if TYPE_CHECKING:
    from pika.adapters.thread_safe_connection import Channel
    from pika.frame import Method

    Message = tuple[str, str, bytes, BasicProperties]  # exchange, routing key, body, properties

WINDOW = 1_000  # messages on their way to the broker and not yet confirmed
PATIENCE = 30.0  # seconds without any progress before giving up
PERSISTENT = BasicProperties(delivery_mode=DeliveryMode.Persistent)


class Producer:
    """Publishes messages that survive a lost connection; leaving its block means that all are confirmed.

    declare(channel) runs on every connection, the first and each that replaces a lost one. What was not confirmed is then
    published again, so a message may arrive twice, but never not at all. A message that the default exchange returns
    is an error; one that a named exchange returns had no receiver, which is told. Raises Failure: 1 when the broker refuses
    or returns a message, 69 or 77 when the first connection fails, 75 after 30 s without progress.
    """

    def __init__(self, declare: Callable[[Channel], None]) -> None:
        self.published = 0
        self._declare = declare
        self._unconfirmed: dict[int, Message] = {}  # by delivery tag
        self._discarded: Counter[tuple[str, str]] = Counter()
        self._failure: Failure | None = None
        self._blocked = ""
        self._progress = Condition()

    def __enter__(self) -> Producer:
        self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if not error:
                self._drain(0)
            elif isinstance(error, SystemExit):
                tell(f"stopped: {self._so_far()}")
        finally:
            disconnect(self._connection, self._closed)
            for (exchange, key), count in self._discarded.items():
                tell(f"discarded {count}: no queue is bound to exchange {exchange!r} for routing key {key!r}")

    def publish(self, exchange: str, routing_key: str, body: bytes, properties: BasicProperties = PERSISTENT) -> None:
        """Send a message; waits only while 1,000 others are unconfirmed."""
        if len(self._unconfirmed) >= WINDOW:
            self._drain(WINDOW // 2)
        self.published += 1
        self._send((exchange, routing_key, body, properties))

    def wait_for(self, done: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Wait until done() and return True, or False after that many seconds; replaces a lost connection meanwhile."""
        deadline = time.monotonic() + seconds
        while not done():
            with self._progress:
                self._progress.wait_for(lambda: done() or self._failure, timeout=0.1)
            if self._failure:
                raise self._failure
            if not self._channel.is_open:
                self._come_back()
            elif time.monotonic() > deadline:
                return done()
        return True

    def notify(self) -> None:
        """Have wait_for ask again at once: for the callbacks of what declare subscribed to."""
        with self._progress:
            self._progress.notify_all()

    def _drain(self, rest: int) -> None:
        before = ""
        while not self.wait_for(lambda: len(self._unconfirmed) <= rest):
            if before == (before := self._so_far()):
                raise Failure(f"{self._blocked or 'no confirm'} for {PATIENCE:.0f} s; {before}", 75)
        if self._failure:
            raise self._failure

    def _so_far(self) -> str:
        return f"{self.published - len(self._unconfirmed)} of {self.published} messages confirmed"

    def _send(self, message: Message) -> None:
        self._tag += 1
        self._unconfirmed[self._tag] = message
        with suppress(AMQPError):  # of a lost connection: wait_for notices, and publishes it again
            self._channel.basic_publish(*message, mandatory=True)

    def _connect(self) -> None:
        self._closed = closed = Event()
        unconfirmed: dict[int, Message] = {}
        oldest = 1

        def on_close(reason: str) -> None:
            self._why = reason
            closed.set()

        def on_confirm(frame: Method[Basic.Ack | Basic.Nack]) -> None:
            nonlocal oldest
            if isinstance(frame.method, Basic.Nack):
                self._failure = Failure("RabbitMQ refused a message (nack): its queue is full or failed")
            newest = frame.method.delivery_tag
            for tag in range(oldest if frame.method.multiple else newest, newest + 1):
                unconfirmed.pop(tag, None)
            if frame.method.multiple:
                oldest = newest + 1
            self.notify()

        self._connection = connect(on_close)
        try:
            self._connection.add_on_connection_blocked_callback(self._on_blocked)
            self._connection.add_on_connection_unblocked_callback(self._on_blocked)
            self._channel = self._connection.channel()
            self._declare(self._channel)
            self._channel.add_on_return_callback(self._on_return)
            self._channel.confirm_delivery(on_confirm)
            again, self._unconfirmed, self._tag = self._unconfirmed, unconfirmed, 0
            for message in again.copy().values():
                self._send(message)
            if again:
                self._channel.basic_qos()  # a round trip: when one of them makes RabbitMQ close the channel, this hears why
        except (AMQPError, TimeoutError) as error:
            disconnect(self._connection, closed)
            raise refusal(error) from None

    def _come_back(self) -> None:
        if lost := not self._connection.is_open:
            tell(f"lost RabbitMQ: {self._why}; reconnecting")
        disconnect(self._connection, self._closed)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._connect()
            except Failure as failure:
                if failure.status not in (69, 75):
                    raise
                if time.monotonic() > deadline:
                    raise Failure(f"{failure}; {self._so_far()}", 75) from None
                time.sleep(0.2)
            else:
                return tell("reconnected") if lost else None

    def _on_blocked(self, _: object, frame: Method[Connection.Blocked | Connection.Unblocked]) -> None:
        self._blocked = getattr(frame.method, "reason", "")
        tell(f"RabbitMQ blocks publishers: {self._blocked}; waiting" if self._blocked else "RabbitMQ takes messages again")

    def _on_return(self, _: object, method: Basic.Return, _properties: object, _body: bytes) -> None:
        if method.exchange:
            self._discarded[str(method.exchange), str(method.routing_key)] += 1
        else:
            self._failure = Failure(f"there is no queue {method.routing_key!r}: start its consumer first")
