"""The topology as a Mermaid flowchart, which GitHub renders."""

from collections.abc import Iterator

from rabbitmq_tutorial.broker.topology import Exchange


def flowchart(exchanges: list[Exchange]) -> Iterator[str]:
    """Yield the lines of a flowchart: exchanges round, queues as cylinders, consumers as boxes."""
    yield "flowchart LR"
    numbers = {exchange.name: f"e{number}" for number, exchange in enumerate(exchanges)}
    for exchange in exchanges:
        yield f'  {numbers[exchange.name]}(["{quote(exchange.name)}<br>{quote(exchange.kind)}"])'
    queues: dict[str, str] = {}
    for exchange in exchanges:
        for arrow in exchange.arrows:
            target = numbers.get(arrow.target) if not arrow.queue else queues.get(arrow.target)
            if not target:
                target = queues[arrow.target] = f"q{len(queues)}"
                counts = f"<br>{arrow.queue.ready} ready, {arrow.queue.unacked} unacked" if arrow.queue else ""
                yield f'  {target}[("{quote(arrow.target)}{counts}")]'
                for number, consumer in enumerate(arrow.queue.consumers if arrow.queue else []):
                    yield f'  {target} --> {target}c{number}["{quote(consumer)}"]'
            keys = quote(", ".join(arrow.keys))
            label = f'|"{keys}"|' if keys else ""
            yield f"  {numbers[exchange.name]} -->{label} {target}"


def quote(text: str) -> str:
    """Write what means something to Mermaid, or to the browser behind it, as entity codes."""
    return "".join(c if c.isalnum() or c in " ./:,=-_()|+@" else f"#{ord(c)};" for c in text)
