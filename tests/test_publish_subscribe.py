"""An exchange copies each message to everybody who listens."""

from __future__ import annotations

from conftest import READY, Start


def test_a_log_reaches_everybody_who_listens(start: Start, finish: Start) -> None:
    receivers = [start("publish_subscribe/receive_logs.py") for _ in range(2)]
    for receiver in receivers:
        receiver.expect(READY)
    finish("publish_subscribe/emit_log.py", "to", "all")
    for receiver in receivers:
        receiver.expect(r"^ \[x\] to all$")
        receiver.stop()
