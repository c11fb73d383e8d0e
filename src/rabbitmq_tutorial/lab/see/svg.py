"""The topology as an SVG picture: by itself, or in a page, which also shows what flows."""

import math
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from rabbitmq_tutorial.lab.see.cells import SERVER_NAMED, cell_len, fit, wrap
from rabbitmq_tutorial.lab.see.measure import counted, in_lines, shown_keys
from rabbitmq_tutorial.lab.see.picture import NOTHING
from rabbitmq_tutorial.lab.see.plain import visible
from rabbitmq_tutorial.lab.see.topology import Arrow, Client, Exchange, Traffic

CELL = 8.0  # pixels of a character: no font of svg.css has a wider one
LINE, PADDING, GAP, EDGE, TOP = 18, 12, 16, 24, 56  # pixels
BEND = 64  # pixels in which an arrow from an exchange finds its height
WIDEST = 30  # cells of text that a box or a label has in a line
UNIQUE = 18  # cells of a name that RabbitMQ has made up; a tooltip has the whole
MANY = 8  # clients that get a box each; of more, the last box tells how many
Point = tuple[float, float]
STYLE = Path(__file__).with_name("svg.css").read_text(encoding="utf-8")


class Column(NamedTuple):
    """Where a column begins, and how wide its boxes or labels are, in pixels."""

    x: float
    width: float

    @property
    def end(self) -> float:
        """Its right edge."""
        return self.x + self.width


