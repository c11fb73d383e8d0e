"""Read what a page (README.md, docs/*.md) says will happen in which terminal.

A fenced block ```console terminal=N is what happens in terminal N, line by line:

    $ command    is typed at the prompt, once the command before it has ended
    > text       is typed into the command that runs: a line of its standard input
    ^D           ends its input; ^C interrupts it
    ...          alone on a line stands for any lines of output, or none
    any other    is a line of output; "..." in it stands for anything

A command's standard input stays open until ^D, ^C or its end. Each command has a bash of its
own, which knows the exit status ($?) of the one before, and nothing else: what a command exports
is forgotten. A fence that ends with nodes=3 begins a block for a cluster; such blocks are played
apart.

A fenced block ```python file=work_queues/worker.py is an excerpt of that file, line for line.
It may be dedented as a whole, and a line that is only ... stands for lines left out. Other blocks
are shown, but neither played nor compared.

The demo waits for Enter wherever there are sentences between two blocks that are played. So where
time matters (a task must still be running), there must be none. A page leaves the broker empty.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rabbitmq_tutorial.faults import Failure

ROOT = Path(__file__).resolve().parents[3]  # the checkout, if this is one
README = ROOT / "README.md"


class Block(NamedTuple):
    """Some lines of a page: either fenced, or sentences, and then fence is ""."""

    number: int  # of its first line, from 1
    fence: str  # its first line, as in "```console terminal=1"
    lines: list[str]  # what is between the fences, or the sentences

    @property
    def markdown(self) -> str:
        """What the page says here, fences included."""
        return "\n".join([self.fence, *self.lines, "```"] if self.fence else self.lines)


class Step(NamedTuple):
    """What happens next.

    Its kind is "$", ">", "^D", "^C" or "output"; or "prose", for sentences: their terminal is 0.
    """

    number: int  # of the line of the page, from 1
    terminal: int
    kind: str
    text: str


def pages() -> list[Path]:
    """Return the pages of the checkout."""
    return [README, *sorted((ROOT / "docs").glob("*.md"))]


def place(page: Path, number: int) -> str:
    """Return where a line of a page is, as in "docs/cluster.md:12"."""
    return f"{page.relative_to(ROOT) if page.is_relative_to(ROOT) else page.name}:{number}"


def blocks(page: Path) -> Iterator[Block]:
    """Yield what the page consists of; sentences begin anew at each ## heading.

    Raises Failure for a fence that is left open.
    """
    block = Block(1, "", [])
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = line.startswith("```")
        if block.fence and fence:
            yield block
            block = Block(number + 1, "", [])
        elif fence:
            yield block
            block = Block(number, line, [])
        elif line.startswith("## ") and not block.fence:
            yield block
            block = Block(number, "", [line])
        else:
            block.lines.append(line)
    if block.fence:
        raise Failure(f"{place(page, block.number)}: this block is not closed: {block.fence}")
    yield block


def terminal_of(page: Path, block: Block, nodes: int) -> int:
    """Return the terminal in which a block is played on so many nodes, 0 if it is not played.

    Raises Failure for a fence that looks like one of a terminal and is none.
    """
    if "terminal" not in block.fence:
        return 0
    found = re.fullmatch(r"```console terminal=([1-9])( nodes=3)?", block.fence)
    if not found:
        raise Failure(f"{place(page, block.number)}: not ```console terminal=N: {block.fence}")
    return int(found[1]) if bool(found[2]) == (nodes > 1) else 0


def steps(page: Path, nodes: int = 1) -> Iterator[Step]:
    """Yield what happens on a page on so many nodes.

    A section (from ## to ##) in which nothing is played is left out. Raises Failure for a block
    that cannot be played.
    """
    section: list[Block] = []
    for block in blocks(page):
        if block.lines[:1] and block.lines[0].startswith("## ") and not block.fence:
            yield from section_steps(page, section, nodes)
            section = []
        section.append(block)
    yield from section_steps(page, section, nodes)


def section_steps(page: Path, section: list[Block], nodes: int) -> Iterator[Step]:
    """Yield what happens in a section: what stands between two blocks that are played is one."""
    terminals = [terminal_of(page, block, nodes) for block in section]
    if not any(terminals):
        return
    prose: list[Block] = []
    for terminal, block in zip(terminals, section, strict=True):
        if not terminal:
            prose.append(block)
            continue
        yield from said(prose)
        prose = []
        for number, line in enumerate(block.lines, block.number + 1):
            yield step(number, terminal, line)
    yield from said(prose)


def said(prose: list[Block]) -> Iterator[Step]:
    """Yield one step for what the blocks say, if they say anything."""
    text = "\n".join(block.markdown for block in prose).strip()
    if text:
        yield Step(prose[0].number, 0, "prose", text)


def step(number: int, terminal: int, line: str) -> Step:
    """Return what a line of a terminal is."""
    if line in ("^C", "^D"):
        return Step(number, terminal, line, "")
    if line.startswith(("$ ", "> ")):
        return Step(number, terminal, line[0], line[2:])
    return Step(number, terminal, "output", line)


def excerpts(page: Path) -> Iterator[tuple[Block, Path]]:
    """Yield each excerpt of a page with the file that it names; raises Failure for a typo."""
    for block in blocks(page):
        if "file" not in block.fence:
            continue
        found = re.fullmatch(r"```\w+ file=(\S+)", block.fence)
        if not found:
            raise Failure(f"{place(page, block.number)}: not ```python file=NAME: {block.fence}")
        yield block, ROOT / found[1]


def stands_in(excerpt: list[str], source: str) -> bool:
    """Whether the lines of an excerpt stand in a source, indented alike."""
    for margin in ("", "    ", "        "):
        wanted = "".join(
            r"(?:.*\n)*?" if line.strip() == "..." else re.escape((margin + line).rstrip()) + r"\n"
            for line in excerpt
        )
        if re.search("^" + wanted, source, re.MULTILINE):
            return True
    return False


def matches(expected: str, line: str) -> bool:
    """Whether a line of output is what the page says, "..." standing for anything."""
    return re.fullmatch(pattern(expected), line) is not None


def pattern(expected: str) -> str:
    """Return the regular expression for a line of the page."""
    return ".*".join(map(re.escape, expected.split("...")))


def plain(line: str) -> str:
    """Return a line of a table or a picture without its layout: that varies with the terminal."""
    return re.sub(r"\s+", " ", re.sub("─+", "─", line)).rstrip()
