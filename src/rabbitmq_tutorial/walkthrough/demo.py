"""Play README.md on a real broker, for a person to watch."""

import os
import subprocess
from collections.abc import Callable

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from rabbitmq_tutorial.command_line import argument_parser, run_program
from rabbitmq_tutorial.lab.run.lifecycle import up
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.walkthrough.play import COMMANDS, README, ROOT, play

COLOURS = [
    "bold",
    "cyan",
    "green",
    "magenta",
    "yellow",
    "blue",
]  # of headings, and of each terminal


class Screen:
    """Shows the lines of each terminal in its colour, below a heading whenever another terminal has the word."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._last = 0

    def show(self, terminal: int, line: str) -> None:
        """Print a line of a terminal; terminal 0 is the page itself."""
        colour = COLOURS[terminal % len(COLOURS)]
        if terminal != self._last:
            self._last = terminal
            if terminal:
                self._console.print(
                    Rule(Text(f"terminal {terminal}", colour), style=colour), width=24
                )
        self._console.print(Text(line if terminal else f"\n{line}", colour), soft_wrap=True)


def photographer(broker: Broker, show: Callable[[int, str], None]) -> Callable[[int, str], None]:
    """Return another show that also writes pictures/STAGE.svg whenever the page draws a picture."""
    stage = ""

    def photograph(terminal: int, line: str) -> None:
        nonlocal stage
        show(terminal, line)
        if line.startswith("## "):
            stage = line.rsplit(". ", maxsplit=1)[-1].lower().replace(" / ", "_").replace(" ", "_")
        elif line == "$ broker picture":
            file = ROOT / "pictures" / f"{stage}.svg"
            file.parent.mkdir(exist_ok=True)
            command = [str(COMMANDS / "broker"), "picture", "--svg", str(file)]
            subprocess.run(command, env=os.environ | broker.environment, check=True)  # noqa: S603

    return photograph


def main() -> None:
    """Play the page on a broker of its own, then find or start the one that the reader will use."""
    arguments = argument_parser(__doc__)
    arguments.add_argument(
        "--pictures", action="store_true", help="draw the pictures of the page anew"
    )
    pictures = arguments.parse_args().pictures
    show = Screen().show
    show(0, "Starting a broker of its own for this")
    with private_broker() as broker:
        play(
            README.read_text(),
            os.environ | broker.environment,
            photographer(broker, show) if pictures else show,
        )
    if not pictures:
        show(0, "All that README.md says of the six stages came out here. Your turn:")
        print(up(1))
        print("  . .venv/bin/activate")
        print("  python hello_world/send.py")
        print("  broker picture --watch     # in another terminal")
        print("  broker down                # when you have seen enough")


if __name__ == "__main__":
    run_program(main)
