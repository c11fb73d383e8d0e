"""Ask for Fibonacci numbers; the correlation id tells which reply answers which request.

rpc_client.py -->  [ rpc_queue ]   --> rpc_server.py
rpc_client.py <-- [ amq.gen-... ] <-- rpc_server.py
"""

import uuid
from concurrent import futures
from contextlib import suppress
from queue import Queue

from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel

import rabbitmq_tutorial as helper
from rabbitmq_tutorial import command_line

QUEUE = "rpc_queue"
Reply = futures.Future[bytes]


class FibonacciRpcClient:
    """Makes calls; their replies come over one callback queue, each to the future of its call."""

    def __init__(self) -> None:
        self.calls: dict[str, tuple[bytes, Reply]] = {}  # by correlation id
        self.link = helper.connect(self.subscribe)

    def subscribe(self, channel: Channel) -> None:
        """Declare the callback queue; on a new connection, make the calls without reply again."""
        self.channel = channel
        self.callback_queue = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_consume(self.callback_queue, self.on_response, auto_ack=True)
        channel.queue_declare(QUEUE, passive=True)  # fails if rpc_server.py never ran
        for correlation_id, (body, _) in list(self.calls.items()):
            self.call(body, correlation_id)

    def call(self, body: bytes, correlation_id: str = "") -> Reply:
        """Send a request; return a future for the reply."""
        correlation_id = correlation_id or str(uuid.uuid4())
        _, reply = self.calls.setdefault(correlation_id, (body, Reply()))
        properties = BasicProperties(reply_to=self.callback_queue, correlation_id=correlation_id)
        with suppress(Exception):  # the connection is lost: subscribe makes the call again
            self.channel.basic_publish("", QUEUE, body, properties)
        return reply

    def on_response(self, _: Channel, _method: object, reply: BasicProperties, body: bytes) -> None:
        """Complete a call; if nobody made it, or it has its reply already, discard this one."""
        call = self.calls.pop(str(reply.correlation_id), None)
        if call:
            call[1].set_result(body)

    def result(self, text: str, reply: Reply, seconds: int) -> bytes:
        """Wait for a reply, on a new connection if this one is lost. Raises Failure (75)."""
        for _ in range(2 * seconds):
            with suppress(futures.TimeoutError):
                return reply.result(timeout=0.5)
            if not self.link.is_open:
                self.link = helper.come_back(self.link, self.subscribe)
        raise helper.Failure(f"no reply to fib({text}) in {seconds} s: does rpc_server.py run?", 75)


def main() -> None:
    """Make all calls; print the replies in their order."""
    parser = command_line.argument_parser(__doc__)
    parser.add_argument("numbers", metavar="N", nargs="*", default=["30"], help='"-" reads stdin')
    parser.add_argument("--timeout", metavar="S", type=command_line.whole_number, default=10)
    options = parser.parse_args()
    client, failed = FibonacciRpcClient(), False
    calls: Queue[tuple[str, Reply] | None] = Queue(500)  # that many wait for their reply

    def make_calls() -> None:
        for number in options.numbers:
            for body in command_line.messages_from([number]):
                calls.put((command_line.printable(body), client.call(body)))

    making = futures.ThreadPoolExecutor().submit(make_calls)  # stdin may keep it waiting
    making.add_done_callback(lambda _: calls.put(None))
    for text, reply in iter(calls.get, None):
        print(f" [x] Requesting fib({text})")
        answer = client.result(text, reply, options.timeout)
        if answer.isdigit():
            print(f" [.] Got {answer.decode()}")
        else:
            command_line.print_notice(f"fib({text}): {command_line.printable(answer)}")
            failed = True
    making.result()  # raises whatever stopped it
    raise SystemExit(failed)


if __name__ == "__main__":
    helper.run_program(main)
