"""Receive until stopped; come back after a lost broker."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import Any, Protocol

from pika.adapters.thread_safe_connection import Channel
from pika.exceptions import AMQPError

from rabbitmq_tutorial.command_line import Failure, tell
from rabbitmq_tutorial.connection import connect, disconnect, refusal

LONGEST_PAUSE = 5.0  # seconds between two attempts to come back


class Deliver(Protocol):
    """What a callback learns of a delivery besides the message (of pika's Basic.Deliver, what is always there)."""

    delivery_tag: int
    routing_key: str


def consume(subscribe: Callable[[Channel], None], ready: str) -> None:
    """Call subscribe(channel), print the line ready, and receive until Ctrl-C or SIGTERM.

    subscribe runs on every connection, the first and each that replaces a lost one. Callbacks run one at a time; an
    exception in one ends consume, and its message goes back to the queue. A signal lets the task in hand end and be
    acknowledged, a second one does not wait. Raises Failure when the first connection or subscription fails.
    """
    busy = Lock()  # held while a callback runs, and while we subscribe: no delivery overtakes the line ready
    stopping = Event()
    session = None
    try:
        with busy:
            session = _Session(subscribe, busy, stopping)
            print(ready)
        while True:
            trouble = session.trouble()
            session.close()
            if isinstance(trouble, Exception):
                raise trouble
            tell(f"{trouble}; subscribing again")
            with busy:
                session = _come_back(lambda: _Session(subscribe, busy, stopping))
            tell("subscribed again")
    except SystemExit:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        stopping.set()
        with busy:  # the task in hand has ended
            pass
        if session:
            session.close()


def _come_back(begin: Callable[[], _Session]) -> _Session:
    pause, said = 0.1, ""
    while True:
        try:
            return begin()
        except Failure as failure:
            if failure.status not in (69, 75) and said != (said := str(failure)):  # a person may have to mend it
                tell(said)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


class _Session:
    """One connection and what is subscribed on it."""

    def __init__(self, subscribe: Callable[[Channel], None], busy: Lock, stopping: Event) -> None:
        self._troubles: SimpleQueue[str | Exception] = SimpleQueue()
        self._closed = Event()
        self._connection = connect(self._on_close)
        try:
            self._channel = self._connection.channel()
            self._channel.add_on_cancel_callback(lambda _: self._troubles.put("the queue was deleted"))
            basic_consume = self._channel.basic_consume

            def guarded_consume(queue: str, on_message: Callable[..., None], **options: Any) -> Any:  # noqa: ANN401 - pika's
                return basic_consume(queue, self._guard(on_message, busy, stopping), **options)

            self._channel.basic_consume = guarded_consume  # type: ignore[method-assign, assignment] # pika swallows exceptions
            subscribe(self._channel)
        except (AMQPError, TimeoutError) as error:
            self.close()
            raise refusal(error) from None

    def trouble(self) -> str | Exception:
        """Wait for the reason why this session is over: words for a loss, an exception for a bug in a callback."""
        while self._channel.is_open:  # asked, because of a channel that the broker closes nobody is told
            with suppress(Empty):
                return self._troubles.get(timeout=0.5)
        return "RabbitMQ closed the channel" if self._troubles.empty() else self._troubles.get()

    def close(self) -> None:
        disconnect(self._connection, self._closed)

    def _on_close(self, reason: str) -> None:
        self._troubles.put(f"lost RabbitMQ: {reason}")
        self._closed.set()

    def _guard(self, on_message: Callable[..., None], busy: Lock, stopping: Event) -> Callable[..., None]:
        def guarded(channel: Channel, *delivery: object) -> None:
            with busy:
                if stopping.is_set() or not channel.is_open:
                    return  # not acknowledged: it goes back to its queue
                try:
                    on_message(channel, *delivery)
                except Exception as error:  # noqa: BLE001 - raised again in the main thread
                    if channel.is_open or not isinstance(error, AMQPError):
                        stopping.set()
                        self._troubles.put(error)

        return guarded
