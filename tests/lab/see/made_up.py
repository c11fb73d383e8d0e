"""Made-up brokers, and what holds for every picture of one."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from reader import read_by_mermaid, reads_mermaid
from rich.cells import cell_len

from rabbitmq_tutorial.lab.see import mermaid, picture, svg
from rabbitmq_tutorial.lab.see.plain import visible
from rabbitmq_tutorial.lab.see.topology import Exchange

Row = dict[str, Any]


def exchange(name: str, kind: str = "direct") -> Row:
    return {"name": name, "type": kind}


def queue(name: str, ready: int = 0, consumers: int = 0, **more: object) -> Row:
    return {
        "name": name,
        "messages_ready": ready,
        "messages_unacknowledged": 0,
        "consumers": consumers,
        **more,
    }


def binding(
    source: str, destination: str, key: str = "", kind: str = "queue", **arguments: object
) -> Row:
    return {
        "source": source,
        "destination": destination,
        "destination_type": kind,
        "routing_key": key,
        "arguments": arguments,
    }


def consumer(queue: str, name: str, messages: int = 0, rate: float = 0.0) -> Row:
    return {"queue": queue, "consumer": name, "messages": messages, "rate": rate}


def producer(exchange: str, name: str, messages: int = 0, rate: float = 0.0) -> Row:
    return {"exchange": exchange, "producer": name, "messages": messages, "rate": rate}


def routed(exchange: str, target: str, messages: int, rate: float = 0.0) -> Row:
    figures = {"messages": messages, "rate": rate}
    return {"exchange": exchange, "kind": "queue", "target": target, **figures}


def everything(exchanges: list[Exchange]) -> None:
    """Draw it in every way, and check what holds for all pictures."""
    for width in 40, 80, 133:
        lines = picture.draw(exchanges, width)
        assert max(map(cell_len, lines)) <= max(width, 80)
        assert all(line.isprintable() for line in lines)
        "\n".join(lines).translate(picture.ASCII)
    for flowing in False, True:
        ET.fromstring(svg.draw(exchanges, flowing=flowing))
    flowchart = list(mermaid.flowchart(exchanges))
    assert flowchart[0] == "flowchart LR"
    node = r"([eqc]\d+([cp]\d+)?|nothing)"
    shape, arrow = r'\(\["[^"]*"\]\)|\[\("[^"]*"\)\]|\["[^"]*"\]', r'-->(\|"[^"]*"\|)?'
    end = rf"{node}({shape})?"
    for line in flowchart[1:]:
        assert re.fullmatch(rf"  {end}( {arrow} {end})?", line)
    if exchanges and reads_mermaid():
        assert read_by_mermaid(flowchart) == ("flowchart-v2", *contents(exchanges))


def contents(exchanges: list[Exchange]) -> tuple[list[list[str]], list[list[str]]]:
    """Return the nodes and the arrows that a flowchart of these exchanges has."""
    labels = {(False, one.name): f"{visible(one.name)}<br>{one.kind}" for one in exchanges}
    nodes, arrows = [["stadium", label] for label in labels.values()], []
    for one in exchanges:
        producers = [visible(client.name) for client in one.producers]
        nodes += [["square", name] for name in producers]
        arrows += [[name, "", labels[False, one.name]] for name in producers]
        for arrow in one.arrows:
            target = arrow.queue is not None, arrow.target
            if target not in labels:
                labels[target] = visible(arrow.target) or "?"
                if arrow.queue:
                    counts = f"{arrow.queue.ready} ready, {arrow.queue.unacked} unacked"
                    labels[target] += f"<br>{counts}"
                    consumers = [visible(client.name) for client in arrow.queue.consumers]
                    nodes += [["square", name] for name in consumers]
                    arrows += [[labels[target], "", name] for name in consumers]
                nodes.append(["cylinder" if arrow.queue else "stadium", labels[target]])
            keys = visible(", ".join(arrow.keys))
            arrows.append([labels[False, one.name], keys, labels[target]])
    return sorted(nodes), sorted(arrows)
