"""The player, on pages of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import wait_until
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.walkthrough.play import play

Play = Callable[[str], list[str]]


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Return a function that plays lines in terminal 1, and returns what it showed."""
    monkeypatch.setattr("rabbitmq_tutorial.walkthrough.terminal.PATIENCE", 5)

    def play_lines(lines: str) -> list[str]:
        page = tmp_path / "page.md"
        page.write_text(f"```console\n── terminal 1 ──\n{lines}```\n", encoding="utf-8")
        shown: list[str] = []
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        play(page, environment, lambda _terminal, line: shown.append(line))
        return shown

    return play_lines


GOES_ON_ONCE = (
    "import signal;"
    " signal.signal(2, lambda *_: [signal.signal(2, signal.SIG_DFL), print('on', flush=True)]);"
    " print('go', flush=True); signal.pause(); signal.pause()"
)


@pytest.mark.parametrize(
    "lines",
    [
        "$ echo one\none\n",
        "$ exit 3\n$ echo $?\n3\n",
        "$ seq 1 5\n1\n...\n4\n...\n",
        "$ sh -c 'echo ready; exec sleep 60'\nready\n^C\n$ echo $?\n...\n",
        f'$ python3 -c "{GOES_ON_ONCE}"\ngo\n^C\non\n^C\n',
        "$ cat\n> one\none\n> two\ntwo\n^D\n$ echo $?\n0\n",
        "$ read answer; echo $answer\n> a b\na b\n",
        "$ cat\n> one\none\n^C\n",
        "$ test -t 0 || echo no terminal\nno terminal\n",
        "$ printf 'caf\\351\\n'\ncaf\\xe9\n",
        "$ echo localhost:15672\nlocalhost:15672\n",
    ],
)
def test_a_page_that_is_true(lines: str, played: Play) -> None:
    played(lines)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("$ echo one\ntwo\n", "page.md:4, terminal 1: expected 'two', got 'one'"),
        ("$ echo one\n", "page.md:3, terminal 1: more output than the page has: 'one'"),
        ("$ true\none\n", "page.md:4, terminal 1: expected 'one', got no more output"),
        ("$ seq 1 5\n...\n9\n", "page.md:5, terminal 1: expected '9', got no more output"),
        ("$ sleep 60\nnever\n", "page.md:4, terminal 1: nothing more came within 5 s"),
        ("$ cat\n> a\na\n", "page.md:5, terminal 1: nothing more came within 5 s"),
        ("$ cat\n^D\n> a\n", "page.md:5, terminal 1: no command reads what is typed: 'a'"),
        ("> a\n", "page.md:3, terminal 1: no command reads what is typed: 'a'"),
        ("^D\n", "page.md:3, terminal 1: no command runs whose input could end"),
        ("^C\n", "page.md:3, terminal 1: no command runs that could be interrupted"),
    ],
)
def test_the_first_line_that_differs_is_named(lines: str, complaint: str, played: Play) -> None:
    with pytest.raises(Failure) as failure:
        played(lines)
    assert str(failure.value) == complaint


def test_what_is_typed_is_shown(played: Play) -> None:
    lines = ["$ cat", "> one", "one", "^D"]
    assert played("\n".join(lines) + "\n") == lines


def test_input_stays_open_until_it_is_ended(played: Play) -> None:
    assert played("$ cat; echo ended\n> a\na\n^D\nended\n")[-2:] == ["^D", "ended"]


def test_nothing_is_left_of_a_page_that_fails(played: Play, tmp_path: Path) -> None:
    with pytest.raises(Failure):
        played(f"$ sleep 60 & echo $! >{tmp_path}/pid; cat\non\n")
    pid = int((tmp_path / "pid").read_text())

    def gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(gone)


def test_commands_find_the_broker_that_is_played_on(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n── terminal 1 ──\n$ echo localhost:15672 localhost:5672\na:2 b:1\n```\n",
        encoding="utf-8",
    )
    environment = {
        "PATH": os.environ["PATH"],
        "AMQP_URL": "amqp://guest:guest@b:1/%2F,amqp://guest:guest@c:3/%2F",
        "MANAGEMENT_URL": "http://guest:guest@a:2,http://guest:guest@d:4",
    }
    play(page, environment, lambda _terminal, _line: None)
