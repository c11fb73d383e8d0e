"""The SVG picture: a box for each client, and room for every text, in every renderer."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from chromium import chromium, is_installed
from made_up import binding, consumer, exchange, producer, queue, routed
from rich.cells import cell_len

from rabbitmq_tutorial.lab.see import svg
from rabbitmq_tutorial.lab.see.topology import Exchange, arrange

SVG = "{http://www.w3.org/2000/svg}"
REPLIES = "amq.gen-JzTY20BRgKO-HjmUJj0wLg"
SHORT = ["hello", "work_queues/worker.py 4194301", "info"]
LONG = [REPLIES, "topics/receive_logs_topic.py 4194301", "all of customer=somebody-else type=pdf"]
STRANGE = ["W" * 255, f"{'folder' * 9}/{'行列' * 20}.py 1", '<&">' * 60]


def made_up(name: str, client: str, key: str) -> list[Exchange]:
    """Return three queues with up to ten clients each, and two exchanges."""
    names = [f"{number}{name}" for number in range(3)]
    bound = [binding("logs", one, f"{key}{number}") for number in range(2) for one in names]
    clients = [consumer(one, f"{client}{n}", 5, 0.5) for one in names for n in range(len(one) % 11)]
    published = [producer("logs", f"{client}{number}", 12_345, 67.8) for number in range(4)]
    return arrange(
        [exchange(""), exchange("logs", "topic"), exchange("x" * len(key))],
        bound,
        [queue(one, 10**number) for number, one in enumerate([*names, "other"])],
        clients,
        published,
        [routed("logs", names[0], 1_000_000, 12_345.6)],
    )


def elements(picture: str, tag: str, kind: str) -> list[ET.Element]:
    found = ET.fromstring(picture).iter(SVG + tag)
    return [one for one in found if kind in one.get("class", "").split()]


def test_two_workers_are_two_boxes() -> None:
    found = arrange(
        [exchange("")],
        [],
        [queue("task_queue", consumers=2)],
        [consumer("task_queue", f"work_queues/worker.py {pid}") for pid in (17, 18)],
        [producer("", "work_queues/new_task.py 19")],
    )
    boxes = elements(svg.draw(found), "g", "consumer")
    assert [[text.text for text in box.iter(f"{SVG}text")] for box in boxes] == [
        ["worker.py", "pid 17"],
        ["worker.py", "pid 18"],
    ]
    assert len(elements(svg.draw(found), "g", "producer")) == 1


def test_no_column_without_producers() -> None:
    found = arrange([exchange("")], [], [queue("hello", 4)], [])
    assert "Producers" not in svg.draw(found)
    assert "Producers" in svg.draw(found, flowing=True)
    assert [box.get("class") for box in elements(svg.draw(found), "g", "queue")] == ["queue full"]


def test_what_flows() -> None:
    picture = svg.draw(made_up(*SHORT), flowing=True)
    texts = [text.text for text in elements(picture, "text", "figure")]
    assert texts.count("12,345 · 67.8/s") == 4
    assert "1,000,000 · 12,345.6/s" in texts
    assert elements(picture, "path", "flow")
    assert not elements(svg.draw(made_up(*SHORT)), "text", "figure")


def test_keys_that_are_too_long_for_a_line_have_one_each() -> None:
    def drawn(keys: list[str]) -> list[str]:
        bound = [binding("logs", "q", key) for key in keys]
        found = arrange([exchange("logs", "topic")], bound, [queue("q")], [])
        return [text.text or "" for text in elements(svg.draw(found), "text", "key")]

    assert drawn(["*.critical", "kern.*"]) == ["*.critical, kern.*"]
    several = ["*.critical", "cron.*.critical", "kern.*.critical"]
    assert sorted(drawn(several)) == several


@pytest.mark.parametrize("texts", [SHORT, LONG, STRANGE])
@pytest.mark.parametrize("flowing", [False, True])
def test_texts_have_room_in_the_widest_font(texts: list[str], *, flowing: bool) -> None:
    picture = svg.draw(made_up(*texts), flowing=flowing)
    for group in ET.fromstring(picture).iter(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        assert box is not None
        right = float(box.attrib["x"]) + float(box.attrib["width"])
        for text in group.iter(f"{SVG}text"):
            assert float(text.attrib["x"]) + 0.61 * 13 * cell_len(text.text or "") < right
    queues = min(float(box[1].attrib["x"]) for box in elements(picture, "g", "queue"))
    for key in elements(picture, "text", "key"):
        assert float(key.attrib["x"]) + 0.61 * 12 * cell_len(key.text or "") < queues


@pytest.mark.parametrize("texts", [SHORT, LONG, STRANGE])
@pytest.mark.parametrize("kind", ["producer", "exchange", "queue", "consumer"])
def test_boxes_stand_apart(texts: list[str], kind: str) -> None:
    picture = svg.draw(made_up(*texts))
    boxes = [group[1].attrib for group in elements(picture, "g", kind)]
    spans = sorted((float(box["y"]), float(box["y"]) + float(box["height"])) for box in boxes)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    assert spans[-1][1] < float(ET.fromstring(picture).attrib["height"])


if is_installed():
    from selenium.webdriver.common.by import By

    OUTSIDE = """return [...document.querySelectorAll("g")].flatMap(group => {
        const box = group.querySelector("rect").getBBox();
        return [...group.querySelectorAll("text")].filter(text =>
            text.getBBox().x + text.getBBox().width > box.x + box.width)
    }).map(text => text.textContent)"""

    def test_texts_have_room_in_a_browser(tmp_path: Path) -> None:
        with chromium(tmp_path / "profile") as browser:
            for texts in SHORT, LONG, STRANGE:
                file = tmp_path / "picture.html"
                file.write_text(svg.draw(made_up(*texts), flowing=True), encoding="utf-8")
                browser.get(file.as_uri())
                assert len(browser.find_elements(By.TAG_NAME, "g")) > 6
                assert browser.execute_script(OUTSIDE) == []
