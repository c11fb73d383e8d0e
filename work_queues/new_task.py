"""Give a task to the workers: its body takes one of them a second for every dot.

                                 ,--> worker.py
new_task.py --> [ task_queue ] --+
                                 `--> worker.py
"""

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial import Producer, run_program
from rabbitmq_tutorial.command_line import argument_parser, messages_from, printable

QUEUE = "task_queue"


def declare(channel: Channel) -> None:
    """Make sure that the queue exists: it is durable, so it survives a restart of RabbitMQ."""
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})


def main() -> None:
    """Send the task, or one for every line of stdin."""
    parser = argument_parser(__doc__)
    parser.add_argument(
        "words", metavar="WORD", nargs="*", default=["Hello World!"], help='"-" reads stdin'
    )
    words = parser.parse_args().words
    with Producer(declare) as producer:
        for body in messages_from(words):
            producer.publish(exchange="", routing_key=QUEUE, body=body)
    if words == ["-"]:
        print(f" [x] Sent {producer.published} tasks")
    else:
        print(f" [x] Sent {printable(body)}")


if __name__ == "__main__":
    run_program(main)
