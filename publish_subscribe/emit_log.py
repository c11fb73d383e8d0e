"""Send a log message to every listener; without listeners it is discarded.

                                  ,--> [ amq.gen-... ] --> receive_logs.py
emit_log.py --> ( logs: fanout ) -+
                                  `--> [ amq.gen-... ] --> receive_logs.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Producer, run_program
from rabbitmq_tutorial.command_line import argument_parser, messages_from, printable

EXCHANGE = "logs"


def declare(channel: Channel) -> None:
    """Make sure that the exchange exists."""
    channel.exchange_declare(EXCHANGE, exchange_type="fanout")


def main() -> None:
    """Send the message, or one for every line of stdin."""
    parser = argument_parser(__doc__)
    parser.add_argument(
        "words", metavar="WORD", nargs="*", default=["info: Hello World!"], help='"-" reads stdin'
    )
    words = parser.parse_args().words
    with Producer(declare) as producer:
        for body in messages_from(words):
            producer.publish(EXCHANGE, routing_key="", body=body)
    if words == ["-"]:
        print(f" [x] Sent {producer.published} messages")
    else:
        print(f" [x] Sent {printable(body)}")


if __name__ == "__main__":
    run_program(main)
