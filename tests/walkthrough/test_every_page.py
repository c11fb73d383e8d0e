"""What every page keeps to: its excerpts are true, its links lead somewhere, its commands suit every shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import SCRIPTS
from pages import PAGES
from rabbitmq_tutorial.walkthrough.page import README, ROOT, blocks, excerpts, place, stands_in

COMMANDS_NOT_ON_MACOS = "timeout setsid tac nproc ss ip free shuf watch stdbuf sha256sum xdg-open"
GNU_OPTIONS = re.compile(
    r"\b(sed -i|grep -\w*P|date -d|head -\w+ -|cat -A|stat -c|base64 -w|readlink -f|\w+ --color)"
)
every_page = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


def commands(page: Path) -> Iterator[tuple[int, str]]:
    """Yield each line that a reader types or pastes, with its number."""
    for block in blocks(page):
        for number, line in enumerate(block.lines, block.number + 1):
            if block.fence.startswith("```console") and line.startswith("$ "):
                yield number, line[2:]
            elif re.match("```(sh|bash)", block.fence) and line.strip():
                yield number, line


def complaint(command: str) -> str:
    """Return what bash 3.2, zsh or macOS would not take, "" if they take all of it."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "_", command)  # quoted: nothing but a word
    parts = re.split(r"[|;&()]|\b(?:do|then|else)\b", bare)
    first_words = {part.split()[0] for part in parts if part.split()}
    doubly = re.sub(r"'[^']*'|(\"[^\"]*\")", r"\1", command)  # where history is still looked for
    if re.search(r"(^|\s)#", bare):
        return "a comment: zsh takes # for a word, and an apostrophe behind it for a quote"
    if re.search(r"['\"]", bare):
        return "a quote that is not closed"
    if re.search(r"[*?\[]", bare.replace("$?", "")):
        return "zsh looks for files: quote * ? ["
    if re.search(r"(^|\s)=\w", bare):
        return "zsh looks for a command behind ="
    if re.search(r"![^\s=(]", doubly):
        return "an interactive shell looks for ! in its history, between double quotes too"
    if missing := first_words & set(COMMANDS_NOT_ON_MACOS.split()):
        return f"not on macOS: {missing}"
    if found := GNU_OPTIONS.search(bare):
        return f"not on macOS: {found[0]}"
    return ""


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
    assert (complaint(command) == "") is takes


@every_page
def test_every_shell_takes_the_commands(page: Path) -> None:
    found = [
        f"{place(page, number)}: {complaint(command)}: {command}"
        for number, command in commands(page)
        if complaint(command)
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
    words = {word for page in PAGES for _, command in commands(page) for word in command.split()}
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
