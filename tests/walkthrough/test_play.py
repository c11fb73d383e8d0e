"""The README, played; and the player, on pages of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from textwrap import indent

import pytest

from conftest import ROOT, SCRIPTS
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.walkthrough.demo import Screen
from rabbitmq_tutorial.walkthrough.page import Step, matches, steps
from rabbitmq_tutorial.walkthrough.play import README, play


def test_the_readme_is_true() -> None:
    shown: list[str] = []
    with private_broker() as broker:
        play(
            README.read_text(),
            os.environ | broker.environment,
            lambda _terminal, line: shown.append(line),
        )
    assert " [.] Got 832040" in shown
    assert not broker.alive(1)  # also after its restarts by the page


def test_the_demo_says_which_terminal_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    show = Screen().show
    picture = "x" * 80
    for terminal, line in [
        (0, "## One"),
        (1, picture),
        (1, "b"),
        (2, "c"),
        (0, "## Two"),
        (2, "d"),
    ]:
        show(terminal, line)
    lines = capsys.readouterr().out.splitlines()
    heads = [line for line in lines if "terminal" in line]
    assert [head.strip("─- ") for head in heads] == ["terminal 1", "terminal 2", "terminal 2"]
    assert max(map(len, heads)) < 40
    assert [line for line in lines if line not in heads] == [
        "",
        "## One",
        picture,
        "b",
        "c",
        "",
        "## Two",
        "d",
    ]


def test_every_script_is_in_the_readme() -> None:
    played = {
        word for step in steps(README.read_text()) if step.kind == "$" for word in step.text.split()
    }
    assert played >= set(SCRIPTS)


def test_python_on_the_page_stands_in_a_script() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    sources = [(ROOT / script).read_text() for script in SCRIPTS]
    assert blocks
    for block in blocks:
        assert any(indent(block, margin) in source for source in sources for margin in ("", "    "))


def test_a_page_is_read_line_by_line() -> None:
    page = "# One\n```console terminal=2\n$ echo a\na\n^C\n```\n```sh\n$ not played\n```\n"
    assert list(steps(page)) == [
        Step(1, 0, "#", "# One"),
        Step(3, 2, "$", "echo a"),
        Step(4, 2, "output", "a"),
        Step(5, 2, "^C", "^C"),
    ]


@pytest.mark.parametrize("page", ["```console terminal=x\n```\n", "```console terminal=1\n$ ls\n"])
def test_a_page_that_cannot_be_played(page: str) -> None:
    with pytest.raises(Failure, match=r"README\.md"):
        list(steps(page))


@pytest.mark.parametrize(
    ("expected", "line", "fits"),
    [
        ("a...z", "abcz", True),
        ("...", "", True),
        ("a.c", "abc", False),
        ("a...", "ba", False),
        ("[x]", "[x]", True),
    ],
)
def test_dots_stand_for_anything(expected: str, line: str, fits: bool) -> None:  # noqa: FBT001
    assert matches(expected, line) is fits


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        (
            "$ echo one\none\n$ exit 3\n$ echo $?\n3\n$ sh -c 'echo ready; exec sleep 60'\nready\n^C\n",
            "",
        ),
        ("$ seq 1 5\n1\n...\n4\n...\n", ""),
        ("$ echo one\ntwo\n", r":3, terminal 1: expected 'two', got 'one'"),
        ("$ echo one\n", r"more output than the page has: 'one'"),
        ("$ true\none\n", r"expected 'one', got no more output"),
        ("$ seq 1 5\n...\n9\n", r"expected '9', got no more output"),
        ("$ sleep 60\nnever\n", r"waited 1 s in vain"),
    ],
)
def test_the_first_line_that_differs_is_named(
    commands: str, complaint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        "rabbitmq_tutorial.walkthrough.play.PATIENCE", 1 if "never" in commands else 20
    )
    page = f"```console terminal=1\n{commands}```\n"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    if complaint:
        with pytest.raises(Failure, match=complaint):
            play(page, environment, lambda _terminal, _line: None)
    else:
        play(page, environment, lambda _terminal, _line: None)
