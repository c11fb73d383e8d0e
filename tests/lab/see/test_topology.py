"""Pictures of made-up brokers: none, one, many, cycles, and what a management API may leave out."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len
from rich.console import Console

from rabbitmq_tutorial.lab.see import mermaid, picture, svg, watch
from rabbitmq_tutorial.lab.see.topology import DEFAULT, Exchange, arrange

Row = dict[str, Any]
VENV = Path(__file__).parents[3] / ".venv"
NODE = (
    shutil.which("node") if (VENV / "mermaid").exists() else None
)  # where npm is, `make test` installs Mermaid


def exchange(name: str, kind: str = "direct") -> Row:
    return {"name": name, "type": kind}


def queue(name: str, ready: int = 0, consumers: int = 0, **more: object) -> Row:
    return {
        "name": name,
        "messages_ready": ready,
        "messages_unacknowledged": 0,
        "consumers": consumers,
        **more,
    }


def binding(
    source: str, destination: str, key: str = "", kind: str = "queue", **arguments: object
) -> Row:
    return {
        "source": source,
        "destination": destination,
        "destination_type": kind,
        "routing_key": key,
        "arguments": arguments,
    }


def everything(exchanges: list[Exchange]) -> None:
    """Draw it in every way, and check what holds for all pictures."""
    for width in 40, 80, 133:
        lines = picture.draw(exchanges, width)
        assert max(map(cell_len, lines)) <= max(width, 80)
        "\n".join(lines).translate(picture.ASCII)
    ET.fromstring(svg.draw(exchanges))
    flowchart = list(mermaid.flowchart(exchanges))
    assert flowchart[0] == "flowchart LR"
    node = r"[eqc]\d+(c\d+)?"
    shape, arrow = r'\(\["[^"]*"\]\)|\[\("[^"]*"\)\]', r'-->(\|"[^"]*"\|)?'
    for line in flowchart[1:]:
        assert re.fullmatch(rf'  {node}({shape})|  {node} {arrow} {node}(\["[^"]*"\])?', line)
    if NODE:
        assert read_by_mermaid(flowchart) == ("flowchart-v2", *contents(exchanges))


def read_by_mermaid(flowchart: list[str]) -> tuple[object, ...]:
    """Return what Mermaid's own parser sees in it: the kind of diagram, its nodes, its arrows."""
    pipes = node_process()
    assert pipes.stdin
    assert pipes.stdout
    print(json.dumps("\n".join(flowchart)), file=pipes.stdin, flush=True)
    found = json.loads(pipes.stdout.readline())
    assert isinstance(found, dict), found  # else it is an error message
    return found["type"], sorted(found["nodes"]), sorted(found["arrows"])


@functools.cache
def node_process() -> subprocess.Popen[str]:
    """Return one process for all flowcharts: starting it takes longer than reading them."""
    code = Path(__file__).with_name("mermaid.mjs").read_text(encoding="utf-8")
    command = [str(NODE), "--input-type=module", "--eval", code]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=VENV, stdin=pipe, stdout=pipe, encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    if node_process.cache_info().currsize:
        with node_process():  # closes its pipes, and waits for its end
            node_process.cache_clear()


def contents(exchanges: list[Exchange]) -> tuple[list[list[str]], list[list[str]]]:
    """Return the nodes and the arrows that a flowchart of these exchanges has."""
    labels = {(False, one.name): f"{one.name}<br>{one.kind}" for one in exchanges}
    nodes, arrows = [["stadium", label] for label in labels.values()], []
    for one in exchanges:
        for arrow in one.arrows:
            target = arrow.queue is not None, arrow.target
            if target not in labels:
                labels[target] = arrow.target or "?"
                if arrow.queue:
                    labels[target] += (
                        f"<br>{arrow.queue.ready} ready, {arrow.queue.unacked} unacked"
                    )
                    nodes += [["square", name] for name in arrow.queue.consumers]
                    arrows += [[labels[target], "", name] for name in arrow.queue.consumers]
                nodes.append(["cylinder" if arrow.queue else "stadium", labels[target]])
            arrows.append([labels[False, one.name], ", ".join(arrow.keys), labels[target]])
    return sorted(nodes), sorted(arrows)


