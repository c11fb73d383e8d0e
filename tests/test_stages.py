"""Each stage, as a reader plays it."""

from __future__ import annotations

import signal

import pytest
from pika.adapters.thread_safe_connection import Channel

from conftest import Script, Start, wait_until

WAITING = r"^ \[\*\] Waiting for (messages|logs)\. To exit press CTRL\+C$"


def start_worker(start: Start) -> Script:
    """Start a worker and wait for it: RabbitMQ 4.0 fails if two declare a new quorum queue at one moment."""
    worker = start("work_queues/worker.py")
    worker.expect(WAITING)
    return worker


def test_hello_world(start: Start, finish: Start, channel: Channel) -> None:
    for number in range(4):
        assert finish("hello_world/send.py", f"message {number}").lines() == [f" [x] Sent 'message {number}'"]
    assert channel.queue_declare("hello", passive=True).method.message_count == 4
    receive = start("hello_world/receive.py")
    receive.expect(r"^ \[x\] Received message 3$")
    receive.stop()
    assert receive.lines() == [
        " [*] Waiting for messages. To exit press CTRL+C", *(f" [x] Received message {number}" for number in range(4))
    ]  # fmt: skip
    assert channel.queue_declare("hello", passive=True).method.message_count == 0


def test_defaults_are_those_of_the_official_scripts(finish: Start) -> None:
    assert finish("hello_world/send.py").stdout == " [x] Sent 'Hello World!'\n"
    assert finish("work_queues/new_task.py").stdout == " [x] Sent Hello World!\n"
    assert finish("publish_subscribe/emit_log.py").stdout == " [x] Sent info: Hello World!\n"
    assert finish("routing/emit_log_direct.py").stdout == " [x] Sent info:Hello World!\n"
    assert finish("topics/emit_log_topic.py").stdout == " [x] Sent anonymous.info:Hello World!\n"


def test_tasks_go_round_robin(start: Start, finish: Start) -> None:
    workers = [start_worker(start), start_worker(start)]
    for number in range(6):
        finish("work_queues/new_task.py", f"task{number}")
        done = f"task{number}\n [x] Done"
        wait_until(lambda done=done: any(done in worker.stdout for worker in workers))  # type: ignore[misc]
    assert [worker.stdout.count("Done") for worker in workers] == [3, 3]


def test_the_free_worker_gets_the_next_task(start: Start, finish: Start) -> None:
    busy, free = start_worker(start), start_worker(start)
    finish("work_queues/new_task.py", "long....")
    wait_until(lambda: "long" in busy.stdout + free.stdout)
    busy, free = (busy, free) if "long" in busy.stdout else (free, busy)
    for number in range(4):
        finish("work_queues/new_task.py", f"short{number}")
    free.expect("short3")
    assert "Done" not in busy.stdout
    busy.expect("Done")


def test_a_killed_worker_loses_no_task(start: Start, finish: Start) -> None:
    finish("work_queues/new_task.py", "precious..")
    first = start("work_queues/worker.py")
    first.expect("Received precious")
    second = start("work_queues/worker.py")
    second.expect(WAITING)
    first.signal(signal.SIGKILL)
    second.expect("Received precious")
    second.expect("Done")
    second.stop()


def test_a_log_reaches_everybody_who_listens(start: Start, finish: Start) -> None:
    receivers = [start("publish_subscribe/receive_logs.py") for _ in range(2)]
    for receiver in receivers:
        receiver.expect(WAITING)
    finish("publish_subscribe/emit_log.py", "to", "all")
    for receiver in receivers:
        receiver.expect(r"^ \[x\] to all$")
        receiver.stop()


@pytest.mark.parametrize(
    ("script", "exchange"),
    [("publish_subscribe/emit_log.py", "logs"), ("routing/emit_log_direct.py", "direct_logs"),
     ("topics/emit_log_topic.py", "topic_logs")],
)  # fmt: skip
def test_a_log_without_listeners_is_discarded_and_said(finish: Start, script: str, exchange: str) -> None:
    emitted = finish(script)
    assert len(emitted.stderr.splitlines()) == 1
    assert f"no queue is bound to exchange '{exchange}'" in emitted.stderr


