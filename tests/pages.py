"""The pages of this checkout, each played on a broker of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.walkthrough.demo import empty
from rabbitmq_tutorial.walkthrough.page import pages, steps
from rabbitmq_tutorial.walkthrough.play import play

PAGES = pages()
PLAYED = [(page, nodes) for page in PAGES for nodes in (1, 3) if any(steps(page, nodes))]


def play_alone(page: Path, nodes: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Play a page on a fresh broker, which has to be empty in the end; return what was shown."""
    shown: list[str] = []
    with private_broker(nodes) as broker:
        for name, value in broker.environment.items():
            monkeypatch.setenv(name, value)
        play(page, os.environ, lambda _terminal, line: shown.append(line), nodes)
        assert empty(), "the page leaves something behind"
    assert not any(broker.alive(number) for number in broker.numbers)  # nor what a page restarted
    return shown
