"""What the stages have in common."""

from __future__ import annotations

import pytest

from conftest import READY, Start


def test_defaults_are_those_of_the_official_scripts(finish: Start) -> None:
    assert finish("hello_world/send.py").stdout == " [x] Sent 'Hello World!'\n"
    assert finish("work_queues/new_task.py").stdout == " [x] Sent Hello World!\n"
    assert finish("publish_subscribe/emit_log.py").stdout == " [x] Sent info: Hello World!\n"
    assert finish("routing/emit_log_direct.py").stdout == " [x] Sent info:Hello World!\n"
    assert finish("topics/emit_log_topic.py").stdout == " [x] Sent anonymous.info:Hello World!\n"


@pytest.mark.parametrize(
    ("script", "exchange"),
    [
        ("publish_subscribe/emit_log.py", "logs"),
        ("routing/emit_log_direct.py", "direct_logs"),
        ("topics/emit_log_topic.py", "topic_logs"),
    ],
)
def test_a_log_without_listeners_is_discarded_and_said(
    finish: Start, script: str, exchange: str
) -> None:
    emitted = finish(script)
    assert len(emitted.stderr.splitlines()) == 1
    assert f"exchange '{exchange}' has no queue" in emitted.stderr


@pytest.mark.parametrize(
    ("receiver", "emitter", "keys"),
    [
        ("publish_subscribe/receive_logs.py", "publish_subscribe/emit_log.py", []),
        ("routing/receive_logs_direct.py", "routing/emit_log_direct.py", ["error"]),
        ("topics/receive_logs_topic.py", "topics/emit_log_topic.py", ["a.b"]),
    ],
)
def test_logs_stream_from_stdin(
    start: Start, finish: Start, receiver: str, emitter: str, keys: list[str]
) -> None:
    receive = start(receiver, *keys)
    receive.expect(READY)
    assert (
        finish(emitter, *keys, "-", stdin=b"one\r\ntwo\n\nlast").stdout == " [x] Sent 4 messages\n"
    )
    receive.expect("last")
    prefix = f"{keys[0]}:" if keys else ""
    assert receive.lines()[1:] == [f" [x] {prefix}{line}" for line in ("one", "two", "", "last")]