def test_nothing() -> None:
    found = arrange([exchange(""), exchange("amq.direct")], [], [], [])
    assert found == []
    assert picture.draw(found)[0].startswith("nothing yet")
    everything(found)


def test_one_queue() -> None:
    found = arrange([exchange("")], [], [queue("hello", 4)], [])
    assert [one.name for one in found] == [DEFAULT]
    assert picture.draw(found) == [
        "Exchanges     Bindings       Queues                   Consumers",
        "",
        "┌───────────┐                ┌────────────────────┐",
        "│ (default) ├─── hello ────▶ │ hello              │",
        "│ direct    │                │ 4 ready, 0 unacked │",
        "└───────────┘                └────────────────────┘",
    ]
    everything(found)


def test_the_default_exchange_only_where_it_explains_something() -> None:
    bound = [binding("", "a", "a"), binding("", "b", "b"), binding("logs", "a")]
    found = arrange([exchange(""), exchange("logs", "fanout")], bound, [queue("a"), queue("b")], [])
    assert [(one.name, [arrow.target for arrow in one.arrows]) for one in found] == [
        ("logs", ["a"]),
        (DEFAULT, ["b"]),
    ]
    shown = arrange(
        [exchange(""), exchange("amq.topic")], bound, [queue("a"), queue("b")], [], everything=True
    )
    assert [one.name for one in shown] == ["amq.topic", DEFAULT]
    everything(found)


def test_cycles_of_exchanges() -> None:
    bound = [
        binding("a", "b", "x", "exchange"),
        binding("b", "a", "y", "exchange"),
        binding("b", "b", "z", "exchange"),
    ]
    found = arrange([exchange("a"), exchange("b")], bound, [], [])
    assert "exchange b" in "\n".join(picture.draw(found))
    everything(found)


def test_exchanges_with_nothing_bound_to_them() -> None:
    bound = [binding(name, "amq.fanout", "", "exchange") for name in "ab"] + [
        binding("b", name, name) for name in "ab"
    ]
    found = arrange(
        [exchange(name) for name in ("a", "amq.fanout", "b")], bound, [queue("a"), queue("b")], []
    )
    assert [one.name for one in found] == ["a", "b"]
    everything(found)


def test_a_queue_bound_twice_is_drawn_once() -> None:
    bound = [binding("a", "q", "x"), binding("b", "q", "y"), binding("b", "q", "z")]
    found = arrange([exchange("a"), exchange("b")], bound, [queue("q", consumers=1)], [])
    drawn = "\n".join(picture.draw(found))
    assert drawn.count("│ q ") == 1
    assert "see above: q" in drawn
    assert "y, z" in drawn
    everything(found)


@pytest.mark.parametrize("count", [13, 50])
def test_many_queues(count: int) -> None:
    bound = [binding("logs", f"queue number {n}", f"key.{n}") for n in range(count)]
    queues = [queue(f"queue number {n}", n, 1) for n in range(count)]
    consumers = [
        {"queue": f"queue number {n}", "consumer": f"a/worker.py {n}"} for n in range(count)
    ]
    found = arrange([exchange("logs", "topic")], bound, queues, consumers)
    drawn = picture.draw(found)
    assert len(drawn) < count + 10
    assert all(f"worker.py {n}" in "\n".join(drawn) for n in range(count))
    everything(found)


@pytest.mark.parametrize("count", [12, 13, 50])
@pytest.mark.parametrize("each", [1, 5, 300])
@pytest.mark.parametrize(
    "name", ["q", "amq.gen-JzTY20BRgKO-HjmUJj0wLg", "行列の名前はとても長いものです", "n" * 255]
)
@pytest.mark.parametrize(
    "script", ["a/w.py", "topics/receive_logs_topic.py", "仕事/労働者の台本です.py", "s" * 200]
)
def test_a_consumer_is_always_recognisable(count: int, each: int, name: str, script: str) -> None:
    pids = [[4_000_000 + 1000 * n + k for k in range(each)] for n in range(count)]
    bound = [binding(name, f"{n}{name}", f"{n}{name}") for n in range(count)]
    queues = [queue(f"{n}{name}", 10_000, each) for n in range(count)]
    consumers = [
        {"queue": f"{n}{name}", "consumer": f"{script} {pid}"}
        for n in range(count)
        for pid in pids[n]
    ]
    drawn = picture.draw(arrange([exchange(name, "topic")], bound, queues, consumers), 80)
    assert max(map(cell_len, drawn)) <= 80
    text = "\n".join(drawn)
    shown = 1 if count > 12 else each if each <= 5 else 4
    assert all(f" {pid}" in text for several in pids for pid in several[:shown])
    assert all(part in text for part in (["10000|0"] if count > 12 else ["10000 ready, 0 unacked"]))
    assert each < 300 or text.count(f"+{each - shown} more") == count


