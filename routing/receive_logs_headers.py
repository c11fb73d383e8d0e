"""Print the log messages that carry all of the headers that you name, or --any of them.

emit_log_headers.py --> ( header_logs: headers )
    --severity=error--> [ amq.gen-... ] --> receive_logs_headers.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Deliver, argument_parser, consume, name_and_value, run_program

EXCHANGE = "header_logs"


def main() -> None:
    """Receive until Ctrl-C."""
    parser = argument_parser(__doc__)
    parser.add_argument("--any", action="store_true", help="one of the headers is enough")
    parser.add_argument("headers", metavar="NAME=VALUE", nargs="+", type=name_and_value)
    options = parser.parse_args()
    wanted = dict(options.headers) | {"x-match": "any" if options.any else "all"}

    def subscribe(channel: Channel, deliver: Deliver) -> None:
        channel.exchange_declare(EXCHANGE, exchange_type="headers")
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, EXCHANGE, "", arguments=wanted)
        channel.basic_qos(prefetch_count=100)
        channel.basic_consume(queue, deliver)

    for message in consume(subscribe, ready=" [*] Waiting for logs. To exit press CTRL+C"):
        headers = message.properties.headers or {}
        print(f" [x] {headers}:{message.text}")
        message.ack()


if __name__ == "__main__":
    run_program(main)
