"""RabbitMQ in six stages: the few names that a stage script imports."""

from rabbitmq_tutorial import interrupt  # noqa: F401

# isort: split
from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial.command_line import (
    Failure,
    bodies,
    header,
    key,
    number,
    parser,
    run,
    tell,
    text,
)
from rabbitmq_tutorial.consumer import Deliver, consume
from rabbitmq_tutorial.producer import Producer

__all__ = ["BasicProperties", "Channel", "Deliver", "Failure", "Producer"]
__all__ += ["bodies", "consume", "header", "key", "number", "parser", "run", "tell", "text"]
