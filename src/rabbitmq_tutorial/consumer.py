"""Receive until stopped; come back after a lost broker."""

import signal
from collections.abc import Callable
from typing import Protocol

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.connection import BUSY, come_back, connect
from rabbitmq_tutorial.faults import CLOSED


class Deliver(Protocol):
    """What a callback learns of a delivery, besides the message as pika has it."""

    delivery_tag: int
    redelivered: bool
    routing_key: str


def consume(subscribe: Callable[[Channel], None], ready: str) -> None:
    """Call subscribe(channel) on every connection, print the line ready, and receive until Ctrl-C or SIGTERM.

    Callbacks run one at a time; an exception in one is raised here, and its message goes back to the queue. A signal
    lets the task in hand end and be acknowledged, a second one does not wait. Raises Failure if it cannot begin.
    """
    link = None
    try:
        with BUSY:  # so that no delivery overtakes the line
            link = connect(subscribe)
            print(ready)
        while True:
            while link.is_open:
                link.ended.wait(0.5)
            link.ended.wait(0.1)  # of a lost connection we are told a moment later
            link.lost, CLOSED[0] = (
                link.lost or f"RabbitMQ closed the channel{CLOSED[0]}",
                "",
            )  # each is told once
            with BUSY:
                link = come_back(link)
    except SystemExit:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if link:
            link.stopping = True
        if not BUSY.acquire(timeout=0.5):
            print_notice("finishing the task in hand (a second Ctrl-C gives it back)")
            BUSY.acquire()
        if link:
            link.close()
