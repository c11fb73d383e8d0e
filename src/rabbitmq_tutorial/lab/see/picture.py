"""The topology drawn with boxes and arrows, as wide as the terminal."""

from collections.abc import Iterator

from rabbitmq_tutorial.lab.see.cells import cell_len, fit, least, pad, shorten
from rabbitmq_tutorial.lab.see.topology import Arrow, Exchange, Queue

ASCII = str.maketrans("┌┐└┘├┬│─▶…", "++++++|->~")
TALL = 12  # queues that get a box each; of more, each gets a line
MANY = 5  # lines that a box of consumers may have


def draw(exchanges: list[Exchange], width: int = 80) -> list[str]:
    """Return the lines of the picture, none wider than width cells (80 at least)."""
    if not exchanges:
        return ["nothing yet: no queue, and no exchange but those that RabbitMQ brings along"]
    arrows = [arrow for exchange in exchanges for arrow in exchange.arrows]
    boxed = sum(arrow.queue is not None for arrow in arrows) <= TALL
    columns = measure(exchanges, max(width, 80), boxed=boxed)
    queues = pad("Queues", columns[2] + (4 if boxed else 1))
    heads = pad("Exchanges", columns[0] + 5), pad("Bindings", columns[1] + 7), queues
    lines = ["".join(heads) + "   Consumers", ""]
    drawn: set[str] = set()
    for exchange in exchanges:
        left = [line + " " for line in box([exchange.name, exchange.kind], columns[0])]
        right: list[str] = []
        if exchange.arrows:
            left[1] = left[1][:-2] + "├─"
        for arrow in exchange.arrows:
            first, last = arrow is exchange.arrows[0], arrow is exchange.arrows[-1]
            trunk = ("─" if last else "┬") if first else ("└" if last else "├")
            part = list(branch(arrow, columns, trunk, boxed=boxed, again=arrow.target in drawn))
            right += ["", *part] if first and len(part) == 1 else part
            drawn.update([arrow.target] if arrow.queue else [])
        height = max(len(left), len(right))
        left += [" " * (columns[0] + 5)] * (height - len(left))
        right += [""] * (height - len(right))
        lines += [(one + other).rstrip() for one, other in zip(left, right, strict=True)] + [""]
    return lines[:-1]


def measure(exchanges: list[Exchange], width: int, *, boxed: bool) -> list[int]:
    """Return the width of each column's text: what it needs, or a fair share of the picture if they need more."""
    arrows = [arrow for exchange in exchanges for arrow in exchange.arrows]
    queues = [arrow.queue for arrow in arrows if arrow.queue]
    counts = [*map(counted, queues)] if boxed else [*map(line_of, queues)]
    who = [text for queue in queues for text in (consumers(queue) if boxed else [joined(queue)])]
    wanted = [
        max(cell_len(text) for exchange in exchanges for text in (exchange.name, exchange.kind)),
        max([8, *(cell_len(", ".join(arrow.keys)) for arrow in arrows)]),
        max(
            [
                18 if boxed else 8,
                *map(cell_len, counts),
                *(cell_len(arrow.target) for arrow in arrows),
            ]
        ),
        max([9, *map(cell_len, who)]),
    ]
    needed = [
        6,
        8,
        max([8, *(cell_len(text) if boxed else least(text) for text in counts)]),
        max(
            [
                9,
                *(
                    map(least, who)
                    if boxed
                    else (least(name) + len(more) for name, more in map(first, queues))
                ),
            ]
        ),
    ]
    while sum(wanted) > width - (23 if boxed else 16):  # the widest gives, but not what it needs
        spare = [text if text > enough else 0 for text, enough in zip(wanted, needed, strict=True)]
        wanted[(spare if any(spare) else wanted).index(max(spare) or max(wanted))] -= 1
    return wanted


def branch(
    arrow: Arrow, columns: list[int], trunk: str, *, boxed: bool, again: bool
) -> Iterator[str]:
    """Yield the lines right of an exchange for one arrow, which begins with the trunk."""
    key = fit(", ".join(arrow.keys), columns[1])
    line = (
        f"{trunk}─ {key} {'─' * (columns[1] - cell_len(key))}─▶ "
        if key
        else f"{trunk}{'─' * (columns[1] + 3)}─▶ "
    )
    before = ("│" if trunk in "├└" else " ") + " " * (columns[1] + 6)
    after = ("│" if trunk in "├┬" else " ") + " " * (columns[1] + 6)
    if not arrow.queue or again:
        where = "exchange" if not arrow.queue else "see above:"
        yield line + f"{where} {fit(arrow.target, columns[2])}"
        return
    if not boxed:
        text, names = shorten(line_of(arrow.queue), columns[2]), joined(arrow.queue)
        if cell_len(names) > columns[3]:
            name, more = first(arrow.queue)
            names = shorten(name, columns[3] - len(more)) + more
        yield line + (f"{pad(text, columns[2])} ─▶ {fit(names, columns[3])}" if names else text)
        return
    middle = boxes(arrow.queue, columns)
    yield before + middle[0]
    yield line + middle[1]
    for rest in middle[2:]:
        yield after + rest


def boxes(queue: Queue, columns: list[int]) -> list[str]:
    """Return the box of a queue with that of its consumers beside it."""
    left = box([queue.name, counted(queue)], columns[2])
    if not queue.consumers:
        return left
    right = box([shorten(text, columns[3]) for text in consumers(queue)], columns[3])
    left += [" " * (columns[2] + 4)] * (len(right) - len(left))
    right += [""] * (len(left) - len(right))
    joint = ["   ", "─▶ "] + ["   "] * (len(left) - 2)
    return ["".join(parts) for parts in zip(left, joint, right, strict=True)]


def counted(queue: Queue) -> str:
    """Return how many messages the queue has."""
    return f"{queue.ready} ready, {queue.unacked} unacked"


def consumers(queue: Queue) -> list[str]:
    """Return the texts for the box of a queue's consumers: script and pid of one, a line for each of several."""
    names = [short(name) for name in queue.consumers]
    script, blank, pid = "".join(names[:1]).rpartition(" ")
    if len(names) == 1 and blank:
        return [script, f"pid {pid}"]
    return names if len(names) <= MANY else [*names[: MANY - 1], f"+{len(names) - MANY + 1} more"]


def line_of(queue: Queue) -> str:
    """Return a queue in one line."""
    return f"{queue.name} {queue.ready}|{queue.unacked}"


def joined(queue: Queue) -> str:
    """Return all of a queue's consumers in one line."""
    return ", ".join(map(short, queue.consumers))


def first(queue: Queue) -> tuple[str, str]:
    """Return a queue's first consumer, and how many more there are."""
    return "".join(
        map(short, queue.consumers[:1])
    ), f" +{len(queue.consumers) - 1} more" if queue.consumers[1:] else ""


def box(texts: list[str], width: int) -> list[str]:
    """Return a box around the texts."""
    inside = [f"│ {pad(fit(text, width), width)} │" for text in texts]
    return [f"┌{'─' * (width + 2)}┐", *inside, f"└{'─' * (width + 2)}┘"]


def short(name: str) -> str:
    """Return a consumer's name without its folder: the script and the pid. One without a name has its address."""
    return name.partition(" -> ")[0].rpartition("/")[2]
