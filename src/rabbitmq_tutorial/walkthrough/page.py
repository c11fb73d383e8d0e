"""Read what a page (README.md, docs/*.md) says will happen in which terminal.

A fenced block ```console terminal=N is what happens in terminal N, line by line:

    $ command    is typed at the prompt, once the command before it has ended
    > text       is typed into the command that runs: a line of its standard input
    ^D           ends its input, ^C interrupts it
    ...          alone on a line stands for any lines of output, or none
    any other    is a line of output; "..." in it stands for anything

A command's standard input stays open until ^D, ^C or its end. Two blocks of one terminal are one session.
A fence that ends with nodes=3 begins a block for a cluster: such blocks are played apart, on three nodes.

A fenced block ```python file=work_queues/worker.py is an excerpt of that file, line for line as it is indented there; a
line that is only ... stands for lines left out. Other blocks (```sh, ```python without a file) are neither played nor compared.

The commands must suit every shell, macOS's and zsh as well: no comments, no * ? [ # or ! outside of single quotes (double
quotes do for * ? [ #), no timeout, setsid or GNU options. A page ends with an empty broker, as it began.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rabbitmq_tutorial.faults import Failure


class Step(NamedTuple):
    """A line of the page: kind is "$" (text is a command), "^C", "output", or "#" (text is a heading)."""

    line: int
    terminal: int
    kind: str
    text: str


def steps(page: str, nodes: int = 1) -> Iterator[Step]:
    """Yield what a page says for so many nodes, line by line; raises Failure for a block that cannot be played.

    A heading is yielded if something is played below it.
    """
    terminal, fence, heading = 0, "", list[Step]()
    for number, line in enumerate(page.splitlines(), 1):
        if line.startswith("```"):
            found = re.fullmatch(r"```console terminal=(\d+)( nodes=3)?", line)
            if not fence and "terminal" in line and not found:
                raise Failure(f"README.md:{number}: not ```console terminal=N: {line}")
            wanted = found and bool(found[2]) == (nodes > 1)
            terminal, fence = (int(found[1]) if found and wanted else 0), "" if fence else line
        elif not fence and re.match("#+ ", line):
            heading = [Step(number, 0, "#", line)]
        elif terminal:
            yield from heading
            heading = []
            if line.startswith("$ "):
                yield Step(number, terminal, "$", line[2:])
            else:
                yield Step(number, terminal, "^C" if line == "^C" else "output", line)
    if fence:
        raise Failure(f"README.md: a block is not closed: {fence}")


def matches(expected: str, line: str) -> bool:
    """Whether a line of output is what the page says, "..." standing for anything."""
    return re.fullmatch(pattern(expected), line) is not None


def pattern(expected: str) -> str:
    """Return the regular expression for a line of the page."""
    return ".*".join(map(re.escape, expected.split("...")))


def plain(line: str) -> str:
    """Return a line of a table or a picture without its layout, which is another on a wider terminal or in a pipe."""
    return re.sub(r"\s+", " ", re.sub("─+", "─", line)).rstrip()
