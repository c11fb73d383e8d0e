"""The demo, at a terminal and without one."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from pika.adapters.thread_safe_connection import Channel

from conftest import COMMAND, FOLDER, ROOT, fresh_vhost, wait_until
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.ports import free_ports, speaks_amqp
from rabbitmq_tutorial.walkthrough import watch
from rabbitmq_tutorial.walkthrough.screen import PROMPT, Screen, WatchedScreen
from terminal import terminal

if sys.platform == "win32":
    pytest.skip("the pages are played in bash", allow_module_level=True)

DEMO = [sys.executable, "-m", "rabbitmq_tutorial.walkthrough.demo"]
ON_OUR_BROKER = """
from types import SimpleNamespace
from rabbitmq_tutorial.command_line import run_program
from rabbitmq_tutorial.walkthrough import demo, watch

watch.urls = SimpleNamespace(answers=lambda: False)  # so it starts one
watch.lifecycle = SimpleNamespace(up=lambda nodes: "", down=lambda wipe: print(f"stopped, {wipe=}"))
watch.empty = lambda: True
run_program(demo.main)
"""
TERMINAL = {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}
PAGE = """# A page

Nobody sees this.

## One

A [producer](hello_world/send.py) sends **a message**.

```console
── terminal 3 ──
$ python hello_world/send.py
 [x] Sent 'Hello World!'
── terminal 4 ──
$ broker queues
name   messages_ready  messages_unacknowledged  consumers  state    type
hello               1                        0          0  running  quorum
```

A consumer receives it.

```console
── terminal 1 ──
$ python hello_world/receive.py
 [*] Waiting for messages. To exit press CTRL+C
 [x] Received Hello World!
^C
$ broker reset
deleted hello
```

