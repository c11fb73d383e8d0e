"""Print what arrives in the queue "hello".

send.py --> [ hello ] --> receive.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Deliver, consume, run_program
from rabbitmq_tutorial.command_line import argument_parser

QUEUE = "hello"


def subscribe(channel: Channel, deliver: Deliver) -> None:
    """Make sure that the queue exists, and have its messages delivered."""
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_qos(prefetch_count=100)
    channel.basic_consume(QUEUE, deliver)


def main() -> None:
    """Receive until Ctrl-C."""
    argument_parser(__doc__).parse_args()
    for message in consume(subscribe, ready=" [*] Waiting for messages. To exit press CTRL+C"):
        print(f" [x] Received {message.text}")
        message.ack()  # only now does RabbitMQ forget it


if __name__ == "__main__":
    run_program(main)
