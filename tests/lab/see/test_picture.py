"""Pictures of made-up brokers on a terminal: none, one, many, narrow, and strange names."""

from __future__ import annotations

import re

import pytest
from made_up import binding, consumer, everything, exchange, producer, queue
from rich.cells import cell_len
from rich.console import Console

from rabbitmq_tutorial.lab.see import picture, watch
from rabbitmq_tutorial.lab.see.topology import DEFAULT, arrange


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


def test_a_queue_bound_twice_is_drawn_once() -> None:
    bound = [binding("a", "q", "x"), binding("b", "q", "y"), binding("b", "q", "z")]
    found = arrange([exchange("a"), exchange("b")], bound, [queue("q", consumers=1)], [])
    drawn = "\n".join(picture.draw(found))
    assert drawn.count("│ q ") == 1
    assert "see above: q" in drawn
    assert re.search(r"─ y ─+▶ see above: q\n│ direct │ +z\n", drawn)
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


@pytest.mark.parametrize("count", [12, 13])
@pytest.mark.parametrize("each", [1, 5, 30])
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
    counts = ["10000|0"] if count > 12 else ["10000 ready", "0 unacked"]
    assert all(part in text for part in counts)
    assert each < 30 or text.count(f"+{each - shown}") == count


def test_a_consumer_without_a_name_has_an_address() -> None:
    names = ["192.168.100.100:12345 -> 192.168.100.200:5672", "work/worker.py 1"]
    for count in 2, 20:
        bound = [binding("e" * 99, f"{n}{'q' * 99}", "k" * 99) for n in range(count)]
        queues = [queue(f"{n}{'q' * 99}", 0, 2) for n in range(count)]
        consumers = [{"queue": row["name"], "consumer": name} for row in queues for name in names]
        drawn = "\n".join(picture.draw(arrange([exchange("e" * 99)], bound, queues, consumers), 80))
        assert drawn.count("192.168.100.100:12345") == count


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


def column(lines: list[str], head: str, following: str) -> str:
    """Return what stands in a column, without blanks and lines."""
    part = slice(lines[0].index(head), lines[0].index(following))
    return re.sub("[│┌┐└┘├┬─▶ ]", "", "".join(line[part] for line in lines))


def test_headers_at_80_columns_are_told_to_their_ends() -> None:
    headers = {"format": "pdf", "type": "report"}
    bound = [
        binding("header_logs", f"amq.gen-{n}", **headers, customer=customer)
        for n, customer in enumerate(["somebody", "somebody-else"])
    ]
    scripts = [f"routing/receive_logs_headers.py {4_194_301 + n}" for n in range(2)]
    found = arrange(
        [exchange("header_logs", "headers")],
        bound,
        [queue(f"amq.gen-{n}", consumers=1) for n in range(2)],
        [consumer(f"amq.gen-{n}", script) for n, script in enumerate(scripts)],
        [producer("header_logs", "routing/emit_log_headers.py 4194303")],
    )
    lines = picture.draw(found, 80)
    assert max(map(cell_len, lines)) <= 80
    assert column(lines, "Bindings", "Queues") == (
        "Bindingscustomer=somebodyformat=pdftype=reportcustomer=somebody-elseformat=pdftype=report"
    )
    assert "emit_log_headers.pypid4194303" in column(lines, "Producers", "Exchanges")
    assert "amq.gen-00ready0unacked" in column(lines, "Queues", "Consumers")


def test_client_and_server_at_80_columns() -> None:
    names = ["rpc/rpc_client.py 4194301", "rpc/rpc_server.py 4194302"]
    replies = "amq.gen-JzTY20BRgKO-HjmUJj0wLg"
    found = arrange(
        [exchange("")],
        [],
        [queue("rpc_queue", consumers=1), queue(replies, consumers=1)],
        [consumer(replies, names[0]), consumer("rpc_queue", names[1])],
        [producer("", name) for name in names],
    )
    lines = picture.draw(found, 80)
    assert max(map(cell_len, lines)) <= 80
    assert "rpc_client.py4194301rpc_server.py4194302" in column(lines, "Producers", "Exchanges")
    everything(found)


def listeners(name: str, kind: str, script: str, keys: list[list[str]]) -> list[str]:
    """Return the picture of an exchange with some listeners, on a terminal of 80 columns."""
    queues = [f"amq.gen-{number}zTY20BRgKO-HjmUJj0wLg" for number in range(len(keys))]
    found = arrange(
        [exchange(name, kind)],
        [
            binding(name, own, key)
            for own, several in zip(queues, keys, strict=True)
            for key in several
        ],
        [queue(own, consumers=1) for own in queues],
        [consumer(own, f"{kind}/{script} {4_194_301 + n}") for n, own in enumerate(queues)],
        [producer(name, f"{kind}/{script.replace('receive', 'emit')} 4194399")],
    )
    everything(found)
    return picture.draw(found, 80)


def test_each_binding_key_has_a_line_and_is_not_broken() -> None:
    keys = ["*.critical", "kern.*"]
    lines = listeners("topic_logs", "topic", "receive_logs_topic.py", [["#"], keys])
    assert column(lines, "Bindings", "Queues") == "Bindings#*.criticalkern.*"
    for key in keys:
        assert sum(f" {key} " in line for line in lines) == 1


def test_a_key_that_is_too_long_is_cut() -> None:
    lines = listeners(
        "topic_logs", "topic", "receive_logs_topic.py", [["a" * 90, "b"], ["stock.usd.*.nyse"]]
    )
    assert sum("─ aaaaaaa" in line and "… ─▶" in line for line in lines) == 1
    assert not any(line.split()[:1] == ["aaaa"] for line in lines)
    many = listeners(
        "topic_logs", "topic", "receive_logs_topic.py", [[f"key.{n:02}" for n in range(40)]]
    )
    assert sum("key." in line for line in many) == 7
    assert any(" +33 more" in line for line in many)


def test_without_binding_keys_names_have_their_room() -> None:
    lines = listeners("logs", "fanout", "receive_logs.py", [[""], [""]])
    assert sum(" receive_logs.py " in line for line in lines) == 2
    assert sum(" emit_logs.py " in line for line in lines) == 1
