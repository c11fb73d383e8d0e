"""Tell a log message to everybody who listens; without listeners it is discarded.

                                  ,--> [ amq.gen-... ] --> receive_logs.py
emit_log.py --> ( logs: fanout ) -+
                                  `--> [ amq.gen-... ] --> receive_logs.py
"""

from rabbitmq_tutorial import (
    Channel,
    Producer,
    argument_parser,
    messages_from,
    printable,
    run_program,
)

EXCHANGE = "logs"


def declare(channel: Channel) -> None:
    """Make sure that the exchange exists."""
    channel.exchange_declare(EXCHANGE, exchange_type="fanout")


def main() -> None:
    """Send the message, or one for every line of stdin."""
    arguments = argument_parser(__doc__)
    arguments.add_argument(
        "words", metavar="WORD", nargs="*", help='"-" reads a message from each line of stdin'
    )
    words = arguments.parse_args().words
    with Producer(declare) as producer:
        for body in messages_from(words, default="info: Hello World!"):
            producer.publish(EXCHANGE, routing_key="", body=body)
    print(
        f" [x] Sent {producer.published} messages"
        if words == ["-"]
        else f" [x] Sent {printable(body)}"
    )


if __name__ == "__main__":
    run_program(main)
