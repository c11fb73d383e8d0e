"""A queue keeps messages until somebody takes them."""

from __future__ import annotations

from pika.adapters.thread_safe_connection import Channel

from conftest import Start


def test_hello_world(start: Start, finish: Start, channel: Channel) -> None:
    for number in range(4):
        assert finish("hello_world/send.py", f"message {number}").lines() == [
            f" [x] Sent 'message {number}'"
        ]
    assert channel.queue_declare("hello", passive=True).method.message_count == 4
    receive = start("hello_world/receive.py")
    receive.expect(r"^ \[x\] Received message 3$")
    receive.stop()
    assert receive.lines() == [
        " [*] Waiting for messages. To exit press CTRL+C",
        *(f" [x] Received message {number}" for number in range(4)),
    ]
    assert channel.queue_declare("hello", passive=True).method.message_count == 0
