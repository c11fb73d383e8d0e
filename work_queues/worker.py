"""Do tasks one by one; each goes to the next free worker.

                                 ,--> worker.py
new_task.py --> [ task_queue ] --+
                                 `--> worker.py
"""

import time

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Deliver, consume, run_program
from rabbitmq_tutorial.command_line import argument_parser, whole_number

QUEUE = "task_queue"


def main() -> None:
    """Work until Ctrl-C."""
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--prefetch", metavar="N", type=whole_number, default=1, help="tasks to fetch in advance"
    )
    prefetch = parser.parse_args().prefetch

    def subscribe(channel: Channel, deliver: Deliver) -> None:
        channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_qos(prefetch_count=prefetch)
        channel.basic_consume(QUEUE, deliver)

    for task in consume(subscribe, ready=" [*] Waiting for messages. To exit press CTRL+C"):
        print(f" [x] Received {task.text}")
        for _ in range(task.body.count(b".")):
            time.sleep(1)  # a second for every dot
        print(" [x] Done")
        task.ack()  # a task whose worker dies before this goes to another one


if __name__ == "__main__":
    run_program(main)