class Drawing:
    """A picture in the making: its columns, and the elements that it has so far.

    Flowing adds to the arrows how many messages go along them.
    """

    def __init__(self, exchanges: list[Exchange], *, flowing: bool) -> None:
        self.flowing = flowing
        self.parts: list[str] = []
        self.drawn: set[str] = set()  # queues
        arrows = [arrow for one in exchanges for arrow in one.arrows]
        queues = [arrow.queue for arrow in arrows if arrow.queue]
        publishers = [client for one in exchanges for client in shown(one.producers)]
        producers = [text for client in publishers for text in texts_of(client)]
        receivers = [client for queue in queues for client in shown(queue.consumers)]
        consumers = [text for client in receivers for text in texts_of(client)]
        between = 120 if flowing else 48
        some = bool(producers) or flowing
        self.producers = Column(EDGE, room(producers, 12) if some else 0)
        left = self.producers.end + (between if some else 0)
        names = [text for one in exchanges for text in lines_of(one.name, one.kind)]
        self.exchanges = Column(left, room(names, 9))
        keys = [text for arrow in arrows for text in key_texts(arrow)]
        self.keys = Column(self.exchanges.end + BEND, room(keys, 14 if flowing else 8))
        boxes = [text for arrow in arrows for text in queue_texts(arrow)]
        self.queues = Column(self.keys.end + 8, room(boxes, 20))
        self.consumers = Column(self.queues.end + between, room(consumers, 12))

    def group(self, exchange: Exchange, top: float) -> float:
        """Draw an exchange with what stands left and right of it, and return where that ends."""
        heights = [self.height_of(arrow) for arrow in exchange.arrows]
        texts = lines_of(exchange.name, exchange.kind)
        height = max(tall(texts), stacked(exchange.producers), total(heights))
        middle = top + height / 2
        self.box("exchange", self.exchanges, middle, texts, exchange.name)
        for producer, y in self.stack("producer", self.producers, middle, exchange.producers):
            self.line((self.producers.end, y), (self.exchanges.x, middle), producer.traffic)
            self.figures(self.producers.end + 8, y, producer.traffic, above=y < middle)
        y = middle - total(heights) / 2
        for arrow, its_height in zip(exchange.arrows, heights, strict=True):
            self.branch(arrow, middle, y + its_height / 2)
            y += its_height + GAP
        return top + height

    def height_of(self, arrow: Arrow) -> float:
        """Return the pixels that an arrow needs, with what it leads to."""
        labels = 2.0 * LINE * len(key_texts(arrow))
        if not arrow.queue:
            return max(labels, 2.0 * LINE)
        return max(labels, tall(queue_texts(arrow)), stacked(arrow.queue.consumers))

    def branch(self, arrow: Arrow, start: float, y: float) -> None:
        """Draw an arrow from an exchange's height to its own, with what it leads to."""
        self.line((self.exchanges.end, start), (self.queues.x, y), arrow.traffic, bend=BEND - 8)
        self.figures(self.keys.x, y, arrow.traffic)
        keys = [line for line in key_texts(arrow) if line]
        for number, key in enumerate(reversed(keys)):
            self.text(self.keys.x, y - 6 - 16 * number, key, "key")
        if not arrow.queue or arrow.target in self.drawn:
            where = "see above:" if arrow.queue else "exchange"
            text = fit(f"{where} {visible(arrow.target)}", WIDEST)
            self.text(self.queues.x + 6, y + 5, text)
            return
        self.drawn.add(arrow.target)
        self.box("queue", self.queues, y, queue_texts(arrow), arrow.target, arrow.queue.ready)
        consumers = arrow.queue.consumers
        for consumer, end in self.stack("consumer", self.consumers, y, consumers):
            self.line((self.queues.end, y), (self.consumers.x, end), consumer.traffic)
            self.figures(self.consumers.x - 14, end, consumer.traffic, above=end < y, anchor="end")

    def stack(
        self, kind: str, column: Column, middle: float, clients: list[Client]
    ) -> Iterator[tuple[Client, float]]:
        """Draw boxes of clients around a middle line, and yield each with its own middle line."""
        top = middle - stacked(clients) / 2
        for client in shown(clients):
            texts = texts_of(client)
            y = top + tall(texts) / 2
            self.box(kind, column, y, texts, client.name)
            yield client, y
            top += tall(texts) + GAP

    def box(  # noqa: PLR0913, PLR0917 - what makes up a box
        self, kind: str, column: Column, y: float, texts: list[str], name: str, ready: int = 0
    ) -> None:
        """Draw a box around a middle line, with a bar for the ready messages."""
        top, height = y - tall(texts) / 2, tall(texts)
        frame = f'x="{column.x:g}" y="{top:g}" width="{column.width:g}" height="{height}"'
        full = " full" if ready else ""
        self.parts.append(f'<g class="{kind}{full}"><title>{escape(visible(name))}</title>')
        self.parts.append(f'<rect class="box" {frame} rx="{26 if kind == "exchange" else 8}"/>')
        if ready:  # the bar ends at 100,000 messages
            bar = (column.width - 16) * min(1.0, math.log10(1 + ready) / 5)
            where = f'x="{column.x + 8:g}" y="{top + height - 5.5:g}" width="{bar:.1f}" height="3"'
            self.parts.append(f'<rect class="level" {where} rx="1.5"/>')
        for number, text in enumerate(texts):
            small = "small" if 0 < number == len(texts) - 1 else ""
            self.text(column.x + PADDING, top + 8 + LINE * number + 14, text, small)
        self.parts.append("</g>")

    def line(self, start: Point, end: Point, traffic: Traffic, bend: float = 0) -> None:
        """Draw an arrow, which reaches the height of its end after so many pixels."""
        bend = bend or end[0] - start[0] - 10
        middle, there = start[0] + bend / 2, start[0] + bend
        path = f"M{start[0]:g} {start[1]:g}C{middle:g} {start[1]:g} {middle:g} {end[1]:g}"
        path += f" {there:g} {end[1]:g}H{end[0]:g}"
        flow = " flow" if self.flowing and traffic.rate else ""
        self.parts.append(f'<path class="arrow{flow}" d="{path}"/>')

    def figures(
        self, x: float, y: float, traffic: Traffic, *, above: bool = False, anchor: str = "start"
    ) -> None:
        """Write how many messages have gone along an arrow, and how many do in a second."""
        if self.flowing and traffic.messages:
            text = f"{traffic.messages:,}"
            if traffic.rate:
                text += f" · {traffic.rate:,.1f}/s"
            where = f'x="{x:g}" y="{y - 6 if above else y + 16:g}" text-anchor="{anchor}"'
            self.parts.append(f'<text class="figure" {where}>{text}</text>')

    def text(self, x: float, y: float, text: str, kind: str = "") -> None:
        """Write a text."""
        self.parts.append(f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>')


def draw(exchanges: list[Exchange], *, flowing: bool = False) -> str:
    """Return the picture; flowing adds to the arrows how many messages go along them."""
    drawing = Drawing(exchanges, flowing=flowing)
    heads = [("Exchanges", drawing.exchanges), ("Bindings", drawing.keys)]
    heads += [("Queues", drawing.queues), ("Consumers", drawing.consumers)]
    if drawing.producers.width:
        heads.insert(0, ("Producers", drawing.producers))
    for head, column in heads:
        drawing.text(column.x, 34, head, "head")
    bottom = float(TOP)
    for exchange in exchanges:
        bottom = drawing.group(exchange, bottom) + 2 * GAP
    if not exchanges:
        drawing.text(EDGE, bottom + 20, NOTHING, "small")
        bottom += 60
    width = drawing.consumers.end + EDGE
    size = f'width="{width:g}" height="{bottom:g}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:g} {bottom:g}">',
            f"<style>{STYLE}</style>",
            '<defs><marker id="tip" refX="8" refY="4" markerWidth="8" markerHeight="8"',
            ' markerUnits="userSpaceOnUse" orient="auto">',
            '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
            f'<rect class="back" {size} rx="12"/>',
            *drawing.parts,
            "</svg>",
            "",
        ]
    )


