"""Print the log messages that carry all of the headers that you name, or --any of them.

emit_log_headers.py --> ( header_logs: headers )
    --severity=error--> [ amq.gen-... ] --> receive_logs_headers.py
"""

from argparse import ArgumentTypeError

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Deliver, consume, run_program
from rabbitmq_tutorial.command_line import argument_parser, valid_key

EXCHANGE = "header_logs"


def header(word: str) -> tuple[str, str]:
    """Accept NAME=VALUE."""
    name, equals, value = word.partition("=")
    if not name or not equals:
        raise ArgumentTypeError(f"not NAME=VALUE: {word!r}")
    return valid_key(name), valid_key(value)


def main() -> None:
    """Receive until Ctrl-C."""
    parser = argument_parser(__doc__)
    parser.add_argument("--any", action="store_true", help="one of the headers is enough")
    parser.add_argument("headers", metavar="NAME=VALUE", nargs="+", type=header)
    options = parser.parse_args()
    wanted = dict(options.headers) | {"x-match": "any" if options.any else "all"}

    def subscribe(channel: Channel, deliver: Deliver) -> None:
        channel.exchange_declare(EXCHANGE, exchange_type="headers")
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, EXCHANGE, "", arguments=wanted)
        channel.basic_qos(prefetch_count=100)
        channel.basic_consume(queue, deliver)

    for message in consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C"):
        headers = message.properties.headers or {}
        print(f" [x] {headers}:{message.text}")
        message.ack()


if __name__ == "__main__":
    run_program(main)
