"""RabbitMQ in six stages: the few names that a stage script imports."""

from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial.command_line import (
    Failure,
    bodies,
    encode,
    header,
    parser,
    routing_key,
    run,
    tell,
    text,
    whole_number,
)
from rabbitmq_tutorial.consumer import Deliver, consume
from rabbitmq_tutorial.producer import Producer

__all__ = [
    "BasicProperties", "Channel", "Deliver", "Failure", "Producer",
    "bodies", "consume", "encode", "header", "parser", "routing_key", "run", "tell", "text", "whole_number",
]  # fmt: skip
