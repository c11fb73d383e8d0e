"""Print the log messages of the severities that you name.

emit_log_direct.py --> ( direct_logs: direct )
    --error--> [ amq.gen-... ] --> receive_logs_direct.py
"""

from rabbitmq_tutorial import (
    BasicProperties,
    Channel,
    Deliver,
    argument_parser,
    consume,
    printable,
    run_program,
    valid_key,
)

EXCHANGE = "direct_logs"


def on_message(
    channel: Channel, method: Deliver, _properties: BasicProperties, body: bytes
) -> None:
    """Print one message under its routing key."""
    print(f" [x] {method.routing_key}:{printable(body)}")
    channel.basic_ack(method.delivery_tag)


def main() -> None:
    """Receive until Ctrl-C."""
    arguments = argument_parser(__doc__)
    arguments.add_argument("severities", metavar="SEVERITY", nargs="+", type=valid_key)
    severities = arguments.parse_args().severities

    def subscribe(channel: Channel) -> None:
        channel.exchange_declare(EXCHANGE, exchange_type="direct")
        queue = channel.queue_declare("", exclusive=True).method.queue
        for severity in severities:
            channel.queue_bind(queue, EXCHANGE, severity)
        channel.basic_qos(prefetch_count=100)
        channel.basic_consume(queue, on_message)

    consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C")


if __name__ == "__main__":
    run_program(main)
