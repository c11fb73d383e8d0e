"""Publish, and know that the broker has it."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from itertools import takewhile
from threading import Event

from pika import BasicProperties, DeliveryMode
from pika.adapters.thread_safe_connection import Channel
from pika.exceptions import AMQPError
from pika.frame import Method
from pika.spec import Basic

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.connection import come_back, connect
from rabbitmq_tutorial.faults import Exit, Failure

WINDOW = 1_000  # messages on their way to the broker and not yet confirmed
PATIENCE = 30.0  # seconds without any progress before giving up
PERSISTENT = BasicProperties(delivery_mode=DeliveryMode.Persistent)


class Producer(AbstractContextManager["Producer"]):
    """Publishes messages that survive a lost connection; leaving its block means that the broker has them all.

    declare(channel) runs on every connection; what a lost one left unconfirmed is published again on the next: it may
    arrive twice, but never not at all. A message that the default exchange returns is an error; one that another
    exchange returns had no receiver, which is told. Raises Failure: 1 when the broker refuses or returns a message,
    69 or 77 when the first connection fails, 75 after 30 s without progress.
    """

    def __init__(self, declare: Callable[[Channel], None]) -> None:
        self.published, self.progress = (
            0,
            Event(),
        )  # progress: set by whoever changes what wait_for waits for
        self._unconfirmed: dict[
            int, tuple[str, str, bytes, BasicProperties]
        ] = {}  # by delivery tag
        self._unheard: set[str] = set()
        self._failure: Failure | None = None
        self._lenient_until, self._refused = 0.0, False
        self._declare = declare
        self._link = connect(self._begin)

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        try:
            if isinstance(error, SystemExit):
                raise error
            if not error:
                self.wait_for(lambda: not self._unconfirmed)
        except SystemExit:
            print_notice(f"stopped: {self._failure or self._so_far()}")
            raise
        finally:
            with suppress(SystemExit):  # a signal now changes nothing any more
                self._link.close()

    def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: BasicProperties = PERSISTENT
    ) -> None:
        """Send a message; waits only while 1,000 others are unconfirmed, or to replace a lost connection."""
        if len(self._unconfirmed) >= WINDOW:
            self.wait_for(lambda: len(self._unconfirmed) <= WINDOW // 2)
        self.published += 1
        self._tag += 1
        self._unconfirmed[self._tag] = message = (exchange, routing_key, body, properties)
        with suppress(AMQPError):  # of a lost connection: _begin publishes it again on the next one
            self._channel.basic_publish(*message, mandatory=True)
        if self._failure or self._refused or not self._link.is_open:
            self.wait_for(lambda: not self._unconfirmed)

    def wait_for(
        self, done: Callable[[], bool], seconds: float = PATIENCE, complaint: str = ""
    ) -> None:
        """Wait until done(), replacing a lost connection meanwhile.

        Raises Failure: 75 with the complaint after that many seconds without a confirm, 1 for a message that failed.
        """
        deadline, before = 0.0, -1
        while (
            not done() or self._failure
        ):  # in this order: a failure is set before its message is off
            if self._failure:
                raise self._failure
            if before != (before := len(self._unconfirmed)):
                deadline = time.monotonic() + seconds
            self.progress.wait(0.1)
            self.progress.clear()
            lost = not self._link.is_open
            if time.monotonic() > deadline:
                vain = (
                    complaint or f"RabbitMQ confirms nothing for {seconds:.0f} s; {self._so_far()}"
                )
                raise self._refusal() if self._refused else Failure(vain, 75)
            if lost:
                self._lenient_until, before = time.monotonic() + 2 * PATIENCE, -1
            elif not self._refused:
                continue
            try:
                self._link = come_back(self._link, PATIENCE)
            except Failure as failure:
                status = Exit.TEMPORARY if failure.status == Exit.UNAVAILABLE else failure.status
                raise Failure(f"{failure}; {self._so_far()}", status) from None

    def _refusal(self) -> Failure:
        return Failure(f"RabbitMQ refused a message: its queue is full or failed; {self._so_far()}")

    def _so_far(self) -> str:
        return f"{self.published - len(self._unconfirmed)} of {self.published} messages confirmed"

    def _begin(self, channel: Channel) -> None:
        unconfirmed = dict(enumerate(self._unconfirmed.copy().values(), 1))

        def on_confirm(frame: Method[Basic.Ack | Basic.Nack]) -> None:
            newest = frame.method.delivery_tag
            if unconfirmed is not self._unconfirmed:
                return  # from a connection that is replaced: its messages are sent again
            if isinstance(frame.method, Basic.Nack):
                if (
                    time.monotonic() < self._lenient_until
                ):  # a queue whose leader was lost: it has another soon
                    self._refused = True
                    return
                self._failure = self._failure or self._refusal()
                self.progress.set()
                return  # it stays unconfirmed
            for tag in (
                takewhile(newest.__ge__, list(unconfirmed)) if frame.method.multiple else [newest]
            ):
                unconfirmed.pop(tag, None)
            self.progress.set()

        self._declare(channel)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(on_confirm)
        again = list(unconfirmed.values())
        self._unconfirmed, self._tag, self._channel, self._refused = (
            unconfirmed,
            len(unconfirmed),
            channel,
            False,
        )
        for message in again:
            channel.basic_publish(*message, mandatory=True)
        if again:
            channel.basic_qos()  # a round trip: if one of them makes RabbitMQ close the channel, this hears why

    def _on_return(
        self, _channel: object, method: Basic.Return, properties: BasicProperties, _body: bytes
    ) -> None:
        what = (
            f"headers {properties.headers}"
            if properties.headers
            else f"routing key {method.routing_key!r}"
        )
        route = f"exchange {method.exchange!r} for {what}"
        if not method.exchange:
            self._failure = Failure(
                f"there is no queue {method.routing_key!r}: start its consumer first"
            )
        elif route not in self._unheard:
            self._unheard.add(route)
            print_notice(f"discarded: no queue is bound to {route}")
