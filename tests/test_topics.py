"""Listeners choose messages by a pattern."""

from __future__ import annotations

from conftest import READY, Start


def test_topics_match_word_by_word(start: Start, finish: Start) -> None:
    some = start("topics/receive_logs_topic.py", "kern.*", "*.critical")
    every = start("topics/receive_logs_topic.py", "#")
    some.expect(READY)
    every.expect(READY)
    for key in "kern.critical", "kern.net.info", "kern", "cron.critical", "ünï.critical":
        assert finish("topics/emit_log_topic.py", key, "text").stdout == f" [x] Sent {key}:text\n"
    every.expect("ünï")
    some.expect("ünï")
    assert some.lines()[1:] == [
        " [x] kern.critical:text",
        " [x] cron.critical:text",
        " [x] ünï.critical:text",
    ]
    assert len(every.lines()) == 6
