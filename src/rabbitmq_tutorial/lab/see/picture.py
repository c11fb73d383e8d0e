"""The topology drawn with boxes and arrows, as wide as the terminal."""

from collections.abc import Iterator

from rabbitmq_tutorial.lab.see.cells import cell_len, fit, pad, wrap
from rabbitmq_tutorial.lab.see.measure import (
    KEYS,
    Columns,
    counted,
    in_a_line,
    in_lines,
    is_arguments,
    is_boxed,
    joined,
    measure,
    shown_keys,
    summary,
)
from rabbitmq_tutorial.lab.see.plain import visible
from rabbitmq_tutorial.lab.see.topology import Arrow, Client, Exchange

ASCII = str.maketrans("┌┐└┘├┬│─▶…", "++++++|->~")
NOTHING = "nothing yet: no queue, and no exchange but those that RabbitMQ comes with"


def draw(exchanges: list[Exchange], width: int = 80) -> list[str]:
    """Return the lines of the picture, none wider than width cells (80 at least)."""
    if not exchanges:
        return [NOTHING]
    columns = measure(exchanges, max(width, 80))
    boxed = is_boxed(exchanges)
    heads = [
        pad("Producers", columns.producers + 7) if columns.producers else "",
        pad("Exchanges", columns.exchanges + 5),
        pad("Bindings", columns.keys + 7),
        pad("Queues", columns.queues + (7 if boxed else 4)),
        "Consumers",
    ]
    lines = ["".join(heads), ""]
    drawn: set[str] = set()
    for exchange in exchanges:
        lines += [*group(exchange, columns, boxed=boxed, drawn=drawn), ""]
    return lines[:-1]


def group(exchange: Exchange, columns: Columns, *, boxed: bool, drawn: set[str]) -> Iterator[str]:
    """Yield the lines of an exchange with what is left and right of it; drawn are queues so far."""
    source = box([visible(exchange.name), exchange.kind], columns.exchanges)
    right: list[str] = []
    if exchange.arrows:
        source[1] = source[1][:-1] + "├─"  # makes it wider than the other lines
    for arrow in exchange.arrows:
        first, last = arrow is exchange.arrows[0], arrow is exchange.arrows[-1]
        trunk = ("─" if last else "┬") if first else ("└" if last else "├")
        lines = list(branch(arrow, columns, trunk, boxed=boxed, again=arrow.target in drawn))
        if first and "▶" in lines[0]:  # an arrow leaves the second line of an exchange's box
            right.append("")
        right += lines
        if arrow.queue:
            drawn.add(arrow.target)
    left = publishers(exchange.producers, columns.producers) if columns.producers else []
    return side_by_side(left, source, right)


def side_by_side(*parts: list[str]) -> Iterator[str]:
    """Yield the lines of parts that stand beside each other."""
    widths = [max(map(cell_len, part), default=0) for part in parts]
    for number in range(max(map(len, parts))):
        texts = [part[number] if number < len(part) else "" for part in parts]
        yield "".join(pad(text, width) for text, width in zip(texts, widths, strict=True)).rstrip()


def publishers(producers: list[Client], width: int) -> list[str]:
    """Return the box of an exchange's producers with an arrow that leads to the exchange."""
    if not producers:
        return [" " * (width + 7)]
    return with_arrow(box(in_lines(producers), width))


def with_arrow(lines: list[str]) -> list[str]:
    """Return the lines of a box with an arrow that leaves its second line."""
    return [line + ("─▶ " if number == 1 else "   ") for number, line in enumerate(lines)]


def branch(
    arrow: Arrow, columns: Columns, trunk: str, *, boxed: bool, again: bool
) -> Iterator[str]:
    """Yield the lines right of an exchange for one arrow, which begins with the trunk."""
    keys = key_lines(arrow, columns.keys) or [""]
    start = f"─ {keys[0]} " if keys[0] else "─"
    line = trunk + start + "─" * (columns.keys + 4 - cell_len(start)) + "▶ "
    bar = "│" if trunk in "├└" else " ", "│" if trunk in "├┬" else " "  # above and below
    target = end_of(arrow, columns, boxed=boxed, again=again)
    at = 1 if boxed and arrow.queue and not again else 0  # the line of the target that it meets
    for number in range(max(len(target), at + len(keys))):
        text = target[number] if number < len(target) else ""
        key = pad(keys[number - at], columns.keys) if 0 < number - at < len(keys) else ""
        if number == at:
            yield line + text
        else:
            yield pad(f"{bar[number > at]}  {key}", columns.keys + 7) + text


def key_lines(arrow: Arrow, width: int) -> list[str]:
    """Return the binding keys of an arrow, each in a line: one that is too long is cut."""
    lines = []
    for key in shown_keys(arrow):
        lines += wrap(key, width, most=KEYS if is_arguments(key) else 1)
    return lines


def end_of(arrow: Arrow, columns: Columns, *, boxed: bool, again: bool) -> list[str]:
    """Return the lines of what an arrow ends at."""
    queue = arrow.queue
    if not queue or again:
        where = "see above:" if queue else "exchange"
        return [f"{where} {fit(visible(arrow.target), columns.queues)}"]
    if not boxed:
        left = wrap(in_a_line(queue), columns.queues)
        if not queue.consumers:
            return left
        left = [pad(line, columns.queues) + "    " for line in left]
        left[0] = left[0][:-3] + "─▶ "
        names = [joined(queue.consumers)]
        if cell_len(names[0]) > columns.consumers:
            names = summary(queue.consumers)
        right = [line for name in names for line in wrap(name, columns.consumers)]
        return list(side_by_side(left, right))
    counts = counted(queue)
    if cell_len(", ".join(counts)) <= columns.queues:
        counts = [", ".join(counts)]
    left = box([visible(queue.name), *counts], columns.queues)
    if not queue.consumers:
        return left
    right = box(in_lines(queue.consumers), columns.consumers)
    return list(side_by_side(with_arrow(left), right))


def box(texts: list[str], width: int) -> list[str]:
    """Return a box around the texts."""
    lines = [line for text in texts for line in wrap(text, width)]
    inside = [f"│ {pad(line, width)} │" for line in lines]
    return [f"┌{'─' * (width + 2)}┐", *inside, f"└{'─' * (width + 2)}┘"]
