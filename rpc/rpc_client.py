"""Ask for Fibonacci numbers; the correlation id tells which reply answers which request.

rpc_client.py -->  [ rpc_queue ]   --> rpc_server.py
rpc_client.py <-- [ amq.gen-... ] <-- rpc_server.py
"""

import uuid

from rabbitmq_tutorial import (
    BasicProperties,
    Channel,
    Producer,
    argument_parser,
    messages_from,
    print_notice,
    printable,
    run_program,
    whole_number,
)

QUEUE = "rpc_queue"
IN_FLIGHT = 500  # calls that wait for their reply at one time


class Fibonacci(Producer):
    """Calls in flight over one callback queue, which is ours alone."""

    def __init__(self) -> None:
        self.requests: dict[str, bytes] = {}  # by correlation id, the oldest first
        self.replies: dict[str, tuple[bytes, bool]] = {}  # each with whether it is an error
        self.status = 0
        super().__init__(self.subscribe)

    def subscribe(self, channel: Channel) -> None:
        """Declare the callback queue; on a new connection, ask again what has no reply yet."""
        self.queue = queue = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_consume(queue, self.on_reply, auto_ack=True)
        for call in self.requests.keys() - self.replies.keys():
            channel.basic_publish(
                "", QUEUE, self.requests[call], BasicProperties(correlation_id=call, reply_to=queue)
            )

    def request(self, body: bytes) -> None:
        """Send a request, and go on."""
        print(
            f" [x] Requesting fib({printable(body)})\n", end=""
        )  # in one piece: answers are printed by another thread
        self.requests[call := str(uuid.uuid4())] = body
        self.publish("", QUEUE, body, BasicProperties(correlation_id=call, reply_to=self.queue))

    def on_reply(
        self, _channel: Channel, _method: object, reply: BasicProperties, body: bytes
    ) -> None:
        """Keep a reply (unless nobody asked for it, or it comes twice); print those that are next in order."""
        if reply.correlation_id in self.requests:
            self.replies.setdefault(reply.correlation_id, (body, reply.type == "error"))
        while (call := next(iter(self.requests.copy()), "")) in self.replies:
            request, (answer, failed) = self.requests.pop(call), self.replies.pop(call)
            print_notice(f"fib({printable(request)}): {printable(answer)}") if failed else print(
                f" [.] Got {printable(answer)}\n", end=""
            )
            self.status |= failed
        self.progress.set()

    def wait(self, rest: int, timeout: float) -> None:
        """Wait until no more than rest requests are without reply; the oldest has so many seconds."""
        while len(self.requests) > rest:
            call, request = next(iter(self.requests.copy().items()), ("", b""))
            complaint = (
                f"no reply to fib({printable(request)}) in {timeout} s: does rpc_server.py run?"
            )
            self.wait_for(lambda call=call: call not in self.requests, timeout, complaint)  # type: ignore[misc]


def main() -> None:
    """Send all requests; print the answers in their order."""
    arguments = argument_parser(__doc__)
    arguments.add_argument(
        "numbers", metavar="N", nargs="*", default=["30"], help='default 30; "-" reads stdin'
    )
    arguments.add_argument(
        "--timeout",
        metavar="S",
        type=whole_number(1, 86400),
        default=10,
        help="seconds, default 10",
    )
    options = arguments.parse_args()
    with (calls := Fibonacci()):
        for body in (
            body for word in options.numbers for body in messages_from([word], progress=False)
        ):
            calls.request(body)
            calls.wait(IN_FLIGHT, options.timeout)
        calls.wait(0, options.timeout)
    raise SystemExit(calls.status)


if __name__ == "__main__":
    run_program(main)
