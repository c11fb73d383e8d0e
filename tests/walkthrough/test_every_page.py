"""What every page keeps to: true excerpts, links that lead somewhere, commands for every shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import SCRIPTS
from rabbitmq_tutorial.walkthrough.page import (
    README,
    ROOT,
    blocks,
    excerpts,
    pages,
    place,
    stands_in,
)

# What is outside of quotes, as a regular expression: what is wrong with it.
UNSUITABLE = {
    r"(^|\s)#": "zsh takes # for a word, and an apostrophe in a comment for a quote",
    r"['\"]": "a quote is not closed",
    r"[*\[]|(?<!\$)\?": "zsh looks for files: quote * ? [",
    r"(^|\s)=\w": "zsh looks for a command after =",
    r"(^|[|;&(]|\b(do|then|else)\b)\s*(timeout|setsid|tac|nproc|ss|ip|free|shuf|watch|stdbuf)\b": (
        "macOS has no such command"
    ),
    r"\b(sed -i|grep -\w*P|date -d|head -\w+ -|cat -A|stat -c|base64 -w|ls --)": (
        "macOS has no such option"
    ),
}
every_page = pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)


def commands(page: Path) -> Iterator[tuple[int, str]]:
    """Yield each line that a reader types or pastes, with its number."""
    for block in blocks(page):
        for number, line in enumerate(block.lines, block.number + 1):
            if block.fence.startswith("```console") and line.startswith("$ "):
                yield number, line[2:]
            elif re.match("```(sh|bash)", block.fence) and line.strip():
                yield number, line


def complaints(command: str) -> list[str]:
    """Return what bash 3.2, zsh or macOS would not take of a command."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "_", command)
    found = [reason for pattern, reason in UNSUITABLE.items() if re.search(pattern, bare)]
    doubly_quoted = re.sub(r"'[^']*'|(\"[^\"]*\")", r"\1", command)
    if re.search(r"![^\s=(]", doubly_quoted):
        found.append("a shell that you type in looks for ! in its history: use single quotes")
    return found


@pytest.mark.parametrize(
    ("command", "takes"),
    [
        ("broker up", True),
        ("broker up     # the broker's", False),
        ("# start it", False),
        ("echo $?", True),
        ("echo $# a#b", True),
        ("python topics/receive_logs_topic.py kern.*", False),
        ('python topics/receive_logs_topic.py "kern.*" "#"', True),
        ("curl http://localhost:15672/api/queues?page=1", False),
        ('python hello_world/send.py "Hello World!"', False),
        ("python hello_world/send.py 'Hello World!'", True),
        ('python hello_world/send.py "don\'t"', True),
        ("python hello_world/send.py don't", False),
        ("for n in 1 2; do timeout 3 python work_queues/worker.py; done", False),
        ("for n in $(seq 1 5); do echo $n; done | python work_queues/new_task.py -", True),
        ("python work_queues/new_task.py a timeout", True),
        ("broker picture --watch", True),
        ("watch broker queues", False),
        ("sed -i s/a/b/ file", False),
        ("kill -9 $(broker consumers | awk '/worker.py/ {print $3}' | sort -n | tail -1)", True),
        ("curl -s -X PUT http://localhost:15672/api/queues/%2F/a -d '{\"durable\": true}'", True),
    ],
)
def test_what_every_shell_takes(command: str, takes: bool) -> None:  # noqa: FBT001
    assert (complaints(command) == []) is takes


@every_page
def test_every_shell_takes_the_commands(page: Path) -> None:
    found = [
        f"{place(page, number)}: {complaint}: {command}"
        for number, command in commands(page)
        for complaint in complaints(command)
    ]
    assert not found, "\n".join(found)


@every_page
def test_excerpts_are_true(page: Path) -> None:
    for block, file in excerpts(page):
        source = file.read_text(encoding="utf-8")
        assert stands_in(block.lines, source), f"{place(page, block.number)}: not in {file.name}"


def test_the_readme_shows_code() -> None:
    assert len(list(excerpts(README))) > 1


def test_every_script_is_on_a_page() -> None:
    words = {word for page in pages() for _, command in commands(page) for word in command.split()}
    assert words >= set(SCRIPTS)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = [
        line.lstrip("#").strip().lower()
        for block in blocks(page)
        for line in block.lines
        if not block.fence and line.startswith("#")
    ]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    text = "\n".join("\n".join(block.lines) for block in blocks(page) if not block.fence)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if name.startswith("http"):
            continue
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: there is no {target}"
        assert file.is_relative_to(ROOT)
        assert not anchor or anchor in anchors(file), f"{page.name}: no heading {target}"
