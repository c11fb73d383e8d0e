"""What a picture shows, of made-up brokers: which exchanges, who is where, on which arrow."""

from __future__ import annotations

import time

from made_up import binding, consumer, everything, exchange, producer, queue, routed

from rabbitmq_tutorial.lab.see import picture
from rabbitmq_tutorial.lab.see.snapshot import UNKNOWN
from rabbitmq_tutorial.lab.see.topology import DEFAULT, Traffic, arrange, settled


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


def test_consumers_without_a_name_yet() -> None:
    found = arrange(
        [], [], [queue("q", consumers=7)], [{"queue": "q", "consumer": "a/worker.py 1"}]
    )
    assert "+3 more" in "\n".join(picture.draw(found))
    everything(found)


def test_a_thousand_queues_are_no_burden() -> None:
    bound = [binding("x", f"q{n % 1000}", f"key.{n}") for n in range(3000)]
    began = time.process_time()
    everything(arrange([exchange("x")], bound, [queue(f"q{n}") for n in range(1000)], []))
    assert time.process_time() - began < 30  # a guard against quadratic work, no measurement


def test_a_fanout_exchange_looks_at_no_key() -> None:
    bound = [binding("logs", "amq.gen-1", "amq.gen-1")]
    found = arrange([exchange("logs", "fanout")], bound, [queue("amq.gen-1")], [])
    assert found[0].arrows[0].keys == []
    everything(found)


def test_producers_stand_at_their_exchanges() -> None:
    published = [producer("logs", "a/emit_log.py 1", 5, 0.5), producer("", "b/send.py 2")]
    found = arrange(
        [exchange(""), exchange("amq.topic", "topic"), exchange("logs", "fanout")],
        [],
        [queue("hello")],
        [],
        [*published, producer("amq.topic", "c/other.py 3")],
    )
    who = {one.name: [client.name for client in one.producers] for one in found}
    assert who == {
        "amq.topic": ["c/other.py 3"],
        "logs": ["a/emit_log.py 1"],
        DEFAULT: ["b/send.py 2"],
    }
    assert found[1].producers[0].traffic == Traffic(5, 0.5)
    everything(found)


def test_rpc_in_both_directions() -> None:
    client, server = "rpc/rpc_client.py 1", "rpc/rpc_server.py 2"
    found = arrange(
        [exchange("")],
        [],
        [queue("rpc_queue", consumers=1), queue("amq.gen-1", consumers=1, exclusive=True)],
        [consumer("rpc_queue", server), consumer("amq.gen-1", client)],
        [producer("", client), producer("", server)],
    )
    assert [one.name for one in found[0].producers] == [client, server]
    ends = {arrow.target: arrow.queue for arrow in found[0].arrows}
    assert [one.name for queue in ends.values() if queue for one in queue.consumers] == [
        client,
        server,
    ]
    everything(found)


def test_a_queue_that_is_reached_in_two_ways() -> None:
    found = arrange(
        [exchange(""), exchange("logs", "fanout")],
        [binding("logs", "both")],
        [queue("both"), queue("other")],
        [],
        [producer("", "a/send.py 1", 3)],
        [routed("", "both", 3), routed("logs", "both", 9)],
    )
    assert [(arrow.target, arrow.traffic.messages) for arrow in found[1].arrows] == [
        ("both", 3),
        ("other", 0),
    ]
    assert found[0].arrows[0].traffic.messages == 9
    everything(found)


def test_a_picture_is_settled_when_everybody_has_a_name() -> None:
    one = queue("q", consumers=1)
    assert not settled(arrange([], [], [one], []))
    assert not settled(arrange([], [], [one], [consumer("q", UNKNOWN)]))
    assert settled(arrange([], [], [one], [consumer("q", "a/worker.py 1")]))
    assert not settled(arrange([], [], [queue("q", exclusive=True)], []))
    assert not settled(arrange([exchange("x")], [], [], [], [producer("x", UNKNOWN)]))
