"""Listeners choose messages by a key, or by headers."""

from __future__ import annotations

from conftest import READY, Start


def test_direct_routes_by_severity(start: Start, finish: Start) -> None:
    errors, everything = (
        start("routing/receive_logs_direct.py", "error"),
        start("routing/receive_logs_direct.py", "info", "warning", "error"),
    )
    errors.expect(READY)
    everything.expect(READY)
    assert finish("routing/emit_log_direct.py", "info", "fine").stdout == " [x] Sent info:fine\n"
    assert "routing key 'debug'" in finish("routing/emit_log_direct.py", "debug", "unheard").stderr
    finish("routing/emit_log_direct.py", "error", "broken")
    everything.expect("error:broken")
    errors.expect("error:broken")
    assert errors.lines()[1:] == [" [x] error:broken"]
    assert everything.lines()[1:] == [" [x] info:fine", " [x] error:broken"]


def test_headers_match_all_or_any(start: Start, finish: Start) -> None:
    both = start("routing/receive_logs_headers.py", "severity=error", "source=kern")
    either = start("routing/receive_logs_headers.py", "--any", "severity=error", "source=kern")
    both.expect(READY)
    either.expect(READY)
    finish("routing/emit_log_headers.py", "source=cron", "severity=error", "--", "-one")
    finish("routing/emit_log_headers.py", "source=kern", "severity=error", "--", "two")
    assert "discarded" in finish("routing/emit_log_headers.py", "source=cron", "--", "three").stderr
    both.expect("two")
    either.expect("two")
    assert len(both.lines()) == 2
    assert [line[-4:] for line in either.lines()[1:]] == ["-one", ":two"]
