"""Send a log message under a routing key of several words, such as kern.critical.

emit_log_topic.py --> ( topic_logs: topic )
    --kern.*--> [ amq.gen-... ] --> receive_logs_topic.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Producer, run_program
from rabbitmq_tutorial.command_line import argument_parser, messages_from, printable, valid_key

EXCHANGE = "topic_logs"


def declare(channel: Channel) -> None:
    """Make sure that the exchange exists."""
    channel.exchange_declare(EXCHANGE, exchange_type="topic")


def main() -> None:
    """Send the message, or one for every line of stdin."""
    parser = argument_parser(__doc__)
    parser.add_argument(
        "key", metavar="ROUTING_KEY", nargs="?", type=valid_key, default="anonymous.info"
    )
    parser.add_argument(
        "words", metavar="WORD", nargs="*", default=["Hello World!"], help='"-" reads stdin'
    )
    options = parser.parse_args()
    routing_key, words = options.key, options.words
    with Producer(declare) as producer:
        for body in messages_from(words):
            producer.publish(EXCHANGE, routing_key, body)
    if words == ["-"]:
        print(f" [x] Sent {producer.published} messages")
    else:
        print(f" [x] Sent {routing_key}:{printable(body)}")


if __name__ == "__main__":
    run_program(main)