def test_direct_routes_by_severity(start: Start, finish: Start) -> None:
    errors, everything = start("routing/receive_logs_direct.py", "error"), start(
        "routing/receive_logs_direct.py", "info", "warning", "error"
    )
    errors.expect(WAITING)
    everything.expect(WAITING)
    assert finish("routing/emit_log_direct.py", "info", "fine").stdout == " [x] Sent info:fine\n"
    assert "routing key 'debug'" in finish("routing/emit_log_direct.py", "debug", "unheard").stderr
    finish("routing/emit_log_direct.py", "error", "broken")
    everything.expect("error:broken")
    errors.expect("error:broken")
    assert errors.lines()[1:] == [" [x] error:broken"]
    assert everything.lines()[1:] == [" [x] info:fine", " [x] error:broken"]


def test_headers_match_all_or_any(start: Start, finish: Start) -> None:
    both = start("routing/receive_logs_headers.py", "severity=error", "source=kern")
    either = start("routing/receive_logs_headers.py", "--any", "severity=error", "source=kern")
    both.expect(WAITING)
    either.expect(WAITING)
    finish("routing/emit_log_headers.py", "source=cron", "severity=error", "--", "-one")
    finish("routing/emit_log_headers.py", "source=kern", "severity=error", "--", "two")
    assert "discarded" in finish("routing/emit_log_headers.py", "source=cron", "--", "three").stderr
    both.expect("two")
    either.expect("two")
    assert len(both.lines()) == 2
    assert [line[-4:] for line in either.lines()[1:]] == ["-one", ":two"]


def test_topics_match_word_by_word(start: Start, finish: Start) -> None:
    some = start("topics/receive_logs_topic.py", "kern.*", "*.critical")
    every = start("topics/receive_logs_topic.py", "#")
    some.expect(WAITING)
    every.expect(WAITING)
    for key in "kern.critical", "kern.net.info", "kern", "cron.critical", "ünï.critical":
        assert finish("topics/emit_log_topic.py", key, "text").stdout == f" [x] Sent {key}:text\n"
    every.expect("ünï")
    some.expect("ünï")
    assert some.lines()[1:] == [" [x] kern.critical:text", " [x] cron.critical:text", " [x] ünï.critical:text"]
    assert len(every.lines()) == 6


def test_a_million_would_do_too(start: Start, finish: Start, channel: Channel) -> None:
    sent = finish("work_queues/new_task.py", "-", stdin=b"".join(b"%d\n" % number for number in range(10_000)))
    assert sent.stdout == " [x] Sent 10000 tasks\n"
    assert channel.queue_declare("task_queue", passive=True).method.message_count == 10_000
    worker = start("work_queues/worker.py", "--prefetch", "100")
    worker.expect("Received 9999", seconds=60)
    worker.expect("Done")
    worker.stop()
    assert worker.lines()[1::2] == [f" [x] Received {number}" for number in range(10_000)]


@pytest.mark.parametrize(
    ("receiver", "emitter", "keys"),
    [("publish_subscribe/receive_logs.py", "publish_subscribe/emit_log.py", []),
     ("routing/receive_logs_direct.py", "routing/emit_log_direct.py", ["error"]),
     ("topics/receive_logs_topic.py", "topics/emit_log_topic.py", ["a.b"])],
)  # fmt: skip
def test_logs_stream_from_stdin(start: Start, finish: Start, receiver: str, emitter: str, keys: list[str]) -> None:
    receive = start(receiver, *keys)
    receive.expect(WAITING)
    assert finish(emitter, *keys, "-", stdin=b"one\r\ntwo\n\nlast").stdout == " [x] Sent 4 messages\n"
    receive.expect("last")
    prefix = f"{keys[0]}:" if keys else ""
    assert receive.lines()[1:] == [f" [x] {prefix}{line}" for line in ("one", "two", "", "last")]
