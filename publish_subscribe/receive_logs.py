"""Print every log message that is sent while this script runs.

                                  ,--> [ amq.gen-... ] --> receive_logs.py
emit_log.py --> ( logs: fanout ) -+
                                  `--> [ amq.gen-... ] --> receive_logs.py
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

EXCHANGE = "logs"


def on_message(
    channel: Channel, method: Deliver, _properties: BasicProperties, body: bytes
) -> None:
    """Print one message."""
    print(f" [x] {printable(body)}")
    channel.basic_ack(method.delivery_tag)


def subscribe(channel: Channel) -> None:
    """Bind a queue of our own to the exchange: RabbitMQ names it, and deletes it when we are gone."""
    channel.exchange_declare(EXCHANGE, exchange_type="fanout")
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, EXCHANGE)
    channel.basic_qos(prefetch_count=100)
    channel.basic_consume(queue, on_message)


def main() -> None:
    """Receive until Ctrl-C."""
    argument_parser(__doc__).parse_args()
    consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C")


if __name__ == "__main__":
    run_program(main)
