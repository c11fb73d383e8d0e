"""Play README.md on a real broker, for a person to watch: Enter goes on, q leaves."""

import signal
import sys
from pathlib import Path

from rabbitmq_tutorial.command_line import argument_parser, run_program
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.walkthrough.page import README

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
    if not README.exists():
        raise Failure("the demo plays README.md, which only a checkout has")
    if sys.platform == "win32":
        raise Failure("the demo plays the page in bash: on Windows, run it in WSL 2")
    if not page.is_file():
        raise Failure(f"there is no page {page}", Exit.USAGE)
    try:
        from rabbitmq_tutorial.walkthrough.watch import watch  # noqa: PLC0415 - see below
    except ModuleNotFoundError as missing:
        raise Failure(f'{missing.name} is not installed: pip install -e ".[lab]"') from None

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # of a terminal that is closed: showing fails then
    broker = watch(page)
    print(YOUR_TURN.format(broker=broker))


def leave(*_: object) -> None:
    """Leave at Ctrl-C; what was started is stopped on the way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would leave something behind
    sys.exit(0)


if __name__ == "__main__":
    run_program(main)