The end.
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return an environment in which no broker is found, and one can be started beside others."""
    amqp, management = free_ports(2)
    environment = {
        **os.environ,
        "AMQP_URL": f"amqp://guest:guest@localhost:{amqp}/%2F",
        "MANAGEMENT_URL": f"http://guest:guest@localhost:{management}",
        "BROKER_HOME": str(tmp_path / "home"),
    }
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    yield environment
    subprocess.run([COMMAND, "down", "--wipe"], env=environment, check=True, timeout=120)


def runs(home: dict[str, str]) -> bool:
    port = re.search(r":(\d+)/", home["AMQP_URL"])
    assert port
    return speaks_amqp("127.0.0.1", int(port[1]))


def demo(home: dict[str, str], page: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, page],
        env=home,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_without_a_terminal_it_plays_through(home: dict[str, str], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    done = demo(home, page)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("starting RabbitMQ") == 1  # that which stays
    shown = [
        "## One",
        "$ python hello_world/send.py",
        " [x] Sent 'Hello World!'",
        "$ python hello_world/receive.py",
        " [x] Received Hello World!",
        "deleted hello",
    ]
    lines = done.stdout.splitlines()
    assert [line for line in lines if line in shown] == shown
    assert not {"A consumer receives it.", PROMPT} & set(lines)
    assert runs(home)
    holds = subprocess.run(
        [COMMAND, "queues"], env=home, capture_output=True, text=True, check=True, timeout=30
    )
    assert len(holds.stdout.splitlines()) == 1  # as empty as a new one


class Watched:
    """The demo on the tests' broker, at a terminal of 24 lines of 80 columns."""

    def __init__(self, environment: dict[str, str], page: Path) -> None:
        self.terminal, inside = os.openpty()
        command = [sys.executable, "-c", ON_OUR_BROKER, str(page)]
        self.process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=inside, stdout=inside, stderr=inside
        )
        os.close(inside)
        self._shown = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # its end, on Linux
            while data := os.read(self.terminal, 4096):
                self._shown += data

    @property
    def shown(self) -> str:
        """All that was shown, without colours and movements of the cursor."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._shown.decode(errors="replace"))

    def expect(self, text: str, times: int = 1) -> None:
        wait_until(lambda: self.shown.count(text) >= times or self.process.poll() is not None, 120)
        assert self.shown.count(text) >= times, self.shown

    def press(self, key: bytes) -> None:
        os.write(self.terminal, key)

    def wait(self) -> int:
        try:
            return self.process.wait(60)
        finally:
            self._reader.join(10)
            os.close(self.terminal)


def test_a_person_goes_on_and_leaves(vhost: str, broker: Broker, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace(" [x] Received Hello World!", "...\nnever"), encoding="utf-8")
    ours = {
        "AMQP_URL": vhost,
        "MANAGEMENT_URL": broker.management_url,
        "BROKER_HOME": str(Path(os.environ[FOLDER], "broker")),
    }
    watched = Watched(os.environ | TERMINAL | ours, page)
    watched.expect(PROMPT)
    assert "A producer sends a message." in watched.shown
    assert "hello_world/send.py" not in watched.shown
    watched.press(b"x")  # is no answer
    watched.expect(PROMPT, 2)
    watched.press(b"\r")
    watched.expect("A consumer receives it.")
    watched.expect(PROMPT, 3)
    assert "$ python hello_world/send.py" in watched.shown
    assert "receive.py" not in watched.shown
    watched.press(b"\r")
    watched.expect("$ python hello_world/receive.py")
    watched.process.send_signal(signal.SIGINT)  # while that is waited for
    assert watched.wait() == 0
    assert "Nobody sees this" not in watched.shown
    assert "Traceback" not in watched.shown
    assert "stopped, wipe=True" in watched.shown


def test_it_does_not_play_on_a_broker_that_somebody_uses(
    tmp_path: Path, broker: Broker, vhost: str, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    monkeypatch.setenv("AMQP_URL", vhost)
    monkeypatch.setenv("MANAGEMENT_URL", broker.management_url)
    monkeypatch.setenv("BROKER_HOME", str(tmp_path / "home"))
    channel.queue_declare("hello", durable=True, arguments={"x-queue-type": "quorum"})
    with fresh_vhost(broker) as url:
        its_home = str(Path(os.environ[FOLDER], "broker"))
        private = SimpleNamespace(environment={"AMQP_URL": url, "BROKER_HOME": its_home})
        monkeypatch.setattr(watch, "private_broker", lambda: nullcontext(private))
        assert "is up" in watch.watch(tmp_path / "page.md")
    declared = channel.queue_declare("hello", passive=True)
    assert declared.method.message_count == 0  # nothing came here
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("leaves", [b"q", b"Q", b"\x03", b"\x04"])
def test_a_key_leaves(leaves: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal() as (person, inside), os.fdopen(os.dup(inside)) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        pressed = iter([b"x", b"\r", leaves])
        monkeypatch.setattr(
            WatchedScreen, "_prompt", lambda _screen: os.write(person, next(pressed))
        )
        shown = WatchedScreen()
        shown.show(0, "A sentence.")
        with pytest.raises(KeyboardInterrupt):
            shown.show(0, "Another one.")


class Impatient(io.StringIO):
    """A terminal at which Ctrl-C is pressed as soon as something is written."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        first = not self.getvalue()
        super().write(text)
        if first:
            signal.raise_signal(signal.SIGINT)
        return len(text)


def test_ctrl_c_as_the_screen_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Impatient())
    monkeypatch.setenv("TERM", "xterm")
    screen = WatchedScreen()
    with pytest.raises(KeyboardInterrupt), closing(screen):
        screen.wait("starting")


def test_each_terminal_has_a_heading(capsys: pytest.CaptureFixture[str]) -> None:
    picture = "x" * 80
    screen = Screen()
    for number, text in [
        (0, "## One\nsentences"),
        (1, picture),
        (1, "b"),
        (2, "c"),
        (0, "sentences\n## Two\n"),
        (2, "d"),
    ]:
        screen.show(number, text)
    lines = capsys.readouterr().out.splitlines()
    heads = [line for line in lines if "terminal" in line]
    assert [head.strip("─- ") for head in heads] == ["terminal 1", "terminal 2", "terminal 2"]
    assert max(map(len, heads)) < 40
    others = [line for line in lines if line not in heads]
    assert others == ["", "## One", picture, "b", "c", "", "## Two", "d"]
