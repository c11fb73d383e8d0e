"""Send a log message with headers; they alone decide who gets it, there is no routing key.

emit_log_headers.py --> ( header_logs: headers )
    --severity=error--> [ amq.gen-... ] --> receive_logs_headers.py
"""

import os
import sys
from argparse import ArgumentTypeError

from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Producer, run_program
from rabbitmq_tutorial.command_line import argument_parser, printable, valid_key

EXCHANGE = "header_logs"


def declare(channel: Channel) -> None:
    """Make sure that the exchange exists."""
    channel.exchange_declare(EXCHANGE, exchange_type="headers")


def header(word: str) -> tuple[str, str]:
    """Accept NAME=VALUE."""
    name, equals, value = word.partition("=")
    if not name or not equals:
        raise ArgumentTypeError(f"not NAME=VALUE: {word!r} (put the message after --)")
    return valid_key(name), valid_key(value)


def main() -> None:
    """Send the message that follows "--"."""
    parser = argument_parser(__doc__)
    parser.add_argument("headers", metavar="NAME=VALUE", nargs="+", type=header)
    parser.add_argument("words", metavar="-- WORD", nargs="*", default=[], help="the message")
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    headers = dict(parser.parse_args(sys.argv[1:split]).headers)
    body = os.fsencode(" ".join(sys.argv[split + 1 :] or ["Hello World!"]))
    with Producer(declare) as producer:
        producer.publish(EXCHANGE, "", body, BasicProperties(headers=headers, delivery_mode=2))
    print(f" [x] Sent {headers}:{printable(body)}")


if __name__ == "__main__":
    run_program(main)
