"""`broker picture --watch`: in place on a terminal, one below the other elsewhere."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading

import pytest

from conftest import COMMAND, READY, Lab, Start, wait_until
from rabbitmq_tutorial.lab.run.nodes import Broker

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)


def test_the_picture_follows_within_seconds(
    lab: Lab, start: Start, finish: Start, vhost: str, broker: Broker
) -> None:
    environment = {**os.environ, "AMQP_URL": vhost, "MANAGEMENT_URL": broker.management_url}
    command = [str(COMMAND), "picture", "--watch"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as watching:
        seen: list[str] = []
        threading.Thread(target=lambda: seen.extend(watching.stdout or ()), daemon=True).start()
        wait_until(lambda: "nothing yet" in "".join(seen))
        finish("hello_world/send.py")
        wait_until(lambda: "1 ready" in "".join(seen))
        receive = start("hello_world/receive.py")
        receive.expect(READY)
        wait_until(lambda: f"pid {receive.process.pid}" in "".join(seen))
        receive.stop()
        wait_until(lambda: "pid" not in "".join(seen).rpartition("Exchanges")[2])
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) == 0
    assert lab("picture").returncode == 0


def test_the_picture_is_redrawn_in_place(finish: Start, vhost: str, broker: Broker) -> None:
    terminal, stdout = os.openpty()
    environment = {
        **os.environ,
        "AMQP_URL": vhost,
        "MANAGEMENT_URL": broker.management_url,
        "TERM": "xterm",
    }
    command = [str(COMMAND), "picture", "--watch"]
    with subprocess.Popen(command, env=environment, stdout=stdout, stderr=stdout) as watching:
        os.close(stdout)
        seen = b""
        while b"nothing yet" not in seen:
            seen += os.read(terminal, 65536)
        finish("hello_world/send.py")
        while b"1 ready" not in seen:
            seen += os.read(terminal, 65536)
        watching.send_signal(signal.SIGINT)
        while b"\x1b[?1049l" not in seen:  # the terminal has back what was on it before
            seen += os.read(terminal, 65536)
        assert watching.wait(10) == 0
    os.close(terminal)
    assert b"Traceback" not in seen


def test_watching_what_only_a_person_can_mend_ends(lab: Lab) -> None:
    assert "AMQP_URL" in lab("picture", "--watch", status=2, AMQP_URL="bogus").stderr


def test_a_dumb_terminal_is_shown_one_picture_after_another(vhost: str, broker: Broker) -> None:
    terminal, stdout = os.openpty()
    urls = {"AMQP_URL": vhost, "MANAGEMENT_URL": broker.management_url, "TERM": "dumb"}
    watch = subprocess.Popen(
        [COMMAND, "picture", "--watch"], env={**os.environ, **urls}, stdout=stdout
    )
    os.close(stdout)
    assert select.select([terminal], [], [], 15)[0]
    assert b"nothing yet" in os.read(terminal, 65536)
    watch.terminate()
    assert watch.wait(15) == 0
    os.close(terminal)
