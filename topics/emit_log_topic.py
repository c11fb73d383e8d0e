"""Send a log message under a routing key of several words, such as kern.critical.

emit_log_topic.py --> ( topic_logs: topic )
    --kern.*--> [ amq.gen-... ] --> receive_logs_topic.py
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

EXCHANGE = "topic_logs"


def declare(channel: Channel) -> None:
    """Make sure that the exchange exists."""
    channel.exchange_declare(EXCHANGE, exchange_type="topic")


def main() -> None:
    """Send the message, or one for every line of stdin."""
    arguments = argument_parser(__doc__)
    arguments.add_argument(
        "routing_key", metavar="ROUTING_KEY", nargs="?", type=valid_key, default="anonymous.info"
    )
    arguments.add_argument(
        "words", metavar="WORD", nargs="*", help='"-" reads a message from each line of stdin'
    )
    options = arguments.parse_args()
    with Producer(declare) as producer:
        for body in messages_from(options.words):
            producer.publish(EXCHANGE, options.routing_key, body)
    sent = (
        f"{producer.published} messages"
        if options.words == ["-"]
        else f"{options.routing_key}:{printable(body)}"
    )
    print(f" [x] Sent {sent}")


if __name__ == "__main__":
    run_program(main)
