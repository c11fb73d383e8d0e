"""The texts of a picture on the terminal, and how wide its columns are."""

from collections.abc import Iterable
from typing import NamedTuple

from rabbitmq_tutorial.lab.see.cells import cell_len, least, least_in_one_line, narrow
from rabbitmq_tutorial.lab.see.plain import visible
from rabbitmq_tutorial.lab.see.topology import Arrow, Client, Exchange, Queue

TALL = 12  # queues that get a box each; of more, each gets a line
MANY = 5  # lines that a box of clients may have
KEYS = 8  # lines that the binding keys of an arrow may have


class Columns(NamedTuple):
    """The cells that each column has for text; without producers there is no column for them."""

    producers: int
    exchanges: int
    keys: int
    queues: int
    consumers: int


def is_boxed(exchanges: list[Exchange]) -> bool:
    """Whether there are so few queues that each gets a box."""
    return sum(arrow.queue is not None for one in exchanges for arrow in one.arrows) <= TALL


def measure(exchanges: list[Exchange], width: int) -> Columns:
    """Return the columns: as wide as their texts or, where that is too much, as those need.

    Names are broken only where nothing else can be narrower, binding keys are not broken at all.
    """
    arrows = [arrow for one in exchanges for arrow in one.arrows]
    queues = [arrow.queue for arrow in arrows if arrow.queue]
    producers = [text for one in exchanges for text in in_lines(one.producers)]
    names = [text for one in exchanges for text in (visible(one.name), one.kind)]
    keys = [key for arrow in arrows for key in shown_keys(arrow)]
    targets = [visible(arrow.target) for arrow in arrows]
    if is_boxed(exchanges):
        consumers = [text for queue in queues for text in in_lines(queue.consumers)]
        wide = [", ".join(counted(queue)) for queue in queues]
        counts = max([8, *(cell_len(text) for queue in queues for text in counted(queue))])
        sizes = [size(targets, counts, wide), size(consumers, 9)]
        room = width - 23
    else:
        consumers = [text for queue in queues for text in summary(queue.consumers)]
        wide = [joined(queue.consumers) for queue in queues]
        sizes = [size([*targets, *map(in_a_line, queues)], 8), size(consumers, 9, wide)]
        room = width - 16
    sizes = [size(producers, 0), size(names, 6), size_of_keys(keys), *sizes]
    if producers:
        room -= 7
    columns, *levels = [list(cells) for cells in zip(*sizes, strict=True)]
    for enough in *levels, [0] * len(columns):
        narrow(columns, enough, room)
    return Columns(*columns)


def size(texts: list[str], low: int, wide: Iterable[str] = ()) -> list[int]:
    """Return the cells that a column should have, and less and less that will do.

    These are enough for names in one line, for their parts, and for their parts with cut keys.
    With low, its head has room; what is wide is wanted in one line, but not needed.
    """
    wanted = max([low, *map(cell_len, texts), *map(cell_len, wide)])
    unbroken = max([low, *map(least_in_one_line, texts)])
    broken = max([low, *map(least, texts)])
    return [wanted, unbroken, broken, broken]


def size_of_keys(keys: list[str]) -> list[int]:
    """Return the same for the column of the keys; it can be narrow where there are none."""
    whole = [least(key) if is_arguments(key) else least_in_one_line(key) for key in keys]
    unbroken = max([2, *whole])
    return [max([8, *map(cell_len, keys)]), unbroken, unbroken, max([2, *map(least, keys)])]


def is_arguments(key: str) -> bool:
    """Whether this is no binding key, but what a headers exchange compares: that may be wrapped."""
    return "=" in key


def shown_keys(arrow: Arrow) -> list[str]:
    """Return the binding keys of an arrow; the last one may stand for several."""
    keys = [visible(key) for key in arrow.keys]
    if len(keys) > KEYS:
        return [*keys[: KEYS - 1], f"+{len(keys) - KEYS + 1} more"]
    return keys


def counted(queue: Queue) -> list[str]:
    """Return how many messages the queue has, in two texts."""
    return [f"{queue.ready} ready", f"{queue.unacked} unacked"]


def in_lines(clients: list[Client]) -> list[str]:
    """Return the texts for a box of clients: script and pid of one, a line for each of several."""
    names = [short(client.name) for client in clients]
    script, blank, pid = "".join(names[:1]).rpartition(" ")
    if len(names) == 1 and blank and pid.isdecimal():
        return [script, f"pid {pid}"]
    if len(names) > MANY:
        return [*names[: MANY - 1], f"+{len(names) - MANY + 1} more"]
    return names


def in_a_line(queue: Queue) -> str:
    """Return a queue with its counts in one line."""
    return f"{visible(queue.name)} {queue.ready}|{queue.unacked}"


def joined(clients: list[Client]) -> str:
    """Return all clients in one line."""
    return ", ".join(short(client.name) for client in clients)


def summary(clients: list[Client]) -> list[str]:
    """Return the first client, and how many more there are, if any."""
    more = [f"+{len(clients) - 1} more"] if len(clients) > 1 else []
    return [joined(clients[:1]), *more]


def short(name: str) -> str:
    """Return script and pid of a client, without the folder; of one without a name its address."""
    return visible(name.partition(" -> ")[0].rpartition("/")[2])
