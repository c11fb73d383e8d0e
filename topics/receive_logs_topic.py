"""Print the log messages whose routing key matches a binding key: * is one word, # any number.

emit_log_topic.py --> ( topic_logs: topic )
    --kern.*--> [ amq.gen-... ] --> receive_logs_topic.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Deliver, consume, run_program
from rabbitmq_tutorial.command_line import argument_parser, printable, valid_key

EXCHANGE = "topic_logs"


def main() -> None:
    """Receive until Ctrl-C."""
    parser = argument_parser(__doc__)
    parser.add_argument("binding_keys", metavar="BINDING_KEY", nargs="+", type=valid_key)
    binding_keys = parser.parse_args().binding_keys

    def subscribe(channel: Channel, deliver: Deliver) -> None:
        channel.exchange_declare(EXCHANGE, exchange_type="topic")
        queue = channel.queue_declare("", exclusive=True).method.queue
        for binding_key in binding_keys:
            channel.queue_bind(queue, EXCHANGE, binding_key)
        channel.basic_qos(prefetch_count=100)
        channel.basic_consume(queue, deliver)

    for message in consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C"):
        print(f" [x] {printable(message.method.routing_key)}:{message.text}")
        message.ack()


if __name__ == "__main__":
    run_program(main)
