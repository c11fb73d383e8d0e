"""Send a log message under its severity; only those who asked for that severity get it.

emit_log_direct.py --> ( direct_logs: direct )
    --error--> [ amq.gen-... ] --> receive_logs_direct.py
"""

from rabbitmq_tutorial import (
    Channel,
    Producer,
    argument_parser,
    messages_from,
    printable,
    run_program,
    valid_key,
)

EXCHANGE = "direct_logs"


def declare(channel: Channel) -> None:
    """Make sure that the exchange exists."""
    channel.exchange_declare(EXCHANGE, exchange_type="direct")


def main() -> None:
    """Send the message, or one for every line of stdin."""
    arguments = argument_parser(__doc__)
    arguments.add_argument(
        "severity", metavar="SEVERITY", nargs="?", type=valid_key, default="info"
    )
    arguments.add_argument(
        "words", metavar="WORD", nargs="*", help='"-" reads a message from each line of stdin'
    )
    options = arguments.parse_args()
    with Producer(declare) as producer:
        for body in messages_from(options.words):
            producer.publish(EXCHANGE, options.severity, body)
    sent = (
        f"{producer.published} messages"
        if options.words == ["-"]
        else f"{options.severity}:{printable(body)}"
    )
    print(f" [x] Sent {sent}")


if __name__ == "__main__":
    run_program(main)
