"""The topology as an SVG picture."""

from collections.abc import Iterator
from html import escape

from rich.cells import cell_len

from rabbitmq_tutorial.lab.see.topology import Arrow, Exchange

COLUMNS = {"exchange": (20, 150), "queue": (370, 270), "consumer": (700, 240)}  # x and width
WIDTH, ROW, BOX, CELL = 960, 74, 50, 7.3  # a character of the font is so many pixels wide
STYLE = """text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#24292f}.small{fill:#57606a;font-size:12px}
rect{stroke:#57606a;rx:6}.exchange{fill:#ffe8cc}.queue{fill:#dbeafe}.consumer{fill:#dcfce7}
path{stroke:#57606a;fill:none;marker-end:url(#tip)}.back{fill:#fff;stroke:none}
.tip{fill:#57606a;stroke:none;marker-end:none}"""


def draw(exchanges: list[Exchange]) -> str:
    """Return the picture; each arrow has a row of its own, and a queue stands in the row of its first arrow."""
    parts: list[str] = []
    seen: dict[str, int] = {}
    row = 0
    for exchange in exchanges:
        middle = y_of(row + max(0, len(exchange.arrows) - 1) / 2)
        parts += box("exchange", middle, exchange.name, exchange.kind)
        for arrow in exchange.arrows:
            again = arrow.queue is not None and arrow.target in seen
            y = y_of(seen.setdefault(arrow.target, row) if arrow.queue else row)
            parts += line(middle, y, ", ".join(arrow.keys))
            if not again:
                parts += target(arrow, y)
            row += not again
        row += not exchange.arrows
    height = y_of(row) - 10
    heads = [("Exchanges", 24), ("Bindings", 216), ("Queues", 374), ("Consumers", 704)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}">',
            f"<style>{STYLE}</style>",
            '<defs><marker id="tip" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
            '<path d="M0 0L8 4L0 8z" class="tip"/></marker></defs>',
            f'<rect class="back" width="{WIDTH}" height="{height:g}"/>',
            *(f'<text x="{x}" y="24" class="small">{name}</text>' for name, x in heads),
            *parts,
            "</svg>",
            "",
        ]
    )


def y_of(row: float) -> float:
    """Return the middle of a row."""
    return 36 + BOX / 2 + row * ROW


def box(kind: str, y: float, *texts: str) -> Iterator[str]:
    """Yield a box around up to two lines."""
    x, width = COLUMNS[kind]
    yield f'<rect class="{kind}" x="{x}" y="{y - BOX / 2:g}" width="{width}" height="{BOX}"/>'
    for number, text in enumerate(texts):
        where = y + 5 if len(texts) == 1 else y - 5 + 20 * number
        small = ' class="small"' if number else ""
        yield f'<text x="{x + 10}" y="{where:g}"{small}{squeeze(text, width - 20)}>{printable(text)}</text>'


def line(start: float, end: float, key: str) -> Iterator[str]:
    """Yield an arrow from an exchange with the binding keys on it."""
    left, right = sum(COLUMNS["exchange"]), COLUMNS["queue"][0]
    yield f'<path d="M{left} {start:g}C{left + 30} {start:g} {left + 10} {end:g} {left + 40} {end:g}H{right}"/>'
    room = right - left - 54
    yield f'<text class="small" x="{left + 44}" y="{end - 6:g}"{squeeze(key, room)}>{printable(key)}</text>'


def target(arrow: Arrow, y: float) -> Iterator[str]:
    """Yield the queue with its consumers, or the name of the exchange, at which an arrow ends."""
    x, width = COLUMNS["queue"]
    if not arrow.queue:
        yield f'<text x="{x + 10}" y="{y + 5:g}">exchange {printable(arrow.target)}</text>'
        return
    yield from box(
        "queue", y, arrow.target, f"{arrow.queue.ready} ready, {arrow.queue.unacked} unacked"
    )
    if arrow.queue.consumers:
        yield f'<path d="M{x + width} {y:g}H{COLUMNS["consumer"][0]}"/>'
        names = [name.rpartition("/")[2] for name in arrow.queue.consumers]
        first, _, pid = names[0].partition(" ")
        texts = [first, f"pid {pid}"] if len(names) == 1 else names
        yield from box(
            "consumer", y, *(texts if len(texts) <= 2 else [names[0], f"+{len(names) - 1} more"])
        )


def squeeze(text: str, room: float) -> str:
    """Return the attribute that makes too long a text narrower."""
    return (
        f' textLength="{room:g}" lengthAdjust="spacingAndGlyphs"'
        if cell_len(text) * CELL > room
        else ""
    )


def printable(text: str) -> str:
    """Return the text as XML may have it."""
    return escape("".join(character if character.isprintable() else "?" for character in text))
