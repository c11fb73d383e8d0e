"""Print the log messages whose routing key matches a binding key: * is one word, # any number.

emit_log_topic.py --> ( topic_logs: topic )
    --kern.*--> [ amq.gen-... ] --> receive_logs_topic.py
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

EXCHANGE = "topic_logs"


def on_message(
    channel: Channel, method: Deliver, _properties: BasicProperties, body: bytes
) -> None:
    """Print one message under its routing key."""
    print(f" [x] {method.routing_key}:{printable(body)}")
    channel.basic_ack(method.delivery_tag)


def main() -> None:
    """Receive until Ctrl-C."""
    arguments = argument_parser(__doc__)
    arguments.add_argument("binding_keys", metavar="BINDING_KEY", nargs="+", type=valid_key)
    binding_keys = arguments.parse_args().binding_keys

    def subscribe(channel: Channel) -> None:
        channel.exchange_declare(EXCHANGE, exchange_type="topic")
        queue = channel.queue_declare("", exclusive=True).method.queue
        for binding_key in binding_keys:
            channel.queue_bind(queue, EXCHANGE, binding_key)
        channel.basic_qos(prefetch_count=100)
        channel.basic_consume(queue, on_message)

    consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C")


if __name__ == "__main__":
    run_program(main)
