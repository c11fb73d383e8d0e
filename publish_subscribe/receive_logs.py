"""Print every log message that is sent while this script runs.

                                  ,--> [ amq.gen-... ] --> receive_logs.py
emit_log.py --> ( logs: fanout ) -+
                                  `--> [ amq.gen-... ] --> receive_logs.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Deliver, consume, run_program
from rabbitmq_tutorial.command_line import argument_parser

EXCHANGE = "logs"


def subscribe(channel: Channel, deliver: Deliver) -> None:
    """Bind a queue of our own to the exchange: RabbitMQ names it, and deletes it when we leave."""
    channel.exchange_declare(EXCHANGE, exchange_type="fanout")
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, EXCHANGE, routing_key="")
    channel.basic_qos(prefetch_count=100)
    channel.basic_consume(queue, deliver)


def main() -> None:
    """Receive until Ctrl-C."""
    argument_parser(__doc__).parse_args()
    for message in consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C"):
        print(f" [x] {message.text}")
        message.ack()


if __name__ == "__main__":
    run_program(main)
