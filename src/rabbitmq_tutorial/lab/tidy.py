"""Delete and empty what the tutorial has left behind.

One rule for all that destroys (delete, purge, reset): if messages would be lost, or somebody
listens, a person is asked first; where nobody can be asked, it takes --force. Else it is just done.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial.command_line import printable
from rabbitmq_tutorial.connection import connect
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.see import snapshot
from rabbitmq_tutorial.lab.see.management import Management

QUEUES = ["hello", "task_queue", "rpc_queue"]
EXCHANGES = ["logs", "direct_logs", "topic_logs", "header_logs"]
POLICY = "tutorial-expire-"  # with the name of the queue behind it
NEAR = 0.7  # how alike two names must be for one to be meant by the other: 1 is the same name


class Held:
    """What the broker holds, by name."""

    def __init__(self, management: Management) -> None:
        self.queues = {row["name"]: row for row in snapshot.queues(management)}
        self.exchanges = {row["name"] for row in snapshot.exchanges(management) if row["name"]}
        self._bound = Counter(row["source"] for row in snapshot.bindings(management))

    def need(self, name: str, names: Iterable[str]) -> None:
        """Raise Failure for a name that does not exist, with the one that may be meant."""
        names = set(names)
        if name in names:
            return
        if name in self.exchanges:
            raise Failure(f"{name!r} is an exchange: it holds no messages")
        deletable = [one for one in names if not one.startswith("amq.")]
        near = get_close_matches(name, deletable, 1, NEAR)
        raise Failure(f"there is no {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))

    def need_deletable(self, names: Iterable[str]) -> None:
        """Raise Failure for what RabbitMQ would not delete."""
        for name in names:
            if name in self.queues:
                if self.queues[name]["exclusive"]:
                    raise Failure(f"queue {name!r} belongs to a running script and goes with it")
            elif name.startswith("amq."):
                raise Failure(f"exchange {name!r} is RabbitMQ's own: it cannot be deleted")

    def in_use(self, names: Iterable[str]) -> list[str]:
        """Return what would be lost, and who would be disturbed, if these were deleted."""
        found = []
        for name in names:
            if name not in self.queues:
                if self._bound[name]:
                    bindings = count(self._bound[name], "binding")
                    found.append(f"exchange {name!r} has {bindings} of those who listen")
                continue
            queue = self.queues[name]
            messages = queue["messages_ready"] + queue["messages_unacknowledged"]
            if messages or queue["consumers"]:
                has = f"{count(messages, 'message')} and {count(queue['consumers'], 'consumer')}"
                found.append(f"queue {name!r} has {has}")
        return found


def delete(names: list[str], *, force: bool) -> None:
    """Delete queues and exchanges; of two with the same name, the queue. Raises Failure (1)."""
    names = list(dict.fromkeys(names))
    with Management() as management:
        held = Held(management)
    for name in names:
        held.need(name, held.queues.keys() | held.exchanges)
    held.need_deletable(names)
    if not force:
        agree(held.in_use(names))
    over_amqp(held, names)
    for name in names:
        print(f"deleted {'queue' if name in held.queues else 'exchange'} {printable(name)}")


def purge(name: str, *, force: bool) -> None:
    """Delete the ready messages of a queue."""
    with Management() as management:
        held = Held(management)
    held.need(name, held.queues)
    ready = held.queues[name]["messages_ready"]
    if ready and not force:
        agree([f"queue {name!r} has {count(ready, 'message')}"])
    deleted = 0

    def empty(channel: Channel) -> None:
        nonlocal deleted
        deleted = channel.queue_purge(name).method.message_count or 0

    connect(empty).close()
    print(f"purged queue {printable(name)}: {count(deleted, 'message')} deleted")


def reset(*, force: bool) -> None:
    """Delete everything that the tutorial declared, and nothing else."""
    with Management() as management:
        held = Held(management)
        names = [name for name in QUEUES if name in held.queues]
        names += [name for name in EXCHANGES if name in held.exchanges]
        held.need_deletable(names)
        if not force:
            agree(held.in_use(names))
        over_amqp(held, names)
        for policy in management.get("policies", management.vhost):
            if policy["name"].startswith(POLICY):
                management.request("DELETE", "policies", management.vhost, policy["name"])
                names.append(policy["name"])
    if names:
        print(f"deleted {', '.join(map(printable, names))}")
    else:
        print("nothing to delete: the tutorial has left nothing behind")


def expire(name: str, seconds: int) -> None:
    """Let RabbitMQ delete a queue that nobody has used for so many seconds, by a policy."""
    with Management() as management:
        held = Held(management)
        held.need(name, held.queues)
        policy = {
            "pattern": f"^{re.escape(name)}$",
            "definition": {"expires": 1000 * seconds},
            "apply-to": "queues",
        }
        management.request("PUT", "policies", management.vhost, POLICY + name, json=policy)
    shown = printable(name)
    print(
        f"queue {shown} will be deleted when nobody has used it for {seconds} s"
        f" (policy {POLICY}{shown})"
    )


def over_amqp(held: Held, names: list[str]) -> None:
    """Delete these queues and exchanges; a URL could not carry every name."""

    def remove(channel: Channel) -> None:
        for name in names:
            if name in held.queues:
                channel.queue_delete(name)
            else:
                channel.exchange_delete(name)

    connect(remove).close()


def agree(reasons: list[str]) -> None:
    """Ask a person about these reasons not to go on; raises Failure if the answer is not yes."""
    if not reasons:
        return
    situation = "; ".join(reasons)
    if not (sys.stdin and sys.stdin.isatty()):
        raise Failure(f"{situation}: --force deletes nevertheless")
    answer = ""
    with suppress(EOFError):
        answer = input(f"{situation}. Delete? [y/N] ").strip().lower()
    if answer not in ("y", "yes"):
        raise Failure("nothing deleted")


def count(number: int, what: str) -> str:
    """Return so many of what, one without an s."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
