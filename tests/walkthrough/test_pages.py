"""Every page is true: what it says of a terminal is what comes out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.walkthrough.page import pages, steps
from rabbitmq_tutorial.walkthrough.play import play
from rabbitmq_tutorial.walkthrough.watch import empty

PLAYED = [page for page in pages() if any(steps(page))]  # those of a cluster: test_cluster


@pytest.mark.parametrize("page", PLAYED, ids=lambda page: page.name)
def test_a_page_is_true(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with private_broker() as broker:
        for name, value in broker.environment.items():
            monkeypatch.setenv(name, value)
        play(page, os.environ, lambda _terminal, _line: None)
        assert empty(), "the page leaves something behind"
    assert not broker.alive(1)  # nor what a page restarted
