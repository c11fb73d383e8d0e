"""The picture on the terminal: once, or again every second."""

import sys
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.text import Text

from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.see import mermaid, picture, svg, topology
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.lab.see.topology import Exchange

PAUSE = 0.7  # seconds: with those that a look takes, what a producer sends is on the screen within a second
COLOURS = {r"[1-9]\d* ready": "yellow", r"[1-9]\d* unacked": "magenta", r"^Exch.*": "bold"}
COLOURS[r"\S+(\.py|…) \d+\b(?!\|)"] = (
    "green"  # scripts with their pids, not queues with their counts
)


def render(console: Console, exchanges: list[Exchange], height: int = 0) -> Text:
    """Return the picture in the characters and colours that the terminal has, cut to a height if one is given."""
    lines = picture.draw(exchanges, console.width)
    if height and len(lines) > height:
        lines[height - 1 :] = [
            f"… {len(lines) - height + 1} more lines: a taller terminal shows them"
        ]
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
    """Draw again every second in place, until Ctrl-C; where that is not possible, each new picture below the last."""
    console = Console(file=sys.stdout, highlight=False)
    last = None
    in_place = console.is_terminal and not console.is_dumb_terminal
    try:
        with Live(console=console, screen=in_place, auto_refresh=False) as live:
            while True:
                try:
                    with Management() as management:
                        found = topology.look(management, everything=everything)
                    shown = render(console, found, console.height if in_place else 0)
                except Failure as failure:  # a broker that is restarted comes back
                    if last is None and failure.status != Exit.UNAVAILABLE:
                        raise
                    shown = Text(str(failure))
                if in_place:
                    live.update(shown, refresh=True)
                elif shown != last:
                    console.print(shown, "\n", soft_wrap=True)
                last = shown
                time.sleep(PAUSE)
    except SystemExit:
        return


def once(*, everything: bool, as_mermaid: bool, file: str) -> None:
    """Print the picture, or a flowchart, or write it to an SVG file. Raises Failure (1) if that cannot be written."""
    with Management() as management:
        exchanges = topology.settled_look(management, everything=everything)
    if as_mermaid:
        print("\n".join(mermaid.flowchart(exchanges)))
    elif file:
        try:
            Path(file).write_text(svg.draw(exchanges), encoding="utf-8")
        except OSError as error:
            raise Failure(f"cannot write {file}: {error.strerror}") from None
    else:
        console = Console(file=sys.stdout, highlight=False)
        console.print(render(console, exchanges), soft_wrap=True)
