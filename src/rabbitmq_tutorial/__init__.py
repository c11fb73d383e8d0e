"""RabbitMQ in six stages."""
