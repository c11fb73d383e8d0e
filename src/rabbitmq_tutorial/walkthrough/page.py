"""Read what a page (README.md, docs/*.md) says will happen in which terminal.

A fenced block ```console is what happens in some terminals, line by line:

    ── terminal 1 ──   the lines below are those of terminal 1
    $ command          is typed at the prompt, once the command before it has ended
    > text             is typed into the command that runs: a line of its standard input
    ^D                 ends its input; ^C interrupts it, and unless more follows below, it ends
    ...                alone on a line stands for any lines of output, or none
    any other          is a line of output; "..." in it stands for anything

A command's standard input stays open until ^D, ^C or its end. Each command has a bash of its
own, which knows the exit status ($?) of the one before, and nothing else: what a command exports
is forgotten. A block ```console nodes=3 is for a cluster; such blocks are played apart.

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
FENCES = {"```console": 1, "```console nodes=3": 3}  # of what is played, and on how many nodes
MARK = re.compile("── terminal ([1-9]) ──")


class Block(NamedTuple):
    """Some lines of a page: either fenced, or sentences, and then fence is ""."""

    number: int  # of its first line, from 1
    fence: str  # its first line, as in "```console"
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


def is_played(page: Path, block: Block, nodes: int) -> bool:
    """Whether a block is played on so many nodes; raises Failure for a fence with a typo."""
    if not block.fence.startswith("```console"):
        return False
    if block.fence not in FENCES:
        raise Failure(f"{place(page, block.number)}: not ```console (nodes=3): {block.fence}")
    return FENCES[block.fence] == nodes


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
    if not any(is_played(page, block, nodes) for block in section):
        return
    prose: list[Block] = []
    for block in section:
        if is_played(page, block, nodes):
            yield from said(prose)
            prose = []
            yield from block_steps(page, block)
        else:
            prose.append(block)
    yield from said(prose)


def block_steps(page: Path, block: Block) -> Iterator[Step]:
    """Yield what happens in a block; raises Failure for a line that no terminal is named for."""
    terminal = 0
    for number, line in enumerate(block.lines, block.number + 1):
        mark = MARK.fullmatch(line)
        if mark:
            terminal = int(mark[1])
        elif terminal:
            yield step(number, terminal, line)
        else:
            raise Failure(f"{place(page, number)}: in which terminal? ── terminal 1 ── says it")


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
