"""A cluster of three: any one node may die, the leader too; a majority may go and come back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import Api
from conftest import READY, Start, start_on, wait_until
from forked import run_broker
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.walkthrough.page import pages, steps
from rabbitmq_tutorial.walkthrough.play import play
from script import impatient

LINES = 3000


@pytest.fixture(scope="module")
def cluster() -> Iterator[Broker]:
    with private_broker(3) as started:
        yield started


@pytest.fixture
def start_there(cluster: Broker) -> Iterator[Start]:
    with start_on(cluster.amqp_url) as started:
        yield started


def lab(cluster: Broker, *arguments: str) -> str:
    done = run_broker([*arguments], os.environ | cluster.environment, seconds=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def the_queue(cluster: Broker, online: int) -> dict[str, Any] | None:
    """Return what a living node says of task_queue, once so many of its three replicas run."""
    for number in cluster.numbers:
        if cluster.alive(number):
            api = Api(cluster.management[number - 1])
            found: dict[str, Any] = api.get("/queues/%2F/task_queue")
            return (
                found
                if len(found.get("members") or []) == 3 and len(found.get("online") or []) == online
                else None
            )
    return None


def leader(cluster: Broker, online: int = 3) -> int:
    found = wait_until(lambda: the_queue(cluster, online), 60)
    return 1 + sorted(found["members"]).index(found["leader"])


def test_what_the_pages_say_of_a_cluster(cluster: Broker) -> None:
    played = [page for page in pages() if any(steps(page, nodes=3))]
    assert played
    for page in played:
        lab(cluster, "reset")
        play(page, os.environ | cluster.environment, lambda _terminal, _line: None, nodes=3)


def test_one_node_dies_and_then_another(
    cluster: Broker, start_there: Start, tmp_path: Path
) -> None:
    leader_dies_in_mid_stream(cluster, start_there)
    majority_goes_and_comes_back(cluster, start_there, tmp_path)


def leader_dies_in_mid_stream(cluster: Broker, start_there: Start) -> None:
    """Kill the node that leads the queue, while messages flow."""
    worker = start_there("work_queues/worker.py", "--prefetch", "100")
    worker.expect(READY)
    tasks = start_there("work_queues/new_task.py", "-")
    tasks.write(b"".join(b"%d\n" % number for number in range(LINES // 2)))
    worker.expect(f"Received {LINES // 2 - 1}$", 60)
    victim = leader(cluster)
    assert "task_queue" in lab(cluster, "nodes").splitlines()[victim]
    lab(cluster, "kill", str(victim))
    tasks.write(b"".join(b"%d\n" % number for number in range(LINES // 2, LINES)))
    worker.expect(f"Received {LINES - 1}$", 60)
    assert tasks.wait() == 0, tasks.stderr
    wanted = {
        str(number) for number in range(LINES)
    }  # those that were sent again come after the last
    wait_until(
        lambda: wanted == {line.split()[-1] for line in worker.lines() if "Received" in line}, 60
    )
    wait_until(
        lambda: f"rabbit{victim}" in lab(cluster, "nodes") and "false" in lab(cluster, "nodes"), 60
    )
    worker.stop()


def majority_goes_and_comes_back(cluster: Broker, start_there: Start, folder: Path) -> None:
    """Kill one of the two nodes that are left, and start it again."""
    first = start_there("work_queues/new_task.py", "before")
    assert first.wait() == 0, first.stderr
    leads = leader(cluster, online=2)
    victim = next(n for n in cluster.numbers if cluster.alive(n) and n != leads)
    script = impatient(folder, "work_queues/new_task.py")
    tasks, patient = start_there(script, "-"), start_there("work_queues/new_task.py", "-")
    tasks.write(b"one\n")
    patient.write(b"three\n")
    wait_until(lambda: "task_queue\t3" in lab(cluster, "queues"))
    cluster.kill(victim)
    tasks.write(b"two\n")
    tasks.close()
    late = start_there(script, "never")
    assert late.wait(60) in (69, 75), late.stderr
    assert len(late.stderr.splitlines()) >= 1
    assert tasks.wait(60) in (69, 75)
    assert "of 2 messages confirmed" in tasks.stderr
    patient.write(b"four\n")
    cluster.start(victim)  # two of three are a majority
    assert patient.wait(60) == 0, patient.stderr
    assert patient.stdout == " [x] Sent 2 tasks\n"
    worker = start_there("work_queues/worker.py")
    worker.expect("Received before", 60)
    worker.expect("Received four", 60)
    worker.stop()
