"""Play the terminals of a page: a demonstration to watch, and the test that the page is true."""

from __future__ import annotations

import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.walkthrough.page import Step, pattern, place, plain, steps
from rabbitmq_tutorial.walkthrough.terminal import Terminal

COMMANDS = Path(sys.executable).parent  # where `python` and `broker` are those of the tutorial
LOOKS = re.compile("broker (queues|connections|exchanges|bindings|consumers|nodes|picture)")
Show = Callable[[int, str], None]


def play(page: Path, environment: Mapping[str, str], show: Show, nodes: int = 1) -> None:
    """Play a page's blocks for so many nodes.

    show(terminal, text) sees each line, and the sentences between them as terminal 0. Raises
    Failure with the page's line.
    """
    environment = {**environment, "TERM": "dumb", "COLUMNS": "80", "PYTHONUTF8": "1"}
    environment["PATH"] = f"{COMMANDS}{os.pathsep}{environment.get('PATH', os.defpath)}"
    terminals: dict[int, Terminal] = {}
    last: dict[int, Step] = {}
    todo = deque(steps(page, nodes))
    try:
        while todo:
            step = todo.popleft()
            if step.kind == "prose":
                show(0, step.text)
                continue
            number = step.terminal
            last[number] = step
            if number not in terminals:
                terminals[number] = Terminal(environment, partial(show, number))
            with named(page, step):
                perform(terminals[number], step, todo)
        for number, terminal in terminals.items():
            with named(page, last[number]):
                terminal.end()
    finally:
        for terminal in terminals.values():
            terminal.kill()


@contextmanager
def named(page: Path, step: Step) -> Iterator[None]:
    """Say in which line of the page a Failure came up."""
    try:
        yield
    except Failure as failure:
        where = f"{place(page, step.number)}, terminal {step.terminal}"
        raise Failure(f"{where}: {failure}", failure.status) from None


def perform(terminal: Terminal, step: Step, todo: deque[Step]) -> None:
    """Do in a terminal what a step says; todo is what comes after it.

    If it looks at the broker, its output is in todo. After ^C, the command ends, unless the page
    has more of it.
    """
    if step.kind == "$" and LOOKS.match(step.text):
        expected = []
        while todo and todo[0].kind == "output" and todo[0].terminal == step.terminal:
            expected.append(todo.popleft().text)
        terminal.look(step.text, partial(agree, expected))
    elif step.kind == "$":
        terminal.command(step.text)
    elif step.kind == ">":
        terminal.type(step.text)
    elif step.kind == "^D":
        terminal.end_input()
    elif step.kind == "^C":
        terminal.interrupt()
        if not todo or todo[0].terminal != step.terminal or todo[0].kind == "$":
            terminal.end()
    else:
        terminal.output(step.text)


def agree(expected: list[str], lines: list[str]) -> bool:
    """Whether lines are those that the page has, whatever the widths of columns."""
    wanted = "".join(
        r"(?:.*\n)*?" if line == "..." else pattern(plain(line)) + r"\n" for line in expected
    )
    return re.fullmatch(wanted, "".join(f"{plain(line)}\n" for line in lines)) is not None
