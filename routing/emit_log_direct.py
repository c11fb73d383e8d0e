"""Send a log message under its severity; only those who asked for that severity get it.

emit_log_direct.py --> ( direct_logs: direct )
    --error--> [ amq.gen-... ] --> receive_logs_direct.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Producer, run_program
from rabbitmq_tutorial.command_line import argument_parser, messages_from, printable, valid_key

EXCHANGE = "direct_logs"


def declare(channel: Channel) -> None:
    """Make sure that the exchange exists."""
    channel.exchange_declare(EXCHANGE, exchange_type="direct")


def main() -> None:
    """Send the message, or one for every line of stdin."""
    parser = argument_parser(__doc__)
    parser.add_argument("severity", metavar="SEVERITY", nargs="?", type=valid_key, default="info")
    parser.add_argument(
        "words", metavar="WORD", nargs="*", default=["Hello World!"], help='"-" reads stdin'
    )
    options = parser.parse_args()
    severity, words = options.severity, options.words
    with Producer(declare) as producer:
        for body in messages_from(words):
            producer.publish(EXCHANGE, severity, body)
    if words == ["-"]:
        print(f" [x] Sent {producer.published} messages")
    else:
        print(f" [x] Sent {severity}:{printable(body)}")


if __name__ == "__main__":
    run_program(main)
