"""Print the log messages that carry all of the headers that you name, or --any of them.

emit_log_headers.py --> ( header_logs: headers )
    --severity=error--> [ amq.gen-... ] --> receive_logs_headers.py
"""

from rabbitmq_tutorial import (
    BasicProperties,
    Channel,
    Deliver,
    argument_parser,
    consume,
    name_and_value,
    printable,
    run_program,
)

EXCHANGE = "header_logs"


def on_message(channel: Channel, method: Deliver, properties: BasicProperties, body: bytes) -> None:
    """Print one message under its headers."""
    print(f" [x] {properties.headers or {}}:{printable(body)}")
    channel.basic_ack(method.delivery_tag)


def main() -> None:
    """Receive until Ctrl-C."""
    arguments = argument_parser(__doc__)
    arguments.add_argument(
        "--any", dest="match", action="store_const", const="any", default="all", help="not all"
    )
    arguments.add_argument("headers", metavar="NAME=VALUE", nargs="+", type=name_and_value)
    options = arguments.parse_args()

    def subscribe(channel: Channel) -> None:
        channel.exchange_declare(EXCHANGE, exchange_type="headers")
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(
            queue, EXCHANGE, "", arguments={**dict(options.headers), "x-match": options.match}
        )
        channel.basic_qos(prefetch_count=100)
        channel.basic_consume(queue, on_message)

    consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C")


if __name__ == "__main__":
    run_program(main)
