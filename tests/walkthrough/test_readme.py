"""README.md is true: what it says of a terminal is what comes out."""

import pytest

from pages import PLAYED, play_alone
from rabbitmq_tutorial.walkthrough.page import README


@pytest.mark.parametrize("nodes", [nodes for page, nodes in PLAYED if page == README])
def test_the_readme_is_true(nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = play_alone(README, nodes, monkeypatch)
    if nodes == 1:
        assert " [.] Got 832040" in shown
