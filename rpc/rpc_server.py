"""Answer requests for Fibonacci numbers, each to the callback queue that the request names.

rpc_client.py --> [ rpc_queue ] --> rpc_server.py --> [ amq.gen-... ] --> client
"""

from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Deliver, consume, run_program
from rabbitmq_tutorial.command_line import argument_parser, whole_number

QUEUE = "rpc_queue"
LARGEST, DIGITS = 20_000, 5  # Python shows no number of more than 4,300 digits


def fib(n: int) -> int:
    """Return the n-th Fibonacci number."""
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def main() -> None:
    """Answer until Ctrl-C."""
    parser = argument_parser(__doc__)
    parser.add_argument("--prefetch", metavar="N", type=whole_number, default=1)
    prefetch = parser.parse_args().prefetch

    def subscribe(channel: Channel, deliver: Deliver) -> None:
        channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_qos(prefetch_count=prefetch)
        channel.basic_consume(QUEUE, deliver)

    for request in consume(subscribe, ready=" [x] Awaiting RPC requests"):
        print(f" [.] fib({request.text[:40]})")
        answer, kind = f"not a whole number from 0 to {LARGEST}", "error"
        if request.body.isdigit() and len(request.body) <= DIGITS and int(request.body) <= LARGEST:
            answer, kind = str(fib(int(request.body))), "answer"
        properties = BasicProperties(correlation_id=request.properties.correlation_id, type=kind)
        if request.method.redelivered:  # our reply may have made RabbitMQ close the channel:
            request.ack()  # acknowledge it first, or this repeats for ever
            request.reply(answer.encode(), properties)
        else:
            request.reply(answer.encode(), properties)
            request.ack()


if __name__ == "__main__":
    run_program(main)
