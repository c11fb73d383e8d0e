"""Ask for Fibonacci numbers; the correlation id tells which reply answers which request.

rpc_client.py --> [ rpc_queue ] --> rpc_server.py --> [ amq.gen-... ] --> client
"""

import uuid
from concurrent import futures
from contextlib import suppress
from queue import Queue

from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Failure, command_line, connect, keep_open, run_program

QUEUE = "rpc_queue"


class FibonacciRpcClient:
    """Makes calls; their replies come over one callback queue, each to the future of its call."""

    def __init__(self) -> None:
        self.calls: dict[str, tuple[bytes, futures.Future[bytes]]] = {}  # by correlation id
        self.link = connect(self.subscribe)

    def subscribe(self, channel: Channel) -> None:
        self.channel = channel
        self.callback_queue = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_consume(self.callback_queue, self.on_response, auto_ack=True)
        for correlation_id, (body, _) in list(self.calls.items()):  # again: their replies are lost
            self.call(body, correlation_id)
        channel.queue_declare(QUEUE, passive=True)  # fails if rpc_server.py never ran

    def call(self, body: bytes, correlation_id: str = "") -> futures.Future[bytes]:
        """Send a request, or send it again; return the future of its reply."""
        correlation_id = correlation_id or str(uuid.uuid4())
        _, reply = self.calls.setdefault(correlation_id, (body, futures.Future()))
        properties = BasicProperties(reply_to=self.callback_queue, correlation_id=correlation_id)
        with suppress(Exception):  # if the connection is lost, subscribe repeats the call
            self.channel.basic_publish("", QUEUE, body, properties)
        return reply

    def on_response(self, _: Channel, _method: object, reply: BasicProperties, body: bytes) -> None:
        with suppress(KeyError):  # nobody made the call, or it has its reply already
            self.calls.pop(str(reply.correlation_id))[1].set_result(body)

    def result(self, reply: futures.Future[bytes], seconds: int) -> bytes:
        """Wait for a reply, on a new connection if this one is lost. Raises Failure."""
        for _ in range(2 * seconds):
            with suppress(futures.TimeoutError):
                return reply.result(timeout=0.5)
            self.link = keep_open(self.link, self.subscribe)
        raise Failure(f"no reply in {seconds} s: does rpc_server.py run?", 75)


def main() -> None:
    """Make all calls; print the replies in their order."""
    parser = command_line.argument_parser(__doc__)
    parser.add_argument("numbers", metavar="N", nargs="*", default=["30"], help='"-" reads stdin')
    parser.add_argument("--timeout", metavar="S", type=command_line.whole_number, default=10)
    options = parser.parse_args()
    client, failed = FibonacciRpcClient(), False
    calls: Queue[tuple[str, futures.Future[bytes]] | None] = Queue(500)  # waiting for replies

    def make_calls() -> None:
        for number in options.numbers:
            for body in command_line.messages_from([number]):
                calls.put((command_line.printable(body), client.call(body)))

    making = futures.ThreadPoolExecutor().submit(make_calls)  # stdin may keep it waiting
    making.add_done_callback(lambda _: calls.put(None))
    for text, reply in iter(calls.get, None):
        print(f" [x] Requesting fib({text})")  # done by make_calls
        answer = client.result(reply, options.timeout)
        if answer.isdigit():
            print(f" [.] Got {answer.decode()}")
        else:
            failed = True
            command_line.print_notice(f"fib({text}): {command_line.printable(answer)}")
    making.result()  # raises whatever stopped it
    raise SystemExit(failed)


if __name__ == "__main__":
    run_program(main)
