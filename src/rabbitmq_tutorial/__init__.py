"""RabbitMQ in six stages: what a stage script imports. What is pika's comes from pika."""

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
from rabbitmq_tutorial.connection import come_back, connect
from rabbitmq_tutorial.consumer import Deliver, Message, consume
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.producer import Producer

__all__ = ["Deliver", "Exit", "Failure", "Message", "Producer", "argument_parser", "come_back"]
__all__ += ["connect", "consume", "messages_from", "name_and_value", "print_notice", "printable"]
__all__ += ["run_program", "valid_key", "whole_number"]
