"""The topology as a Mermaid flowchart, which GitHub renders."""

from collections.abc import Iterator

from rabbitmq_tutorial.lab.see.picture import NOTHING
from rabbitmq_tutorial.lab.see.plain import visible
from rabbitmq_tutorial.lab.see.topology import Exchange


def flowchart(exchanges: list[Exchange]) -> Iterator[str]:
    """Yield the lines of a flowchart: exchanges round, queues as cylinders, clients as boxes."""
    yield "flowchart LR"
    if not exchanges:
        yield f'  nothing["{quote(NOTHING)}"]'
    nodes = {}  # by whether it is a queue, and its name: an exchange may have the same one
    for number, exchange in enumerate(exchanges):
        nodes[False, exchange.name] = f"e{number}"
        yield f'  e{number}(["{quote(exchange.name)}<br>{quote(exchange.kind)}"])'
        for count, producer in enumerate(exchange.producers):
            yield f'  e{number}p{count}["{quote(producer.name)}"] --> e{number}'
    for number, exchange in enumerate(exchanges):
        for arrow in exchange.arrows:
            end = arrow.queue is not None, arrow.target
            if end not in nodes:
                node = nodes[end] = f"q{len(nodes)}"
                name = quote(arrow.target or "?")
                if arrow.queue:
                    counts = f"{arrow.queue.ready} ready, {arrow.queue.unacked} unacked"
                    yield f'  {node}[("{name}<br>{counts}")]'
                    for count, consumer in enumerate(arrow.queue.consumers):
                        yield f'  {node} --> {node}c{count}["{quote(consumer.name)}"]'
                else:  # an exchange of RabbitMQ's own, with nothing bound to it
                    yield f'  {node}(["{name}"])'
            keys = quote(", ".join(arrow.keys))
            label = f'|"{keys}"|' if keys else ""
            yield f"  e{number} -->{label} {nodes[end]}"


def quote(text: str) -> str:
    """Write what means something to Mermaid, or to the browser behind it, as entity codes.

    Even in quotes a colon after "style" does, and so does "C4Container": that would make it another
    kind of diagram.
    """
    coded = [c if c.isalnum() or c in " ./,=-_()|+@" else f"#{ord(c)};" for c in visible(text)]
    return "".join(coded).replace("C4", "C#52;")
