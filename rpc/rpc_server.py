"""Answer requests for Fibonacci numbers, each to the callback queue that the request names.

rpc_client.py -->  [ rpc_queue ]   --> rpc_server.py
rpc_client.py <-- [ amq.gen-... ] <-- rpc_server.py
"""

from rabbitmq_tutorial import (
    BasicProperties,
    Channel,
    Deliver,
    argument_parser,
    consume,
    printable,
    run_program,
    whole_number,
)

QUEUE = "rpc_queue"
LARGEST = 20_000


def fib(n: int) -> int:
    """Return the n-th Fibonacci number."""
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def on_request(channel: Channel, method: Deliver, request: BasicProperties, body: bytes) -> None:
    """Answer a request, a malformed one with an error; without an address for the answer there is nothing to do."""
    print(f" [.] fib({printable(body[:40])})")
    risky = method.redelivered and str(request.reply_to).startswith(
        "amq.rabbitmq.reply-to."
    )  # a forged one ends us
    if risky or not request.reply_to or not isinstance(request.reply_to, str):
        channel.basic_reject(method.delivery_tag, requeue=False)
        return
    good = body.isdigit() and len(body) <= len(str(LARGEST)) and int(body) <= LARGEST
    answer = str(fib(int(body))) if good else f"not a whole number from 0 to {LARGEST}"
    properties = BasicProperties(
        correlation_id=request.correlation_id, type="answer" if good else "error"
    )
    channel.basic_publish(
        exchange="", routing_key=request.reply_to, body=answer.encode(), properties=properties
    )
    channel.basic_ack(method.delivery_tag)


def main() -> None:
    """Answer until Ctrl-C."""
    arguments = argument_parser(__doc__)
    arguments.add_argument(
        "--prefetch", metavar="N", type=whole_number(1, 1000), default=1, help="requests to hold"
    )
    prefetch = arguments.parse_args().prefetch

    def subscribe(channel: Channel) -> None:
        channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_qos(prefetch_count=prefetch)
        channel.basic_consume(QUEUE, on_request)

    consume(subscribe, ready=" [x] Awaiting RPC requests")


if __name__ == "__main__":
    run_program(main)
