"""The pictures of the stages are drawn while their scripts run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conftest import SCRIPTS
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.walkthrough.page import ROOT
from rabbitmq_tutorial.walkthrough.pictures import STAGES, drawn


def scripts(svg: str) -> Counter[str]:
    """Return how many boxes of each script are in a picture."""
    texts = [element.text or "" for element in ET.fromstring(svg).iter()]
    return Counter(text for text in texts if text.endswith(".py"))


@pytest.mark.parametrize(
    ("stage", "boxes", "counts"),
    [
        ("hello_world", {"send.py": 1, "receive.py": 1}, "0 ready, 0 unacked"),
        ("work_queues", {"new_task.py": 1, "worker.py": 2}, "3 ready, 2 unacked"),
        ("rpc", {"rpc_client.py": 2, "rpc_server.py": 2}, "0 ready, 0 unacked"),
    ],
)
def test_all_that_runs_is_drawn(
    stage: str,
    boxes: dict[str, int],
    counts: str,
    vhost: str,
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AMQP_URL", vhost)
    monkeypatch.setenv("MANAGEMENT_URL", broker.management_url)
    picture = drawn(STAGES[stage])
    assert scripts(picture) == boxes
    assert counts in picture


def test_the_listeners_stand_in_the_order_of_the_page() -> None:
    picture = (ROOT / "pictures" / "topics.svg").read_text(encoding="utf-8")
    assert picture.index("*.critical, kern.*") < picture.index(">#<")


def test_every_stage_has_its_picture() -> None:
    assert set(STAGES) == {script.split("/")[0] for script in SCRIPTS}
    known = {Path(script).name for script in SCRIPTS}
    for stage in STAGES:
        shown = scripts((ROOT / "pictures" / f"{stage}.svg").read_text(encoding="utf-8"))
        assert len(shown) > 1
        assert known >= set(shown)
