"""Every page is true: what it says of a terminal is what comes out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.walkthrough.page import pages, steps
from rabbitmq_tutorial.walkthrough.play import play
from rabbitmq_tutorial.walkthrough.watch import empty

PLAYED = [page for page in pages() if any(steps(page))]  # those of a cluster: test_cluster


@pytest.fixture(scope="module")
def stage() -> Iterator[Broker]:
    """Return the broker that the pages are played on, one after the other: each leaves it empty."""
    with private_broker() as started:
        yield started
    assert not started.alive(1)  # nor what a page restarted


@pytest.mark.parametrize("page", PLAYED, ids=lambda page: page.name)
def test_a_page_is_true(page: Path, stage: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in stage.environment.items():
        monkeypatch.setenv(name, value)
    play(page, os.environ, lambda _terminal, _line: None)
    assert empty(), "the page leaves something behind"
