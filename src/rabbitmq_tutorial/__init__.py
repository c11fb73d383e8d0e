"""RabbitMQ in six stages: the few names that a stage script imports."""

from rabbitmq_tutorial import interrupt  # noqa: F401

# isort: split
from pika import BasicProperties
from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial.command_line import (
    argument_parser,
    messages_from,
    name_and_value,
    print_notice,
    printable,
    run_program,
    valid_key,
    whole_number,
)
from rabbitmq_tutorial.consumer import Deliver, consume
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.producer import Producer

__all__ = ["BasicProperties", "Channel", "Deliver", "Exit", "Failure", "Producer"]
__all__ += ["argument_parser", "consume", "messages_from", "name_and_value", "print_notice"]
__all__ += ["printable", "run_program", "valid_key", "whole_number"]
