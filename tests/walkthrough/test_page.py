"""How a page is read."""

from pathlib import Path

import pytest

from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.walkthrough.page import (
    README,
    ROOT,
    Step,
    excerpts,
    matches,
    place,
    stands_in,
    steps,
)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.md"


def test_a_page_is_read_line_by_line(page: Path) -> None:
    page.write_text(
        "# Title\n"
        "```sh\nls\n```\n"
        "## One\nFirst,\n"
        "```console\n── terminal 2 ──\n$ cat\n> a\na\n── terminal 1 ──\n^D\n^C\n```\n"
        "then\n```sh\n## not a heading\n```\nand:\n"
        "```console\n── terminal 1 ──\n...\n```\n"
        "```console nodes=3\n── terminal 3 ──\n$ ls\n```\n"
        "## Two\nNothing is played here.\n",
        encoding="utf-8",
    )
    assert list(steps(page)) == [
        Step(5, 0, "prose", "## One\nFirst,"),
        Step(9, 2, "$", "cat"),
        Step(10, 2, ">", "a"),
        Step(11, 2, "output", "a"),
        Step(13, 1, "^D", ""),
        Step(14, 1, "^C", ""),
        Step(16, 0, "prose", "then\n```sh\n## not a heading\n```\nand:"),
        Step(23, 1, "output", "..."),
        Step(25, 0, "prose", "```console nodes=3\n── terminal 3 ──\n$ ls\n```"),
    ]
    assert [step.text for step in steps(page, 3) if step.terminal] == ["ls"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\n```console node=3\n```\n", "page.md:2: not ```console"),
        ("```console\n$ ls\n```\n", "page.md:2: in which terminal?"),
        ("\n```console\n$ ls\n", "page.md:2: this block is not closed"),
    ],
)
def test_a_page_that_cannot_be_played(text: str, complaint: str, page: Path) -> None:
    page.write_text(text, encoding="utf-8")
    with pytest.raises(Failure, match=complaint):
        list(steps(page))


def test_a_line_is_named_as_a_reader_finds_it() -> None:
    assert place(README, 3) == "README.md:3"
    assert place(ROOT / "docs" / "cluster.md", 4) == "docs/cluster.md:4"


def test_excerpts_name_their_file(page: Path) -> None:
    page.write_text(
        "```python file=rpc/rpc_server.py\na = 1\n```\n```python\nb = 2\n```\n", encoding="utf-8"
    )
    [(block, file)] = excerpts(page)
    assert (block.lines, file) == (["a = 1"], ROOT / "rpc" / "rpc_server.py")
    page.write_text("```python file rpc/rpc_server.py\na = 1\n```\n", encoding="utf-8")
    with pytest.raises(Failure, match=r"page\.md:1: not ```python file=NAME"):
        list(excerpts(page))


SOURCE = "def f() -> None:\n    a(1)\n\n    if b:\n        c(2)\n    d(3)\n"


@pytest.mark.parametrize(
    ("excerpt", "stands"),
    [
        ("    a(1)", True),
        ("a(1)\n\nif b:\n    c(2)", True),
        ("def f() -> None:\n    ...\n    d(3)", True),
        ("a(1)\n...\nd(3)", True),
        ("a(1)\nd(3)", False),
        ("a(1)\nif b:", False),
        ("if b:\nc(2)", False),
        ("a(", False),
        ("d(3)\n...\na(1)", False),
    ],
)
def test_an_excerpt_stands_in_its_source(excerpt: str, stands: bool) -> None:  # noqa: FBT001
    assert stands_in(excerpt.splitlines(), SOURCE) is stands


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
