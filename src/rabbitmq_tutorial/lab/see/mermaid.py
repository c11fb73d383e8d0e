"""The topology as a Mermaid flowchart, which GitHub renders."""

from collections.abc import Iterator

from rabbitmq_tutorial.lab.see.topology import Exchange


def flowchart(exchanges: list[Exchange]) -> Iterator[str]:
    """Yield the lines of a flowchart: exchanges round, queues as cylinders, consumers as boxes."""
    yield "flowchart LR"
    nodes: dict[
        tuple[bool, str], str
    ] = {}  # is it a queue, and its name: an exchange may have the same
    for number, exchange in enumerate(exchanges):
        nodes[False, exchange.name] = f"e{number}"
        yield f'  e{number}(["{quote(exchange.name)}<br>{quote(exchange.kind)}"])'
    for number, exchange in enumerate(exchanges):
        for arrow in exchange.arrows:
            end = arrow.queue is not None, arrow.target
            if end not in nodes:
                node = nodes[end] = f"q{len(nodes)}"
                name = quote(arrow.target or "?")
                if arrow.queue:
                    yield f'  {node}[("{name}<br>{arrow.queue.ready} ready, {arrow.queue.unacked} unacked")]'
                    for count, consumer in enumerate(arrow.queue.consumers):
                        yield f'  {node} --> {node}c{count}["{quote(consumer)}"]'
                else:  # an exchange of RabbitMQ's own, with nothing bound to it
                    yield f'  {node}(["{name}"])'
            keys = quote(", ".join(arrow.keys))
            label = f'|"{keys}"|' if keys else ""
            yield f"  e{number} -->{label} {nodes[end]}"


def quote(text: str) -> str:
    """Write what means something to Mermaid, or to the browser behind it, as entity codes.

    Even in quotes a colon after "style" does, and so does "C4Container": that would make it another kind of diagram.
    """
    coded = "".join(c if c.isalnum() or c in " ./,=-_()|+@" else f"#{ord(c)};" for c in text)
    return coded.replace("C4", "C#52;")