def lines_of(*texts: str) -> list[str]:
    """Return texts in lines that are not too long; of made-up names the first letters do."""
    lines = []
    for text in map(visible, texts):
        lines += wrap(text, UNIQUE if text.startswith(SERVER_NAMED) else WIDEST)
    return lines


def key_texts(arrow: Arrow) -> list[str]:
    """Return the lines of an arrow's binding keys: one for all, or one for each."""
    together = ", ".join(arrow.keys)
    return lines_of(together) if cell_len(together) <= WIDEST else lines_of(*shown_keys(arrow))


def queue_texts(arrow: Arrow) -> list[str]:
    """Return the lines of the queue that an arrow leads to, or the name of the exchange."""
    return lines_of(arrow.target, *([", ".join(counted(arrow.queue))] if arrow.queue else []))


def shown(clients: list[Client]) -> list[Client]:
    """Return the clients that get a box each; the last one may stand for several."""
    if len(clients) <= MANY:
        return clients
    rest = clients[MANY - 1 :]
    messages = sum(client.traffic.messages for client in rest)
    rate = sum(client.traffic.rate for client in rest)
    return [*clients[: MANY - 1], Client(f"+{len(rest)} more", Traffic(messages, rate))]


def stacked(clients: list[Client]) -> float:
    """Return the height of the boxes of clients."""
    return total([tall(texts_of(client)) for client in shown(clients)])


def texts_of(client: Client) -> list[str]:
    """Return the lines of a client's box."""
    return lines_of(*in_lines([client]))


def room(texts: list[str], least: int) -> float:
    """Return the pixels that the widest of some texts needs with what is around it."""
    return CELL * max([least, *map(cell_len, texts)]) + 2 * PADDING


def tall(texts: list[str]) -> int:
    """Return the height of a box with so many texts."""
    return LINE * len(texts) + 16


def total(heights: list[float] | list[int]) -> float:
    """Return the height of boxes that stand below each other."""
    return sum(heights) + GAP * max(0, len(heights) - 1)
