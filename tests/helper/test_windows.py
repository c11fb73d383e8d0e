"""Every stage script with what Windows has of Python alone: tests/windows/sitecustomize.py.

A broker that stops: test_outages.py.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api import Api
from conftest import CONSUMERS, READY, ROOT, SCRIPTS, WINDOWS, Start, no_vhost, wait_until

READ_OR_WRITE = {"open", "fdopen", "read_text", "write_text"}
STREAMS = {
    "work_queues/new_task.py": ["-"],
    "publish_subscribe/emit_log.py": ["-"],
    "routing/emit_log_direct.py": ["info", "-"],
    "topics/emit_log_topic.py": ["anonymous.info", "-"],
    "rpc/rpc_client.py": ["-"],
}


def test_the_names_are_gone() -> None:
    code = "import os, signal, sys; print(sys.platform, dir(os), dir(signal)); import fcntl"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=os.environ | WINDOWS, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout.startswith("win32 ")
    for name in "EX_NOPERM", "killpg", "geteuid", "SIGKILL", "SIGHUP":
        assert f"'{name}'" not in done.stdout
    assert "ModuleNotFoundError" in done.stderr


@no_vhost
def test_no_broker(start: Start) -> None:
    nobody = WINDOWS | {"AMQP_URL": "amqp://localhost:1"}
    scripts = [start(script, *words, env=nobody) for script, words in SCRIPTS.items()]
    for ended in scripts:
        assert ended.wait() == 69
        assert "connection refused" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("script", ["hello_world/send.py", "hello_world/receive.py"])
def test_a_refusal(finish: Start, vhost: str, script: str) -> None:
    wrong = vhost.replace("guest:guest@", "guest:secret@")
    refused = finish(script, status=77, env=WINDOWS | {"AMQP_URL": wrong})
    usage = finish(script, "--no-such-option", status=2, env=WINDOWS)
    assert "login refused" in refused.stderr
    assert len(refused.stderr.splitlines()) == len(usage.stderr.splitlines()) == 1


def test_a_lost_connection(start: Start, api: Api, vhost: str) -> None:
    consumers = [start(script, *words, env=WINDOWS) for script, words in CONSUMERS.items()]
    for consumer in consumers:
        consumer.expect(READY)
    producers = [start(script, *words, env=WINDOWS) for script, words in STREAMS.items()]
    for producer in producers:
        producer.write(b"1\n")
    wait_until(lambda: sum("1" in each.stdout for each in consumers) == len(producers))
    name = vhost.rpartition("/")[2]

    def all_connected() -> list[str]:
        found = [one["name"] for one in api.get(f"/vhosts/{name}/connections")]
        return found if len(found) == len(consumers) + len(producers) else []

    for connection in wait_until(all_connected):
        api.delete(f"/connections/{connection}")
    for consumer in consumers:
        consumer.expect("connected again", stream="stderr")
    for producer in producers:
        producer.write(b"2\n")
        assert producer.wait() == 0, producer.stderr
    for consumer in consumers:
        consumer.stop()


def test_what_the_code_page_lacks(start: Start, finish: Start) -> None:
    receive = start("hello_world/receive.py", env=WINDOWS)
    receive.expect(READY)
    finish("hello_world/send.py", "日本", env=WINDOWS)
    receive.expect(r"Received \\u65e5\\u672c")
    receive.stop()


SOURCES = [*ROOT.glob("src/**/*.py"), *(ROOT / script for script in SCRIPTS)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ROOT)))
def test_text_has_an_encoding(source: Path) -> None:
    calls = [
        node for node in ast.walk(ast.parse(source.read_bytes())) if isinstance(node, ast.Call)
    ]
    assert [ast.unparse(call) for call in calls if lacks_encoding(call)] == []


def lacks_encoding(call: ast.Call) -> bool:
    """Whether it reads or writes text in the encoding of the system: on Windows not UTF-8."""
    options = {option.arg for option in call.keywords}
    if "encoding" in options:
        return False
    match call.func:
        case ast.Attribute(value=ast.Name("os" | "webbrowser")):
            return False
        case ast.Name(name) | ast.Attribute(attr=name) if name in READ_OR_WRITE:
            modes = [word.value for word in call.args if isinstance(word, ast.Constant)]
            return not any("b" in str(mode) for mode in modes)
    return "text" in options  # of a subprocess
