"""Play README.md on a real broker, for a person to watch: Enter goes on, q leaves."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rabbitmq_tutorial.command_line import argument_parser, run_program
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.run import lifecycle
from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.walkthrough.page import README
from rabbitmq_tutorial.walkthrough.play import play

if TYPE_CHECKING:
    from rabbitmq_tutorial.walkthrough.screen import Screen

YOUR_TURN = """
Everything came out as the page says. Your turn:
{broker}
  . .venv/bin/activate
  python hello_world/send.py
  broker picture --watch     (in another terminal)
  broker down                (when you have seen enough)"""


def main() -> None:
    """Play the page, and leave a broker running for the reader."""
    arguments = argument_parser(__doc__)
    arguments.add_argument("page", metavar="PAGE", nargs="?", type=Path, default=README)
    page = arguments.parse_args().page
    if sys.platform == "win32":
        raise Failure("the demo plays the page in bash: on Windows, run it in WSL 2")
    if not README.exists():
        raise Failure(
            "the demo plays README.md, which only a checkout has: git clone it, make demo"
        )
    if not page.is_file():
        raise Failure(f"there is no page {page}", Exit.USAGE)
    from rabbitmq_tutorial.walkthrough.screen import screen  # noqa: PLC0415 - needs the lab's rich

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # of a terminal that is closed: showing fails then
    with closing(screen()) as shown:
        broker = watch(page, shown)
    print(YOUR_TURN.format(broker=broker))


def leave(*_: object) -> None:
    """Leave at Ctrl-C; what was started is stopped on the way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would leave something behind
    sys.exit(0)


def watch(page: Path, shown: Screen) -> str:
    """Play the page; return where the broker is that stays.

    The page is played on that broker if it was started here and is empty; else on a private one,
    to disturb nobody.
    """
    found = lifecycle.answers()
    wipe = not lifecycle.home().exists()
    try:
        shown.wait("looking for RabbitMQ" if found else "starting RabbitMQ")
        broker = up(found=found)
        if not found and empty():
            wipe = True
            play(page, os.environ, shown.show)
        else:
            shown.wait("starting a RabbitMQ of its own for this")
            with private_broker() as private:
                play(page, os.environ | private.environment, shown.show)
    except BaseException:
        if not found:
            with suppress(OSError):  # of a terminal that was closed
                shown.wait("stopping RabbitMQ")
            lifecycle.down(wipe=wipe)
        raise
    return broker


def up(*, found: bool) -> str:
    """Return where the broker is; if one was found that the reader cannot use, why."""
    try:
        return lifecycle.up(1)
    except Failure as failure:
        if not found:
            raise
        return str(failure)


def empty() -> bool:
    """Whether the broker holds nothing but what RabbitMQ comes with."""
    with Management() as management:
        held = management.get("definitions")
    return not (held["queues"] or held["exchanges"] or held["bindings"] or held["policies"])


if __name__ == "__main__":
    run_program(main)
