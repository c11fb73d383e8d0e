"""The pages beside README.md are true. In a file of its own: both can be played at a time."""

from pathlib import Path

import pytest

from pages import PLAYED, play_alone
from rabbitmq_tutorial.walkthrough.page import README, ROOT

DOCS = [
    pytest.param(page, nodes, id=f"{page.relative_to(ROOT)}-{nodes}")
    for page, nodes in PLAYED
    if page != README
]


@pytest.mark.parametrize(("page", "nodes"), DOCS)
def test_each_page_is_true(page: Path, nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    play_alone(page, nodes, monkeypatch)
