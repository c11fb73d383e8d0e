"""Either half of a pair may be official: here in its way, with pika's BlockingConnection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Script, Start

StartOfficial = Callable[[str], Script]
PRELUDE = """
import os, sys, uuid, warnings
warnings.simplefilter("ignore")
import pika
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
durable = dict(durable=True, arguments={"x-queue-type": "quorum"})
def show(channel, method, properties, body):
    print(f"{method.routing_key}|{body.decode()}", flush=True)
def listen(exchange, keys):
    queue = channel.queue_declare(queue="", exclusive=True).method.queue
    for key in keys:
        channel.queue_bind(exchange=exchange, queue=queue, routing_key=key)
    channel.basic_consume(queue=queue, on_message_callback=show, auto_ack=True)
    print("ready", flush=True)
    channel.start_consuming()
"""
OFFICIAL = {
    "send": """channel.queue_declare(queue="hello", **durable)
channel.basic_publish(exchange="", routing_key="hello", body="Hello World!")""",
    "receive": """channel.queue_declare(queue="hello", **durable)
channel.basic_consume(queue="hello", auto_ack=True, on_message_callback=show)
print("ready", flush=True)
channel.start_consuming()""",
    "new_task": """channel.queue_declare(queue="task_queue", **durable)
properties = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
channel.basic_publish("", routing_key="task_queue", body="a task.", properties=properties)""",
    "worker": """channel.queue_declare(queue="task_queue", **durable)
def callback(ch, method, properties, body):
    show(ch, method, properties, body)
    ch.basic_ack(delivery_tag=method.delivery_tag)
channel.basic_qos(prefetch_count=1)
channel.basic_consume(queue="task_queue", on_message_callback=callback)
print("ready", flush=True)
channel.start_consuming()""",
    "emit_log": """channel.exchange_declare(exchange="logs", exchange_type="fanout")
channel.basic_publish(exchange="logs", routing_key="", body="info: Hello World!")""",
    "receive_logs": """channel.exchange_declare(exchange="logs", exchange_type="fanout")
listen("logs", [""])""",
    "emit_log_direct": """channel.exchange_declare(exchange="direct_logs", exchange_type="direct")
channel.basic_publish(exchange="direct_logs", routing_key="error", body="text")""",
    "receive_logs_direct": """channel.exchange_declare("direct_logs", exchange_type="direct")
listen("direct_logs", ["error", "info"])""",
    "emit_log_topic": """channel.exchange_declare(exchange="topic_logs", exchange_type="topic")
channel.basic_publish(exchange="topic_logs", routing_key="kern.critical", body="text")""",
    "receive_logs_topic": """channel.exchange_declare(exchange="topic_logs", exchange_type="topic")
listen("topic_logs", ["kern.*"])""",
    "rpc_server": """channel.queue_declare(queue="rpc_queue", **durable)
def on_request(ch, method, props, body):
    properties = pika.BasicProperties(correlation_id=props.correlation_id)
    answer = str(int(body) + 1000)
    ch.basic_publish(exchange="", routing_key=props.reply_to, properties=properties, body=answer)
    ch.basic_ack(delivery_tag=method.delivery_tag)
channel.basic_qos(prefetch_count=1)
channel.basic_consume(queue="rpc_queue", on_message_callback=on_request)
print("ready", flush=True)
channel.start_consuming()""",
    "rpc_client": """queue = channel.queue_declare(queue="", exclusive=True).method.queue
ours, answers = str(uuid.uuid4()), []
def on_response(ch, method, props, body):
    if props.correlation_id == ours:
        answers.append(body)
channel.basic_consume(queue=queue, on_message_callback=on_response, auto_ack=True)
properties = pika.BasicProperties(reply_to=queue, correlation_id=ours)
channel.basic_publish(exchange="", routing_key="rpc_queue", properties=properties, body="30")
while not answers:
    connection.process_data_events(time_limit=None)
print(int(answers[0]))""",
}


@pytest.fixture
def official(start: Start, tmp_path: Path) -> StartOfficial:
    """Return a function that starts an official script."""

    def start_official(name: str) -> Script:
        file = tmp_path / f"{name}.py"
        file.write_text(PRELUDE + OFFICIAL[name], encoding="utf-8")
        return start(str(file))

    return start_official


@pytest.mark.parametrize(
    ("receiver", "keys", "sender", "line"),
    [
        ("hello_world/receive.py", [], "send", " [x] Received Hello World!"),
        ("work_queues/worker.py", [], "new_task", " [x] Received a task."),
        ("publish_subscribe/receive_logs.py", [], "emit_log", " [x] info: Hello World!"),
        ("routing/receive_logs_direct.py", ["error"], "emit_log_direct", " [x] error:text"),
        (
            "topics/receive_logs_topic.py",
            ["*.critical"],
            "emit_log_topic",
            " [x] kern.critical:text",
        ),
    ],
)
def test_our_consumer_with_their_producer(  # noqa: PLR0913, PLR0917 - a row of a table
    start: Start, official: StartOfficial, receiver: str, keys: list[str], sender: str, line: str
) -> None:
    running: Script = start(receiver, *keys)
    running.expect("Waiting")
    assert official(sender).wait() == 0
    assert running.expect(r" \[x\] ") == line
    running.stop()


@pytest.mark.parametrize(
    ("sender", "arguments", "receiver", "line"),
    [
        ("hello_world/send.py", [], "receive", "hello|Hello World!"),
        ("work_queues/new_task.py", ["a", "task"], "worker", "task_queue|a task"),
        ("publish_subscribe/emit_log.py", [], "receive_logs", "|info: Hello World!"),
        ("routing/emit_log_direct.py", ["error", "broken"], "receive_logs_direct", "error|broken"),
        ("topics/emit_log_topic.py", ["kern.info", "text"], "receive_logs_topic", "kern.info|text"),
    ],
)
def test_their_consumer_with_our_producer(  # noqa: PLR0913, PLR0917 - a row of a table
    finish: Start,
    official: StartOfficial,
    sender: str,
    arguments: list[str],
    receiver: str,
    line: str,
) -> None:
    running = official(receiver)
    running.expect("ready")
    finish(sender, *arguments)
    assert running.expect("") == line


def test_rpc_both_ways(start: Start, finish: Start, official: StartOfficial) -> None:
    server = start("rpc/rpc_server.py")
    server.expect("Awaiting")
    client = official("rpc_client")
    assert client.wait() == 0
    assert client.stdout == "832040\n"
    server.stop()
    official("rpc_server").expect("ready")
    assert finish("rpc/rpc_client.py", "7", "8").lines()[1::2] == [" [.] Got 1007", " [.] Got 1008"]
