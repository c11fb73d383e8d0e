"""What a picture shows: exchanges, arrows, queues and consumers, made of the tables' rows."""

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from rabbitmq_tutorial.lab.see import snapshot
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.lab.see.snapshot import Row

DEFAULT = "(default)"
UNKNOWN = "..."  # a consumer whose name the management API does not have yet
SETTLED = 5.0  # seconds that it may need to have it, on a broker with the settings that RabbitMQ comes with


class Queue(NamedTuple):
    """A queue, and the names of those that consume from it."""

    name: str
    ready: int
    unacked: int
    consumers: list[str]
    exclusive: bool = False


class Arrow(NamedTuple):
    """From an exchange to a queue, or (then queue is None) to another exchange; keys are the binding keys on it."""

    keys: list[str]
    target: str
    queue: Queue | None


class Exchange(NamedTuple):
    """An exchange with what is bound to it."""

    name: str
    kind: str
    arrows: list[Arrow]


def look(management: Management, *, everything: bool = False) -> list[Exchange]:
    """Return what the broker holds now."""
    rows = snapshot.exchanges(management), snapshot.bindings(management)
    return arrange(
        *rows, snapshot.queues(management), snapshot.consumers_of(management), everything=everything
    )


def settled_look(management: Management, *, everything: bool = False) -> list[Exchange]:
    """Return what the broker holds now, with the names of its consumers if they come to be known soon."""
    deadline = time.monotonic() + SETTLED
    while True:
        exchanges = look(management, everything=everything)
        queues = [arrow.queue for exchange in exchanges for arrow in exchange.arrows if arrow.queue]
        unknown = any(
            UNKNOWN in queue.consumers or (queue.exclusive and not queue.consumers)
            for queue in queues
        )
        if not unknown or time.monotonic() > deadline:
            return exchanges
        time.sleep(0.1)


def arrange(
    exchanges: Iterable[Row],
    bindings: Iterable[Row],
    queues: Iterable[Row],
    consumers: Iterable[Row],
    *,
    everything: bool = False,
) -> list[Exchange]:
    """Return the exchanges in the order of their names, the default one last.

    The default exchange is left with the queues that no other one reaches: for the rest it explains nothing. Those
    that RabbitMQ brings along are left out until something is bound to them, or everything is wanted.
    """
    who: defaultdict[str, list[str]] = defaultdict(list)
    for consumer in consumers:
        who[consumer["queue"]].append(consumer["consumer"])
    known: dict[str, Queue] = {}
    for row in queues:
        names = who[row["name"]]
        missing = (row.get("consumers") or 0) - len(
            names
        )  # connected, and the management API has no name for it yet
        counts = row.get("messages_ready") or 0, row.get("messages_unacknowledged") or 0
        known[row["name"]] = Queue(
            row["name"], *counts, names + [UNKNOWN] * missing, bool(row.get("exclusive"))
        )
    keys: defaultdict[str, defaultdict[tuple[str, str], list[str]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in bindings:
        if row.get("source"):
            target = row.get("destination_type") or "queue", row.get("destination") or ""
            keys[row["source"]][target].append(label(row))
    reached = {name for bound in keys.values() for kind, name in bound if kind == "queue"}
    found = []
    for row in sorted(exchanges, key=lambda row: str(row["name"])):
        bound = keys[row["name"]]
        builtin = not row["name"] or row["name"].startswith("amq.")
        if bound or everything or not builtin:
            arrows = [
                Arrow(sorted(labels), name, known.get(name) if kind == "queue" else None)
                for (kind, name), labels in bound.items()
            ]
            if row["name"]:
                found.append(
                    Exchange(row["name"], row.get("type") or "?", sorted(arrows, key=order))
                )
    alone = [name for name in sorted(known) if everything or name not in reached]
    if alone:
        found.append(
            Exchange(DEFAULT, "direct", [Arrow([name], name, known[name]) for name in alone])
        )
    return found


def order(arrow: Arrow) -> tuple[list[str], list[str], str]:
    """Sort by binding keys and scripts first: the names of server-named queues are random."""
    return arrow.keys, sorted(arrow.queue.consumers) if arrow.queue else [], arrow.target


def label(binding: Row) -> str:
    """Return the binding key, or the arguments that a headers exchange compares."""
    arguments = binding.get("arguments") or {}
    words = [f"{name}={value}" for name, value in sorted(arguments.items()) if name != "x-match"]
    match = f"{arguments['x-match']} of " if "x-match" in arguments else ""
    return match + " ".join(words) if words else binding.get("routing_key") or ""
