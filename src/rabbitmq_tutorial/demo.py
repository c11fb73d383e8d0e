"""Play README.md on a real broker, for a person to watch."""

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from rabbitmq_tutorial.broker.lifecycle import answers, up
from rabbitmq_tutorial.broker.management import Management, scratch_vhost
from rabbitmq_tutorial.broker.private import private_broker
from rabbitmq_tutorial.command_line import Failure, run, tell
from rabbitmq_tutorial.connection import DEFAULT_URL
from rabbitmq_tutorial.walkthrough import README, play

COLOURS = ["bold", "cyan", "green", "magenta", "yellow", "blue"]  # of headings, and of each terminal


@contextmanager
def stage() -> Iterator[dict[str, str]]:
    """Yield an environment whose scripts play in a vhost of their own: nothing that was there before is in the way."""
    name = f"walkthrough-{uuid.uuid4().hex[:8]}"
    urls = (os.environ.get("AMQP_URL") or DEFAULT_URL).split(",")
    commands = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = {**os.environ, "PATH": commands, "NO_COLOR": "1"}
    environment["AMQP_URL"] = ",".join(f"{url.rpartition('/')[0]}/{name}" for url in urls)
    with Management() as management, scratch_vhost(management, name):
        yield environment


def main() -> None:
    """Play README.md on the broker that `broker up` finds or starts, for a person to watch."""
    console = Console(highlight=False)

    def show(terminal: int, line: str) -> None:
        text = f"terminal {terminal} | {line}" if terminal else f"\n{line}"
        console.print(Text(text, COLOURS[terminal % len(COLOURS)]), soft_wrap=True)

    with ExitStack() as stack:
        try:
            console.print(up(1))
            environment = stack.enter_context(stage())
        except Failure as failure:
            if not answers():
                raise
            tell(f"{failure}; so this plays on a broker of its own")
            broker = stack.enter_context(private_broker())
            os.environ |= {"AMQP_URL": broker.amqp_url, "MANAGEMENT_URL": broker.management_url}
            environment = stack.enter_context(stage())
        play(README.read_text(), environment, show)
    console.print(
        "\nAll that README.md says came out here. Your turn:\n"
        "  . .venv/bin/activate\n"
        "  python hello_world/send.py\n"
        "  broker picture --watch     # in another terminal\n"
        "  broker down                # when you have seen enough",
    )


if __name__ == "__main__":
    run(main)
