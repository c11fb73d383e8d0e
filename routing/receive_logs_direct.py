"""Print the log messages of the severities that you name.

emit_log_direct.py --> ( direct_logs: direct )
    --error--> [ amq.gen-... ] --> receive_logs_direct.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Deliver, consume, run_program
from rabbitmq_tutorial.command_line import argument_parser, printable, valid_key

EXCHANGE = "direct_logs"


def main() -> None:
    """Receive until Ctrl-C."""
    parser = argument_parser(__doc__)
    parser.add_argument("severities", metavar="SEVERITY", nargs="+", type=valid_key)
    severities = parser.parse_args().severities

    def subscribe(channel: Channel, deliver: Deliver) -> None:
        channel.exchange_declare(EXCHANGE, exchange_type="direct")
        queue = channel.queue_declare("", exclusive=True).method.queue
        for severity in severities:
            channel.queue_bind(queue, EXCHANGE, severity)
        channel.basic_qos(prefetch_count=100)
        channel.basic_consume(queue, deliver)

    for message in consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C"):
        print(f" [x] {printable(message.method.routing_key)}:{message.text}")
        message.ack()


if __name__ == "__main__":
    run_program(main)
