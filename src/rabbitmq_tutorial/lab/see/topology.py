"""What a picture shows: producers, exchanges, queues, consumers and the arrows between them."""

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from rabbitmq_tutorial.lab.see import snapshot, traffic
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.lab.see.snapshot import REPORTED, UNKNOWN, Row

DEFAULT = "(default)"


class Traffic(NamedTuple):
    """How many messages have gone along an arrow, and how many do in a second now."""

    messages: int = 0
    rate: float = 0.0


class Client(NamedTuple):
    """A producer or a consumer, under the name of its connection."""

    name: str
    traffic: Traffic = Traffic()


class Queue(NamedTuple):
    """A queue, and those that consume from it."""

    name: str
    ready: int
    unacked: int
    consumers: list[Client]
    exclusive: bool = False


class Arrow(NamedTuple):
    """From an exchange to a queue or, then queue is None, to another exchange."""

    keys: list[str]  # binding keys
    target: str
    queue: Queue | None
    traffic: Traffic = Traffic()


class Exchange(NamedTuple):
    """An exchange with what is bound to it, and those that publish to it."""

    name: str
    kind: str
    arrows: list[Arrow]
    producers: list[Client]


def look(
    management: Management, *, everything: bool = False, deliveries: bool = False
) -> list[Exchange]:
    """Return what the broker holds now; what consumers were sent only if deliveries are wanted."""
    exchanges, bindings = snapshot.exchanges(management), snapshot.bindings(management)
    queues, consumers = snapshot.queues(management), snapshot.consumers_of(management)
    published, routed = traffic.of_exchanges(management)
    if deliveries:
        consumers = traffic.of_consumers(management, consumers)
    return arrange(exchanges, bindings, queues, consumers, published, routed, everything=everything)


def settled_look(management: Management, *, everything: bool = False) -> list[Exchange]:
    """Return what the broker holds now, with the names of its clients if they are known soon."""
    deadline = time.monotonic() + REPORTED
    while True:
        exchanges = look(management, everything=everything)
        if settled(exchanges) or time.monotonic() > deadline:
            return exchanges
        time.sleep(0.1)


def settled(exchanges: list[Exchange]) -> bool:
    """Whether every client has a name; an exclusive queue has a consumer, known or not."""
    queues = [arrow.queue for exchange in exchanges for arrow in exchange.arrows if arrow.queue]
    clients = [client for queue in queues for client in queue.consumers]
    clients += [client for exchange in exchanges for client in exchange.producers]
    deaf = any(queue.exclusive and not queue.consumers for queue in queues)
    return not deaf and UNKNOWN not in [client.name for client in clients]


def arrange(  # noqa: PLR0913, PLR0917 - a table each
    exchanges: Iterable[Row],
    bindings: Iterable[Row],
    queues: Iterable[Row],
    consumers: Iterable[Row],
    published: Iterable[Row] = (),
    routed: Iterable[Row] = (),
    *,
    everything: bool = False,
) -> list[Exchange]:
    """Return the exchanges in the order of their names, the default one last.

    The default exchange is left with the queues that no other one reaches: for the rest it explains
    nothing. Those that RabbitMQ comes with are left out until something is bound to them, or
    somebody publishes to them, or everything is wanted.
    """
    known = known_queues(queues, consumers)
    bound = bound_keys(bindings)
    producers: defaultdict[str, list[Client]] = defaultdict(list)
    for row in published:
        producers[row["exchange"]].append(Client(row["producer"], figures(row)))
    along = {(row["exchange"], row["kind"], row["target"]): figures(row) for row in routed}
    found = []
    for row in sorted(exchanges, key=lambda row: str(row["name"])):
        name, kind = row["name"], row.get("type") or "?"
        unused = name.startswith("amq.") and name not in bound and not producers[name]
        if not name or (unused and not everything):
            continue
        arrows = [
            Arrow(
                [] if kind == "fanout" else sorted(keys),  # a fanout exchange looks at no key
                target,
                known.get(target) if what == "queue" else None,
                along.get((name, what, target), Traffic()),
            )
            for (what, target), keys in bound.get(name, {}).items()
        ]
        found.append(Exchange(name, kind, sorted(arrows, key=order), producers[name]))
    reached = {arrow.target for one in found for arrow in one.arrows if arrow.queue}
    if producers[""]:  # they may publish to a queue that another exchange reaches, too
        reached -= {target for source, _, target in along if not source}
    alone = [name for name in sorted(known) if everything or name not in reached]
    if alone or producers[""]:
        arrows = [
            Arrow([name], name, known[name], along.get(("", "queue", name), Traffic()))
            for name in alone
        ]
        found.append(Exchange(DEFAULT, "direct", arrows, producers[""]))
    return found


def bound_keys(bindings: Iterable[Row]) -> dict[str, dict[tuple[str, str], list[str]]]:
    """Return for each exchange but the default one its targets, by kind and name, with the keys."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for row in bindings:
        if row.get("source"):
            target = row.get("destination_type") or "queue", row.get("destination") or ""
            found.setdefault(row["source"], {}).setdefault(target, []).append(label(row))
    return found


def known_queues(queues: Iterable[Row], consumers: Iterable[Row]) -> dict[str, Queue]:
    """Return the queues by name, with those of their consumers that have no name yet."""
    who: defaultdict[str, list[Client]] = defaultdict(list)
    for row in consumers:
        who[row["queue"]].append(Client(row["consumer"], figures(row)))
    known: dict[str, Queue] = {}
    for row in queues:
        name, named = row["name"], who[row["name"]]
        missing = (row.get("consumers") or 0) - len(named)
        known[name] = Queue(
            name,
            row.get("messages_ready") or 0,
            row.get("messages_unacknowledged") or 0,
            named + [Client(UNKNOWN)] * missing,
            bool(row.get("exclusive")),
        )
    return known


def figures(row: Row) -> Traffic:
    """Return the figures of a row that has them."""
    return Traffic(row.get("messages") or 0, row.get("rate") or 0.0)


def order(arrow: Arrow) -> tuple[list[str], list[str], str]:
    """Sort by binding keys and scripts first: the names of server-named queues are random."""
    consumers = arrow.queue.consumers if arrow.queue else []
    return arrow.keys, [client.name for client in consumers], arrow.target


def label(binding: Row) -> str:
    """Return the binding key, or the arguments that a headers exchange compares."""
    arguments = binding.get("arguments") or {}
    words = [f"{name}={value}" for name, value in sorted(arguments.items()) if name != "x-match"]
    match = f"{arguments['x-match']} of " if "x-match" in arguments else ""
    return match + " ".join(words) if words else binding.get("routing_key") or ""
