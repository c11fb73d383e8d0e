"""Bad input: one clear line on stderr, exit 2, and nothing sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CONSUMERS, PRODUCERS, READY, ROOT, SCRIPTS, Script, Start, no_vhost

NOWHERE = {
    "AMQP_URL": "amqp://guest:guest@127.0.0.1:1/%2F"
}  # usage errors come before any connection
LONG = "k" * 256
WIDE = "ü" * 128  # 256 bytes


def run(
    script: str, *arguments: str | bytes, **options: object
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, ROOT / script, *arguments]
    defaults = {"env": {**os.environ, **NOWHERE}, "stdin": subprocess.DEVNULL}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(command, timeout=20, check=False, **{**defaults, **pipes, **options})  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        *((script, [*arguments, "--unknown"]) for script, arguments in SCRIPTS.items()),
        ("hello_world/send.py", ["-dash"]),
        ("hello_world/receive.py", ["word"]),
        ("publish_subscribe/receive_logs.py", ["word"]),
        ("rpc/rpc_server.py", ["word"]),
        ("work_queues/worker.py", ["word"]),
        *(
            ("work_queues/worker.py", ["--prefetch", value])
            for value in ("0", "-1", "10000", "x", "", "1.5", "9" * 5000, "0000010009", "\u0663")
        ),
        ("rpc/rpc_server.py", ["--prefetch", "10000"]),
        ("work_queues/worker.py", ["--prefetch"]),
        ("work_queues/worker.py", ["--two\nlines"]),
        ("work_queues/worker.py", ["--pre", "1"]),
        ("routing/receive_logs_direct.py", []),
        ("routing/receive_logs_direct.py", ["ok", LONG]),
        ("routing/receive_logs_direct.py", [WIDE]),
        ("routing/receive_logs_direct.py", [b"\xff"]),
        ("routing/emit_log_direct.py", [LONG, "text"]),
        ("routing/emit_log_direct.py", [WIDE]),
        ("routing/emit_log_direct.py", [b"\xff", "text"]),
        ("topics/receive_logs_topic.py", []),
        ("topics/receive_logs_topic.py", [LONG]),
        ("topics/receive_logs_topic.py", [WIDE]),
        ("topics/receive_logs_topic.py", [b"\xff"]),
        ("topics/emit_log_topic.py", [LONG, "text"]),
        ("topics/emit_log_topic.py", [WIDE]),
        ("routing/emit_log_headers.py", []),
        ("routing/emit_log_headers.py", ["no value"]),
        ("routing/emit_log_headers.py", ["=value"]),
        ("routing/emit_log_headers.py", [f"{LONG}=1"]),
        ("routing/receive_logs_headers.py", []),
        ("routing/receive_logs_headers.py", ["--any"]),
        ("routing/receive_logs_headers.py", ["--all", "a=b"]),
        ("routing/receive_logs_headers.py", [b"\xff=b"]),
        *(("rpc/rpc_client.py", ["--timeout", value]) for value in ("0", "-1", "x", "", "10000")),
    ],
)
def test_usage_errors(script: str, arguments: list[str | bytes]) -> None:
    ended = Script(script, tuple(arguments), {**os.environ, **NOWHERE})
    assert ended.wait() == 2, ended.stderr
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith(script.rpartition("/")[2] + ": ")


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_shows_the_diagram(script: str) -> None:
    ended = Script(script, ("--help",), {**os.environ, **NOWHERE})
    assert ended.wait() == 0
    assert "-->" in ended.stdout


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "localhost:5672",
        "amqp://",
        "amqp://localhost:port",
        "amqp://localhost:99999",
        "amqp://u:secret@h:5672/%2F?heartbeat=secret",
        "amqp://h,",
        "amqp://[::1",
        "amqp:///",
        "\N{SNOWMAN}",
    ],
)
@no_vhost
def test_a_url_that_is_none(finish: Start, url: str) -> None:
    ended = finish("hello_world/send.py", env={"AMQP_URL": url}, status=2)
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "AMQP_URL" in ended.stderr
    assert "secret" not in ended.stderr


@pytest.mark.parametrize(
    ("script", "arguments", "receiver", "keys", "shown"),
    [
        (
            "hello_world/send.py",
            ["--", "-dash"],
            "hello_world/receive.py",
            [],
            " [x] Received -dash",
        ),
        ("hello_world/send.py", [""], "hello_world/receive.py", [], " [x] Received "),
        (
            "hello_world/send.py",
            [b"\xff\xfe"],
            "hello_world/receive.py",
            [],
            r" [x] Received \xff\xfe",
        ),
        ("hello_world/send.py", ["日本"], "hello_world/receive.py", [], " [x] Received 日本"),
        (
            "work_queues/new_task.py",
            ["--", "--a", "b"],
            "work_queues/worker.py",
            [],
            " [x] Received --a b",
        ),
        ("work_queues/new_task.py", [b"\xff"], "work_queues/worker.py", [], r" [x] Received \xff"),
        (
            "publish_subscribe/emit_log.py",
            [b"\xff"],
            "publish_subscribe/receive_logs.py",
            [],
            r" [x] \xff",
        ),
        (
            "routing/emit_log_direct.py",
            ["k" * 255, b"\xff"],
            "routing/receive_logs_direct.py",
            ["k" * 255],
            f" [x] {'k' * 255}:\\xff",
        ),
        (
            "topics/emit_log_topic.py",
            ["ü.ü", ""],
            "topics/receive_logs_topic.py",
            ["*.ü"],
            " [x] ü.ü:",
        ),
        (
            "routing/emit_log_direct.py",
            ["", "text"],
            "routing/receive_logs_direct.py",
            [""],
            " [x] :text",
        ),
        (
            "routing/emit_log_headers.py",
            ["a=ü", "--", "-x"],
            "routing/receive_logs_headers.py",
            ["a=ü"],
            " [x] {'a': 'ü'}:-x",
        ),
    ],
)
def test_unusual_input_arrives(  # noqa: PLR0913, PLR0917 - a row of a table
    start: Start,
    finish: Start,
    script: str,
    arguments: list[str | bytes],
    receiver: str,
    keys: list[str],
    shown: str,
) -> None:
    receive = start(receiver, *keys)
    receive.expect(READY)
    assert finish(script, *arguments).stderr == ""
    assert receive.expect(r"^ \[x\] (?!Done)") == shown
    receive.stop()


@pytest.mark.parametrize("size", [0, 1_000_000, 20_000_000])
def test_bodies_of_any_size(start: Start, size: int) -> None:
    sent = start("work_queues/new_task.py", "-", stdin=b"x" * size + b"\n")
    if sent.wait() == 0:
        worker = start("work_queues/worker.py")
        worker.expect(r"^ \[x\] Done")
        assert worker.lines()[1] == " [x] Received " + "x" * size
    else:  # RabbitMQ 3.10 takes up to 128 MiB, 4.x up to 16
        assert size == 20_000_000
        assert sent.wait() == 1
        assert len(sent.stderr.splitlines()) == 1
        assert "larger than configured max size" in sent.stderr


@pytest.mark.parametrize(
    "script", ["hello_world/send.py", "hello_world/receive.py", "rpc/rpc_server.py"]
)
def test_an_ascii_only_terminal(start: Start, finish: Start, script: str) -> None:
    ascii_only = {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "",
    }
    if script.endswith("send.py"):
        assert finish(script, "日本", env=ascii_only).stdout.startswith(" [x] Sent '")
        assert "Sent \\u65e5:" in finish("routing/emit_log_direct.py", "日", env=ascii_only).stdout
        return
    consumer = start(script, env=ascii_only)
    consumer.expect(READY)
    if script.endswith("receive.py"):
        finish("hello_world/send.py", "日本")
        consumer.expect(r"Received \\u65e5\\u672c$")
    else:
        assert "not a whole number" in finish("rpc/rpc_client.py", "日本", status=1).stderr
        consumer.expect(r"fib\(\\u65e5\\u672c\)$")
    consumer.stop()


@pytest.mark.parametrize("script", PRODUCERS)
def test_closed_stdin_and_stdout(vhost: str, script: str, start: Start) -> None:
    if script.startswith("rpc"):
        start("rpc/rpc_server.py").expect(READY)
    environment = {**os.environ, "AMQP_URL": vhost}
    command = f'exec "{sys.executable}" "{ROOT / script}" {" ".join(PRODUCERS[script])}'
    every = ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"]
    for closed in every if script == "hello_world/send.py" else every[-1:]:
        ended = subprocess.run(
            ["/bin/sh", "-c", f"{command} {closed}"], env=environment, timeout=20, check=False
        )
        assert ended.returncode == 0, closed


def test_with_a_closed_stderr_notices_do_not_go_to_stdout(vhost: str) -> None:
    command = f'exec "{sys.executable}" "{ROOT / "publish_subscribe/emit_log.py"}" 2>&-'
    environment = {**os.environ, "AMQP_URL": vhost}
    ended = subprocess.run(
        ["/bin/sh", "-c", command], env=environment, stdout=subprocess.PIPE, timeout=20, check=True
    )
    assert ended.stdout == b" [x] Sent info: Hello World!\n"


@pytest.mark.parametrize(("arguments", "status"), [([], 69), (["--no"], 2)])
def test_a_full_stderr_changes_no_exit_status(arguments: list[str], status: int) -> None:
    with Path("/dev/full").open("wb") as full:
        assert run("hello_world/send.py", *arguments, stderr=full).returncode == status


@pytest.mark.parametrize("script", CONSUMERS)
def test_a_broken_pipe_ends_a_consumer(vhost: str, script: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = run(script, *CONSUMERS[script], env={**os.environ, "AMQP_URL": vhost}, stdout=writer)
    os.close(writer)
    assert ended.returncode == 1
    assert ended.stderr.decode().splitlines() == [
        f"{script.rpartition('/')[2]}: cannot read or write: Broken pipe"
    ]


def test_a_full_disk_is_told(vhost: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run("hello_world/send.py", env={**os.environ, "AMQP_URL": vhost}, stdout=full)
    assert ended.returncode == 1
    assert ended.stderr == b"send.py: cannot read or write: No space left on device\n"
