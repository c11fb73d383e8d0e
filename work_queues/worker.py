"""Do one task after another; of several workers, the next free one gets the next task.

                                 ,--> worker.py
new_task.py --> [ task_queue ] --+
                                 `--> worker.py
"""

import time

from rabbitmq_tutorial import (
    BasicProperties,
    Channel,
    Deliver,
    argument_parser,
    consume,
    printable,
    run_program,
    whole_number,
)

QUEUE = "task_queue"


def on_task(channel: Channel, method: Deliver, _properties: BasicProperties, body: bytes) -> None:
    """Work a second for every dot, then acknowledge: a task whose worker dies goes to another worker."""
    print(f" [x] Received {printable(body)}")
    time.sleep(body.count(b"."))
    print(" [x] Done")
    channel.basic_ack(method.delivery_tag)


def main() -> None:
    """Work until Ctrl-C."""
    arguments = argument_parser(__doc__)
    arguments.add_argument(
        "--prefetch",
        metavar="N",
        type=whole_number(1, 1000),
        default=1,
        help="tasks to hold at a time (default 1)",
    )
    prefetch = arguments.parse_args().prefetch

    def subscribe(channel: Channel) -> None:
        channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_qos(prefetch_count=prefetch)
        channel.basic_consume(QUEUE, on_task)

    consume(subscribe, ready=" [*] Waiting for messages. To exit press CTRL+C")


if __name__ == "__main__":
    run_program(main)
