"""RabbitMQ in six stages: what their scripts share. What is pika's comes from pika."""

from rabbitmq_tutorial.command_line import run_program
from rabbitmq_tutorial.connection import connect, keep_open
from rabbitmq_tutorial.consumer import Deliver, consume
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.producer import Producer

__all__ = ["Deliver", "Failure", "Producer", "connect", "consume", "keep_open", "run_program"]
