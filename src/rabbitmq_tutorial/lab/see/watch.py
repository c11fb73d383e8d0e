"""The picture on the terminal: once, or again every second."""

import sys
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.text import Text

from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.see import mermaid, picture, svg, topology, traffic
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.lab.see.topology import Exchange

PAUSE = 0.7  # seconds: with those of a look, what a producer sends is to be seen within a second
COLOURS = {
    r"[1-9]\d* ready": "yellow",
    r"[1-9]\d* unacked": "magenta",
    r"^ *(Producers|Exchanges) .*": "bold",
    r"\S+\.py( \d+)?\b(?!\|)|\bpid \d+": "green",
}


def render(console: Console, exchanges: list[Exchange], height: int = 0) -> Text:
    """Return the picture in characters and colours of the terminal, cut to a height if given."""
    lines = picture.draw(exchanges, console.width)
    if height and len(lines) > height:
        rest = len(lines) - height + 1
        lines[height - 1 :] = [f"… {rest} more lines: a taller terminal shows them"]
    text = "\n".join(lines)
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:
        text = text.translate(picture.ASCII)
    shown = Text(text, no_wrap=True)
    for pattern, colour in COLOURS.items():
        shown.highlight_regex(pattern, colour)
    return shown


def watch(*, everything: bool) -> None:
    """Draw again every second in place, until Ctrl-C.

    Where that is not possible, each new picture stands below the last one.
    """
    console = Console(file=sys.stdout, highlight=False)
    last = None
    in_place = console.is_terminal and not console.is_dumb_terminal
    try:
        with Live(console=console, screen=in_place, auto_refresh=False) as live:
            while True:
                try:
                    found = topology.look(Management(), everything=everything)
                    shown = render(console, found, console.height - 1 if in_place else 0)
                except Failure as failure:  # a broker that is restarted comes back
                    if last is None and failure.status != Exit.UNAVAILABLE:
                        raise
                    shown = Text(str(failure))
                if in_place:
                    live.update(
                        Text.assemble(shown, "\n", ("Ctrl-C ends this", "dim")), refresh=True
                    )
                elif shown != last:
                    console.print(shown, "\n", soft_wrap=True)
                last = shown
                time.sleep(PAUSE)
    except SystemExit:
        return


def once(*, everything: bool, as_mermaid: bool, file: str) -> None:
    """Print the picture, or a flowchart, or write it to an SVG file.

    Raises Failure (1) if the file cannot be written.
    """
    management = Management()
    exchanges = topology.settled_look(management, everything=everything)
    if as_mermaid:
        print("\n".join(mermaid.flowchart(exchanges)))
    elif file:
        try:
            Path(file).write_text(svg.draw(exchanges), encoding="utf-8")
        except OSError as error:
            raise Failure(f"cannot write {file}: {error.strerror}") from None
        print(f"wrote {file}")
    else:
        console = Console(file=sys.stdout, highlight=False)
        console.print(render(console, exchanges), soft_wrap=True)
        silence = traffic.silence(management)
        if exchanges and silence:
            console.print(f"({silence})", soft_wrap=True)
