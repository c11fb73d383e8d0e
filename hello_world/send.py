"""Send one message to the queue "hello".

send.py --> [ hello ] --> receive.py
"""

import os

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Producer, run_program
from rabbitmq_tutorial.command_line import argument_parser, printable

QUEUE = "hello"


def declare(channel: Channel) -> None:
    """Make sure that the queue exists."""
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})


def main() -> None:
    """Send the message; say so once RabbitMQ has confirmed it."""
    parser = argument_parser(__doc__)
    parser.add_argument("words", metavar="WORD", nargs="*", default=["Hello World!"])
    body = os.fsencode(" ".join(parser.parse_args().words))
    with Producer(declare) as producer:
        producer.publish(exchange="", routing_key=QUEUE, body=body)
    print(f" [x] Sent '{printable(body)}'")


if __name__ == "__main__":
    run_program(main)
