"""Workers share the tasks of a queue, and no task is lost."""

from __future__ import annotations

from pika.adapters.thread_safe_connection import Channel

from conftest import READY, Script, Start, wait_until


def start_worker(start: Start) -> Script:
    """Start a worker and wait for it: two that declare a new queue at one moment may fail."""
    worker = start("work_queues/worker.py")
    worker.expect(READY)
    return worker


def test_tasks_go_round_robin(start: Start, finish: Start) -> None:
    workers = [start_worker(start), start_worker(start)]
    for number in range(6):
        finish("work_queues/new_task.py", f"task{number}")
        done = f"task{number}\n [x] Done"
        wait_until(lambda done=done: any(done in worker.stdout for worker in workers))  # type: ignore[misc]
    assert [worker.stdout.count("Done") for worker in workers] == [3, 3]


def test_the_free_worker_gets_the_next_task(start: Start, finish: Start) -> None:
    busy, free = start_worker(start), start_worker(start)
    finish("work_queues/new_task.py", "long" + "." * 60)
    wait_until(lambda: "long" in busy.stdout + free.stdout)
    busy, free = (busy, free) if "long" in busy.stdout else (free, busy)
    for number in range(4):
        finish("work_queues/new_task.py", f"short{number}")
    free.expect("short3")
    assert "Done" not in busy.stdout


def test_a_killed_worker_loses_no_task(start: Start, finish: Start) -> None:
    finish("work_queues/new_task.py", "precious..")
    first = start("work_queues/worker.py")
    first.expect("Received precious")
    first.process.kill()
    second = start("work_queues/worker.py")
    second.expect("Received precious")
    second.expect("Done")
    second.stop()


def test_a_million_would_do_too(start: Start, finish: Start, channel: Channel) -> None:
    tasks = b"".join(b"%d\n" % number for number in range(3000))
    sent = finish("work_queues/new_task.py", "-", stdin=tasks)
    assert sent.stdout == " [x] Sent 3000 tasks\n"
    assert channel.queue_declare("task_queue", passive=True).method.message_count == 3000
    worker = start("work_queues/worker.py", "--prefetch", "100")
    worker.expect("Received 2999", seconds=60)
    worker.expect("Done")
    worker.stop()
    assert worker.lines()[1::2] == [f" [x] Received {number}" for number in range(3000)]


def test_no_task_is_lost_with_its_workers(start: Start, finish: Start, channel: Channel) -> None:
    finish(
        "work_queues/new_task.py", "-", stdin=b"".join(b"%d\n" % number for number in range(2000))
    )
    workers: list[Script] = []
    for _ in range(6):
        workers = [*workers[-2:], start("work_queues/worker.py", "--prefetch", "10")]
        workers[-1].expect("Done|Waiting")
        workers[0].process.kill()
    wait_until(
        lambda: channel.queue_declare("task_queue", passive=True).method.message_count == 0, 60
    )
    workers[-1].stop()
    assert channel.queue_declare("task_queue", passive=True).method.message_count == 0
