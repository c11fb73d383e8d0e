"""Print what arrives in the queue "hello".

send.py --> [ hello ] --> receive.py
"""

from rabbitmq_tutorial import (
    BasicProperties,
    Channel,
    Deliver,
    argument_parser,
    consume,
    printable,
    run_program,
)

QUEUE = "hello"


def on_message(
    channel: Channel, method: Deliver, _properties: BasicProperties, body: bytes
) -> None:
    """Print one message, and acknowledge it: only then does RabbitMQ forget it."""
    print(f" [x] Received {printable(body)}")
    channel.basic_ack(method.delivery_tag)


def subscribe(channel: Channel) -> None:
    """Make sure that the queue exists, and have its messages delivered."""
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_qos(prefetch_count=100)
    channel.basic_consume(QUEUE, on_message)


def main() -> None:
    """Receive until Ctrl-C."""
    argument_parser(__doc__).parse_args()
    consume(subscribe, ready=" [*] Waiting for messages. To exit press CTRL+C")


if __name__ == "__main__":
    run_program(main)
