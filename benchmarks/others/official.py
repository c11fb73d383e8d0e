"""The official scripts' way, with pika's BlockingConnection: publish, worker N, send, rpc."""

import os
import sys
import time
import uuid
import warnings

warnings.simplefilter("ignore")
import pika  # noqa: E402

job, *arguments = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
quorum = {"x-queue-type": "quorum"}
persistent = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
if job == "publish":
    channel.queue_declare(queue="task_queue", durable=True, arguments=quorum)
    channel.confirm_delivery()
    for line in sys.stdin.buffer:
        channel.basic_publish("", "task_queue", line.rstrip(), persistent, mandatory=True)
elif job == "send":
    channel.queue_declare(queue="hello", durable=True, arguments=quorum)
    channel.basic_publish(exchange="", routing_key="hello", body=b"Hello World!")
    print(" [x] Sent 'Hello World!'")
elif job == "worker":
    channel.queue_declare(queue="task_queue", durable=True, arguments=quorum)

    def callback(ch, method, _properties, body):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
        print(f" [x] Received {body.decode()}")
        time.sleep(body.count(b"."))
        print(" [x] Done")
        ch.basic_ack(delivery_tag=method.delivery_tag)

    channel.basic_qos(prefetch_count=int(arguments[0]))
    channel.basic_consume(queue="task_queue", on_message_callback=callback)
    channel.start_consuming()
else:
    queue = str(channel.queue_declare(queue="", exclusive=True).method.queue)
    answers: dict[object, bytes] = {}
    channel.basic_consume(
        queue=queue,
        on_message_callback=lambda _c, _m, p, body: answers.update({p.correlation_id: body}),
        auto_ack=True,
    )
    for line in sys.stdin.buffer:
        print(f" [x] Requesting fib({int(line)})")
        call = str(uuid.uuid4())
        properties = pika.BasicProperties(reply_to=queue, correlation_id=call)
        channel.basic_publish(
            exchange="", routing_key="rpc_queue", properties=properties, body=line.rstrip()
        )
        while call not in answers:
            connection.process_data_events(time_limit=None)
        print(f" [.] Got {int(answers.pop(call))}", flush=True)
connection.close()