def test_a_consumer_without_a_name_has_an_address() -> None:
    names = ["192.168.100.100:12345 -> 192.168.100.200:5672", "work/worker.py 1"]
    for count in 2, 20:
        bound = [binding("e" * 99, f"{n}{'q' * 99}", "k" * 99) for n in range(count)]
        queues = [queue(f"{n}{'q' * 99}", 0, 2) for n in range(count)]
        consumers = [{"queue": row["name"], "consumer": name} for row in queues for name in names]
        drawn = "\n".join(picture.draw(arrange([exchange("e" * 99)], bound, queues, consumers), 80))
        assert drawn.count("192.168.100.100:12345 ") == count


def test_a_low_terminal_says_what_it_cuts() -> None:
    found = arrange([], [], [queue(f"q{n}") for n in range(5)], [])
    whole, cut = (
        watch.render(Console(width=80), found, height).plain.splitlines() for height in (0, 10)
    )
    assert len(whole) == len(watch.render(Console(width=80), found, len(whole)).plain.splitlines())
    assert cut == [*whole[:9], f"… {len(whole) - 9} more lines: a taller terminal shows them"]


def test_long_wide_and_strange_names() -> None:
    names = [
        "n" * 255,
        "行列" * 40,
        'a"b<c>&d',
        "tab\tand\nline\x1b[31m",
        "",
        "]]>|{}#;%%",
        "🐇" * 30,
    ]
    names += [
        "end",
        "subgraph",
        "click e0 call f()",
        "graph TD",
        "%%{init: {}}%%",
        "C4Container",
        'style a:"b"',
    ]
    names += [
        "classDef a:#b;",
        "`**bold**`",
        "e0@{shape: rect}",
        "a\\n<br>",
        "#35;#lt;&lt;",
        "ﬂ°°35¶ß",
        "--> |a| b",
    ]
    names += ["".join(map(chr, [*range(32), *range(127, 161)]))]  # every control character
    bound = [binding(name, name, name) for name in names]
    consumers = [{"queue": name, "consumer": f"folder/{name} 12345"} for name in names]
    found = arrange(
        [exchange(name, "direct") for name in names],
        bound,
        [queue(name) for name in names],
        consumers,
    )
    assert "\x1b" not in "\n".join(picture.draw(found))
    everything(found)


def test_counts_are_not_cut() -> None:
    found = arrange([], [], [queue("q", 100_000, messages_unacknowledged=1000)], [])
    assert "100000 ready, 1000 unacked" in "\n".join(picture.draw(found))
    everything(found)


def test_consumers_without_a_name_yet() -> None:
    found = arrange(
        [], [], [queue("q", consumers=7)], [{"queue": "q", "consumer": "a/worker.py 1"}]
    )
    assert "+3 more" in "\n".join(picture.draw(found))
    everything(found)


def test_missing_fields() -> None:
    found = arrange(
        [{"name": "x"}],
        [{"source": "x", "destination": "q"}, {"source": "x"}],
        [{"name": "q", "consumers": None}],
        [],
    )
    assert found[0].kind == "?"
    everything(found)


def test_headers_on_the_arrows() -> None:
    bound = [binding("h", "q", "", "queue", **{"x-match": "any", "b": 2, "a": "1"})]
    found = arrange([exchange("h", "headers")], bound, [queue("q")], [])
    assert found[0].arrows[0].keys == ["any of a=1 b=2"]
    everything(found)


def test_a_thousand_queues_are_no_burden() -> None:
    bound = [binding("x", f"q{n % 1000}", f"key.{n}") for n in range(3000)]
    began = time.process_time()
    everything(arrange([exchange("x")], bound, [queue(f"q{n}") for n in range(1000)], []))
    assert time.process_time() - began < 30  # a guard against quadratic work, no measurement
