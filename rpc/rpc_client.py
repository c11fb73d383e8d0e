"""Ask for Fibonacci numbers; the correlation id tells which reply answers which request.

    rpc_client.py --> [ rpc_queue ] --> rpc_server.py
          `--------- [ amq.gen-... ] <--------'
"""

import sys
import time
import uuid
from collections.abc import Iterable, Iterator

from rabbitmq_tutorial import (
    BasicProperties,
    Channel,
    Deliver,
    Failure,
    Producer,
    bodies,
    encode,
    number,
    parser,
    run,
    tell,
    text,
)

QUEUE = "rpc_queue"
IN_FLIGHT = 500  # calls that wait for their reply at one time


class Fibonacci:
    """Calls in flight, over one callback queue."""

    def __init__(self) -> None:
        self.requests: dict[str, tuple[bytes, float]] = {}  # by correlation id, oldest first: body, deadline
        self.replies: dict[str, tuple[bytes, object]] = {}
        self.server = Producer(self.subscribe)

    def subscribe(self, channel: Channel) -> None:
        """Declare a callback queue; on a new connection ask again what its predecessor left unanswered."""
        self.callback_queue = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_consume(self.callback_queue, self.on_reply, auto_ack=True)
        for call in self.requests.keys() - self.replies.keys():
            channel.basic_publish("", QUEUE, self.requests[call][0], self.properties(call))

    def properties(self, call: str) -> BasicProperties:
        """Say where the reply shall go, and under which correlation id."""
        return BasicProperties(reply_to=self.callback_queue, correlation_id=call)

    def on_reply(self, _channel: Channel, _method: Deliver, properties: BasicProperties, body: bytes) -> None:
        """Keep the reply, unless no request has its correlation id."""
        if properties.correlation_id in self.requests:
            self.replies[properties.correlation_id] = body, properties.type
            self.server.progress.set()

    def calls(self, requests: Iterable[bytes], timeout: float) -> Iterator[tuple[bytes, bytes, object]]:
        """Send all requests; yield each with the body and type of its reply, in the order of the requests."""
        for body in requests:
            print(f" [x] Requesting fib({text(body)})")
            call = str(uuid.uuid4())
            self.requests[call] = body, time.monotonic() + timeout
            self.server.publish("", QUEUE, body, self.properties(call))
            while len(self.requests) >= IN_FLIGHT or next(iter(self.requests), None) in self.replies:
                yield self.oldest()
        while self.requests:
            yield self.oldest()

    def oldest(self) -> tuple[bytes, bytes, object]:
        """Wait for the reply to the oldest request."""
        call, (body, deadline) = next(iter(self.requests.items()))
        if not self.server.wait_for(lambda: call in self.replies, deadline - time.monotonic()):
            raise Failure(f"no reply to fib({text(body)}) in time. Does rpc_server.py run?", 75)
        del self.requests[call]
        return body, *self.replies.pop(call)


def main() -> None:
    """Print the answers; an error among them ends with exit status 1."""
    arguments = parser(__doc__)
    arguments.add_argument("numbers", metavar="N", nargs="*", default=["30"], help='default 30; "-" reads stdin')
    arguments.add_argument("--timeout", metavar="S", type=number(1, 86400), default=10, help="seconds, default 10")
    options = arguments.parse_args()
    requests = bodies(["-"]) if options.numbers == ["-"] else (encode([n]) for n in options.numbers)
    client, status = Fibonacci(), 0
    with client.server:
        for request, reply, kind in client.calls(requests, options.timeout):
            if kind == "error":
                tell(f"fib({text(request)}): {text(reply)}")
                status = 1
            else:
                print(f" [.] Got {text(reply)}")
    sys.exit(status)


if __name__ == "__main__":
    run(main)
