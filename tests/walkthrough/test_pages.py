"""Every page is true: what it says of a terminal is what comes out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.walkthrough.page import ROOT, pages, steps
from rabbitmq_tutorial.walkthrough.play import play
from rabbitmq_tutorial.walkthrough.watch import empty

PLAYED = [
    pytest.param(page, nodes, id=f"{page.relative_to(ROOT)}-{nodes}")
    for page in pages()
    for nodes in (1, 3)
    if any(steps(page, nodes))
]


@pytest.mark.parametrize(("page", "nodes"), PLAYED)
def test_a_page_is_true(page: Path, nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with private_broker(nodes) as broker:
        for name, value in broker.environment.items():
            monkeypatch.setenv(name, value)
        play(page, os.environ, lambda _terminal, _line: None, nodes)
        assert empty(), "the page leaves something behind"
    assert not any(broker.alive(number) for number in broker.numbers)  # nor what a page restarted
