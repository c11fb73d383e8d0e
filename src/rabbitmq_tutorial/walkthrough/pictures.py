"""Draw the pictures of the stages anew while their scripts run: pictures/STAGE.svg."""

import os
import subprocess
import sys
import time
from typing import NamedTuple

from rabbitmq_tutorial.command_line import argument_parser, run_program
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.lab.see import svg, topology
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.walkthrough.page import ROOT

PATIENCE = 30.0  # seconds until all scripts are seen; what is said about producers may be 5 s old
SEND = """
import sys
sys.argv = ["hello_world/send.py"]  # the name of its connection
sys.path.insert(0, "hello_world")
from rabbitmq_tutorial import Producer
from send import QUEUE, declare
with Producer(declare) as producer:
    producer.publish(exchange="", routing_key=QUEUE, body=sys.stdin.buffer.readline().rstrip())
    sys.stdin.read()
"""


class Stage(NamedTuple):
    """The scripts of a stage, as arguments of Python, and what its producer is to send."""

    consumers: list[list[str]]
    producer: list[str]
    lines: list[str]
    answers: bool = False  # whether the consumers are producers too, and the producer a consumer
    ready: int = 0  # messages in all queues when the picture is drawn
    unacked: int = 0


STAGES = {
    # send.py ends when its message is sent: this does the same, and stays.
    "hello_world": Stage([["hello_world/receive.py"]], ["-c", SEND], ["Hello World!"]),
    "work_queues": Stage(
        [["work_queues/worker.py"], ["work_queues/worker.py"]],
        ["work_queues/new_task.py", "-"],
        ["a long task" + 60 * "."] * 5,
        ready=3,
        unacked=2,
    ),
    "publish_subscribe": Stage(
        [["publish_subscribe/receive_logs.py"], ["publish_subscribe/receive_logs.py"]],
        ["publish_subscribe/emit_log.py", "-"],
        ["warning: the disk is nearly full"],
    ),
    "routing": Stage(
        [
            ["routing/receive_logs_direct.py", "error"],
            ["routing/receive_logs_direct.py", "info", "warning", "error"],
        ],
        ["routing/emit_log_direct.py", "error", "-"],
        ["it broke"],
    ),
    "topics": Stage(
        [
            ["topics/receive_logs_topic.py", "kern.*", "*.critical"],
            ["topics/receive_logs_topic.py", "#"],
        ],
        ["topics/emit_log_topic.py", "kern.critical", "-"],
        ["the kernel is on fire"],
    ),
    "rpc": Stage([["rpc/rpc_server.py"]], ["rpc/rpc_client.py", "-"], ["30"], answers=True),
}


def main() -> None:
    """Draw them all, each on a broker of its own."""
    argument_parser(__doc__).parse_args()
    folder = ROOT / "pictures"
    if not folder.is_dir():
        raise Failure("the pictures are those of README.md, which only a checkout has")
    for name, stage in STAGES.items():
        with private_broker() as broker:
            os.environ.update(broker.environment)
            (folder / f"{name}.svg").write_text(drawn(stage), encoding="utf-8")
        print(f"wrote pictures/{name}.svg")


def drawn(stage: Stage) -> str:
    """Return the picture of a stage whose scripts run; they have ended then."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.extend(start(arguments) for arguments in stage.consumers)
        seen(0, len(stage.consumers), 0, 0)
        producer = start(stage.producer)
        running.append(producer)
        assert producer.stdin  # noqa: S101 - it is a pipe
        producer.stdin.write("".join(f"{line}\n" for line in stage.lines).encode())
        producer.stdin.flush()
        if stage.answers:
            exchanges = seen(len(running), len(running), stage.ready, stage.unacked)
            return svg.draw(apart(exchanges))
        exchanges = seen(1, len(stage.consumers), stage.ready, stage.unacked)
        return svg.draw(in_order(exchanges, [process.pid for process in running]))
    finally:
        for process in running:
            process.kill()
            process.communicate(timeout=PATIENCE)


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start a script, whose input stays open."""
    return subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


def apart(exchanges: list[topology.Exchange]) -> list[topology.Exchange]:
    """Return the default exchange once for each of its queues, with those who publish to that one.

    They are those who do not receive from it. What comes from a client's own queue is the reply,
    and stands below the request.
    """
    (default,) = exchanges
    ways = []
    for arrow in sorted(default.arrows, key=is_exclusive):
        senders = [client for client in default.producers if client.name not in receivers(arrow)]
        ways.append(default._replace(arrows=[arrow], producers=senders))
    return ways


def in_order(exchanges: list[topology.Exchange], pids: list[int]) -> list[topology.Exchange]:
    """Return the queues, whose names are random, in the order in which consumers were started."""

    def started(arrow: topology.Arrow) -> int:
        return pids.index(int(receivers(arrow)[0].split()[-1]))

    return [
        exchange._replace(arrows=sorted(exchange.arrows, key=started)) for exchange in exchanges
    ]


def receivers(arrow: topology.Arrow) -> list[str]:
    """Return the names of those who consume from the queue that an arrow leads to."""
    return [client.name for client in arrow.queue.consumers] if arrow.queue else []


def is_exclusive(arrow: topology.Arrow) -> bool:
    """Whether the queue that an arrow leads to is one connection's own."""
    return arrow.queue is not None and arrow.queue.exclusive


def seen(producers: int, consumers: int, ready: int, unacked: int) -> list[topology.Exchange]:
    """Return what the broker holds when it shows so many clients, by name, and messages.

    Raises Failure (75) if it never does.
    """
    wanted = producers, consumers, ready, unacked
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        exchanges = topology.look(Management())
        queues = {
            arrow.queue.name: arrow.queue
            for exchange in exchanges
            for arrow in exchange.arrows
            if arrow.queue
        }
        found = (
            sum(len(exchange.producers) for exchange in exchanges),
            sum(len(queue.consumers) for queue in queues.values()),
            sum(queue.ready for queue in queues.values()),
            sum(queue.unacked for queue in queues.values()),
        )
        if found == wanted and topology.settled(exchanges):
            return exchanges
        time.sleep(0.1)
    raise Failure(
        f"(producers, consumers, ready, unacked) are {found}, not {wanted}", Exit.TEMPORARY
    )


if __name__ == "__main__":
    run_program(main)
