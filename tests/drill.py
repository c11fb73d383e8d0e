"""Lose nothing, at full size (`make drill`): workers, brokers and leaders are killed.

Prints what was sent, received, duplicated and lost, and the longest gap; exits with 1 if anything
was lost.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pika
from pika.adapters.thread_safe_connection import Channel, Connection
from pika.spec import Basic

from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.private import private_broker

ROOT = Path(__file__).resolve().parents[1]
QUEUE = "task_queue"
TASKS, LINES, CLUSTER_LINES = 20_000, 1_000_000, 100_000


def script(
    broker: Broker,
    *arguments: str,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> subprocess.Popen[str]:
    """Start a script on the broker."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | broker.environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        encoding="utf-8",
    )


def feed(producer: subprocess.Popen[str], count: int) -> None:
    """Write so many numbers to a producer's stdin, one a line."""
    assert producer.stdin
    for number in range(count):
        producer.stdin.write(f"{number}\n")
    producer.stdin.close()


def memory(process: subprocess.Popen[str]) -> float:
    """Return the peak memory of a process in MB, 0 once it has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text("utf-8"))
    except OSError:
        return 0
    return int(found[1]) / 1000 if found else 0


class Drain:
    """Receives everything from the queue, and counts how often each body came."""

    def __init__(self, broker: Broker) -> None:
        self.seen: Counter[bytes] = Counter()
        self.gap, self._last = 0.0, time.monotonic()
        self._urls = broker.amqp_url.split(",")

    def until_empty(self) -> None:
        """Receive until the queue is empty."""
        with Connection(pika.URLParameters(self._urls[0])) as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=500)
            channel.basic_consume(QUEUE, self._on_message)
            rest = 1
            while rest or time.monotonic() - self._last < 1:
                rest = channel.queue_declare(QUEUE, passive=True).method.message_count or 0

    def _on_message(
        self, channel: Channel, method: Basic.Deliver, _properties: object, body: bytes
    ) -> None:
        self._last = time.monotonic()
        self.seen[body] += 1
        channel.basic_ack(method.delivery_tag or 0)


def report(name: str, wanted: int, seen: Counter[bytes], extra: str) -> bool:
    """Print a line of figures; return whether nothing was lost."""
    lost = sum(b"%d" % number not in seen for number in range(wanted))
    duplicated = seen.total() - len(seen)
    received = f"received {len(seen)}, duplicated {duplicated}, lost {lost}"
    print(f"{name}: sent {wanted}, {received}; {extra}")
    return lost == 0


def workers_killed() -> bool:
    """Three workers drain the queue while one of them is killed every second."""
    with private_broker() as broker:
        producer = script(
            broker, "work_queues/new_task.py", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        feed(producer, TASKS)
        assert producer.wait() == 0
        seen: Counter[bytes] = Counter()

        def read(worker: subprocess.Popen[str]) -> None:
            assert worker.stdout
            with worker.stdout as lines:
                seen.update(line.split()[-1].encode() for line in lines if "Received" in line)

        def hire() -> subprocess.Popen[str]:
            worker = script(
                broker, "work_queues/worker.py", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            threading.Thread(target=read, args=[worker], daemon=True).start()
            return worker

        workers, killed = [hire() for _ in range(3)], 0
        with Connection(pika.URLParameters(broker.amqp_url)) as connection:
            channel = connection.channel()
            while channel.queue_declare(QUEUE, passive=True).method.message_count:
                time.sleep(1)
                workers.pop(0).kill()
                workers.append(hire())
                killed += 1
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
            worker.wait()
        leftover = Drain(broker)
        leftover.until_empty()
        return report("workers killed", TASKS, seen + leftover.seen, f"{killed} workers killed")


def broker_killed() -> bool:
    """Send a million lines through one producer while the broker is killed and started twice."""
    with private_broker() as broker:
        producer = script(
            broker, "work_queues/new_task.py", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        feeder = threading.Thread(target=feed, args=[producer, LINES])
        feeder.start()
        peak = 0.0
        for kill in True, True, False:
            began = time.monotonic()
            while producer.poll() is None and (not kill or time.monotonic() - began < 8):
                peak = max(peak, memory(producer))
                time.sleep(0.1)
            if kill:
                broker.kill()
                broker.start()
        assert producer.stdout
        said, status = producer.stdout.read().strip(), producer.wait()
        feeder.join()
        drain = Drain(broker)
        drain.until_empty()
        extra = f"exit {status}, said {said!r}, peak memory {peak:.0f} MB"
        return report("broker killed twice", LINES, drain.seen, extra) and status == 0


def leader_killed() -> bool:
    """Kill the leader of three while lines flow from a producer to a worker."""
    with private_broker(3) as broker:
        producer = script(
            broker, "work_queues/new_task.py", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        feeder = threading.Thread(target=feed, args=[producer, CLUSTER_LINES])
        feeder.start()
        worker = script(
            broker, "work_queues/worker.py", "--prefetch", "100", stdout=subprocess.PIPE
        )
        seen: Counter[bytes] = Counter()
        gap = 0.0

        def lines() -> Iterator[str]:
            nonlocal gap
            assert worker.stdout
            last = time.monotonic()
            for line in worker.stdout:
                if seen:
                    gap = max(gap, time.monotonic() - last)
                last = time.monotonic()
                if "Received" in line:
                    yield line

        for line in lines():
            seen[line.split()[-1].encode()] += 1
            if seen.total() == CLUSTER_LINES // 3:
                threading.Thread(
                    target=broker.kill, args=[1]
                ).start()  # where the queue was declared, its leader is
            if len(seen) == CLUSTER_LINES:
                break
        worker.kill()
        status = producer.wait()
        return (
            report("leader killed", CLUSTER_LINES, seen, f"exit {status}, longest gap {gap:.1f} s")
            and status == 0
        )


if __name__ == "__main__":
    results = [drill() for drill in (workers_killed, broker_killed, leader_killed)]
    sys.exit(0 if all(results) else 1)
