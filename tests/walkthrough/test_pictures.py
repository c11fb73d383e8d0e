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


def shown(svg: str) -> Counter[str]:
    """Return how many boxes of each script, and of queues with these counts, are in a picture."""
    texts = [element.text or "" for element in ET.fromstring(svg).iter()]
    return Counter(text for text in texts if text.endswith((".py", "unacked")))


@pytest.mark.parametrize(
    ("stage", "boxes"),
    [
        ("hello_world", {"send.py": 1, "receive.py": 1, "0 ready, 0 unacked": 1}),
        ("work_queues", {"new_task.py": 1, "worker.py": 2, "3 ready, 2 unacked": 1}),
        ("rpc", {"rpc_client.py": 2, "rpc_server.py": 2, "0 ready, 0 unacked": 2}),
    ],
)
def test_all_that_runs_is_drawn(
    stage: str,
    boxes: dict[str, int],
    vhost: str,
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AMQP_URL", vhost)
    monkeypatch.setenv("MANAGEMENT_URL", broker.management_url)
    assert shown(drawn(STAGES[stage])) == boxes


def test_the_listeners_stand_in_the_order_of_the_page() -> None:
    picture = (ROOT / "pictures" / "topics.svg").read_text(encoding="utf-8")
    assert picture.index("*.critical, kern.*") < picture.index(">#<")


def test_every_stage_has_its_picture() -> None:
    assert set(STAGES) == {script.split("/")[0] for script in SCRIPTS}
    known = {Path(script).name for script in SCRIPTS}
    for stage in STAGES:
        boxes = shown((ROOT / "pictures" / f"{stage}.svg").read_text(encoding="utf-8"))
        found = {text for text in boxes if text.endswith(".py")}
        assert len(found) > 1
        assert known >= found
