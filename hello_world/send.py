"""Send one message to the queue "hello".

send.py --> [ hello ] --> receive.py
"""

import os

from rabbitmq_tutorial import Channel, Producer, argument_parser, printable, run_program

QUEUE = "hello"


def declare(channel: Channel) -> None:
    """Make sure that the queue exists."""
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})


def main() -> None:
    """Send the message; say so once RabbitMQ has it."""
    arguments = argument_parser(__doc__)
    arguments.add_argument("message", metavar="MESSAGE", nargs="?", default="Hello World!")
    body = os.fsencode(arguments.parse_args().message)
    with Producer(declare) as producer:
        producer.publish(exchange="", routing_key=QUEUE, body=body)
    print(f" [x] Sent '{printable(body)}'")


if __name__ == "__main__":
    run_program(main)
