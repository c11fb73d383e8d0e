"""Delete and empty what the tutorial has left behind.

One rule for all that destroys (delete, purge, reset): if messages would be lost, or somebody
listens, a person is asked first; where nobody can be asked, it takes --force. Else it is just done.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial.command_line import printable
from rabbitmq_tutorial.connection import connect
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.see import snapshot
from rabbitmq_tutorial.lab.see.management import Management

QUEUES = ["hello", "task_queue", "rpc_queue", "dead_tasks"]
EXCHANGES = ["logs", "direct_logs", "topic_logs", "header_logs"]
POLICY = "tutorial-"  # the names of the tutorial's policies begin like this
EXPIRE = f"{POLICY}expire-"  # with the name of the queue behind it
LATE = 1.5  # seconds after which our brokers have told that a message was acknowledged
NEAR = 0.7  # how alike two names must be for one to be meant by the other: 1 is the same name


class Held:
    """What the broker holds, by name."""

    def __init__(self, management: Management) -> None:
        self.queues = {row["name"]: row for row in snapshot.queues(management)}
        self.exchanges = {row["name"] for row in snapshot.exchanges(management) if row["name"]}
        self.bindings = Counter(row["source"] for row in snapshot.bindings(management))

    def need_queue(self, name: str) -> None:
        """Raise Failure for a name that no queue has."""
        if name not in self.queues:
            if name in self.exchanges:
                raise Failure(f"{name!r} is an exchange: it holds no messages")
            raise unknown("queue", name, self.queues)


def look(management: Management, names: Iterable[str], *, force: bool) -> Held:
    """Return what the broker holds.

    RabbitMQ tells late that a message was acknowledged. So, unless forced, look again for a while
    as long as queues of these names have unacknowledged messages.
    """
    deadline = time.monotonic() + LATE
    while True:
        held = Held(management)
        queues = [held.queues[name] for name in names if name in held.queues]
        unacknowledged = sum(queue["messages_unacknowledged"] for queue in queues)
        if force or not unacknowledged or time.monotonic() > deadline:
            return held
        time.sleep(0.1)


def unknown(what: str, name: str, known: Iterable[str]) -> Failure:
    """Return the failure for a name that nothing of this kind has, with one that may be meant."""
    candidates = [one for one in known if not one.startswith("amq.")]
    near = get_close_matches(name, candidates, 1, NEAR)
    suggestion = f"; did you mean {near[0]!r}?" if near else ""
    return Failure(f"there is no {what} {name!r}{suggestion}")


def delete(names: list[str], *, force: bool) -> None:
    """Delete queues and exchanges; of two with the same name, the queue. Raises Failure (1)."""
    held = look(Management(), names, force=force)
    queues, exchanges = [], []
    for name in dict.fromkeys(names):
        if name in held.queues:
            queues.append(name)
        elif name in held.exchanges:
            exchanges.append(name)
        else:
            raise unknown("queue or exchange", name, held.queues.keys() | held.exchanges)
    remove(held, queues, exchanges, force=force)
    for name in queues:
        print(f"deleted queue {printable(name)}")
    for name in exchanges:
        print(f"deleted exchange {printable(name)}")


def purge(name: str, *, force: bool) -> None:
    """Delete the ready messages of a queue."""
    held = Held(Management())
    held.need_queue(name)
    ready, _ = snapshot.live_counts([name]).get(name, (held.queues[name]["messages_ready"], 0))
    if ready and not force:
        question = "Delete it?" if ready == 1 else "Delete them?"
        agree([f"queue {name!r} has {count(ready, 'message')}"], question)
    deleted = 0

    def empty(channel: Channel) -> None:
        nonlocal deleted
        deleted = channel.queue_purge(name).method.message_count or 0

    connect(empty).close()
    print(f"purged queue {printable(name)}: {count(deleted, 'message')} deleted")


def reset(*, force: bool) -> None:
    """Delete everything that the tutorial declared, and nothing else."""
    management = Management()
    held = look(management, QUEUES, force=force)
    queues = [name for name in QUEUES if name in held.queues]
    exchanges = [name for name in EXCHANGES if name in held.exchanges]
    remove(held, queues, exchanges, force=force)
    policies = []
    for policy in management.get("policies", management.vhost):
        if policy["name"].startswith(POLICY):
            management.request("DELETE", "policies", management.vhost, policy["name"])
            policies.append(printable(policy["name"]))
    done = ", ".join([*queues, *exchanges, *policies])
    print(f"deleted {done}" if done else "nothing to delete: the tutorial has left nothing behind")


def expire(name: str, seconds: int) -> None:
    """Let RabbitMQ delete a queue that nobody has used for so many seconds, by a policy."""
    management = Management()
    Held(management).need_queue(name)
    policy = {
        "pattern": f"^{re.escape(name)}$",
        "definition": {"expires": 1000 * seconds},
        "apply-to": "queues",
    }
    management.request("PUT", "policies", management.vhost, EXPIRE + name, json=policy)
    shown = printable(name)
    print(
        f"queue {shown} will be deleted when nobody has used it for {seconds} s"
        f" (policy {EXPIRE}{shown})"
    )


def remove(held: Held, queues: list[str], exchanges: list[str], *, force: bool) -> None:
    """Delete over AMQP, for a URL cannot carry every name; ask first where the rule says so."""
    reasons = in_use(held, queues, exchanges)
    if reasons and not force:
        agree(reasons, "Delete?")

    def delete_all(channel: Channel) -> None:
        for name in queues:
            channel.queue_delete(name)
        for name in exchanges:
            channel.exchange_delete(name)

    connect(delete_all).close()


def in_use(held: Held, queues: list[str], exchanges: list[str]) -> list[str]:
    """Return what would be lost, and who would hear nothing more, if these were deleted.

    Raises Failure for what RabbitMQ would not delete.
    """
    found = []
    for name in queues:
        if held.queues[name]["exclusive"]:
            raise Failure(f"queue {name!r} belongs to a running script and goes with it")
    live = snapshot.live_counts(queues)  # also of queues that expire, whose counts in held are old
    for name, (ready, consumers) in live.items():
        messages = ready + held.queues[name]["messages_unacknowledged"]
        if messages or consumers:
            has = f"{count(messages, 'message')} and {count(consumers, 'consumer')}"
            found.append(f"queue {name!r} has {has}")
    for name in exchanges:
        if name.startswith("amq."):
            raise Failure(f"exchange {name!r} is RabbitMQ's own: it cannot be deleted")
        if held.bindings[name]:
            bindings = count(held.bindings[name], "binding")
            listener = "its listener" if held.bindings[name] == 1 else "its listeners"
            found.append(f"exchange {name!r} has {bindings} ({listener} would hear nothing more)")
    return found


def agree(reasons: list[str], question: str) -> None:
    """Ask a person, and say what speaks against it; raises Failure if the answer is not yes."""
    situation = "; ".join(reasons)
    if not (sys.stdin and sys.stdin.isatty()):
        raise Failure(f"{situation}: --force deletes nevertheless")
    try:
        answer = input(f"{situation}. {question} [y/N] ").strip().lower()
    except EOFError:  # Ctrl-D leaves the cursor behind the question
        answer = ""
        print()
    if answer not in ("y", "yes"):
        raise Failure("nothing deleted")


def count(number: int, what: str) -> str:
    """Return so many of what, one without an s."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
