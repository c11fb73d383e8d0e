"""A throw-away broker for the run, a vhost for each test, and scripts that run on it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
import pytest
from filelock import FileLock
from pika.adapters.thread_safe_connection import Channel, Connection

import places
from api import Api
from forked import COMMAND, WINDOWS, run_broker
from order import pytest_collection_modifyitems
from rabbitmq_tutorial.lab.run import lifecycle
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.ports import free_ports
from script import CONSUMERS, PRODUCERS, READY, ROOT, SCRIPTS, Script

__all__ = [
    "COMMAND",
    "CONSUMERS",
    "PRODUCERS",
    "READY",
    "ROOT",
    "SCRIPTS",
    "WINDOWS",
    "Script",
    "pytest_collection_modifyitems",
]
Start = Callable[..., "Script"]
Lab = Callable[..., subprocess.CompletedProcess[str]]

FOLDER = "RABBITMQ_TUTORIAL_TESTS"  # names the folder that the processes of a run share

# In the background a shell has tests ignore Ctrl-C, and their scripts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Make a folder for what the processes of this run share."""
    if not is_worker(session.config):
        # A run that is ended from outside cleans up, too.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        os.environ.pop("PYTHONUNBUFFERED", None)  # a script itself sees to it that a pipe has lines
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process compiles all
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="rabbitmq-tutorial-")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the brokers that they shared, and delete the folder."""
    if not is_worker(session.config):
        folder = Path(os.environ.pop(FOLDER))
        for home in folder / "broker", folder / "victim":
            if lifecycle.started(home):
                subprocess.run(
                    [COMMAND, "down", "--wipe"],
                    env=os.environ | {"BROKER_HOME": str(home)},
                    stdout=subprocess.DEVNULL,
                    check=True,
                )
        shutil.rmtree(folder)


def is_worker(config: pytest.Config) -> bool:
    """Whether this is one of several processes that run tests for another one."""
    return hasattr(config, "workerinput")


@pytest.fixture(scope="session")
def broker() -> Broker:
    """Return the broker that all tests share; the first that needs it starts it."""
    folder = Path(os.environ[FOLDER])
    home = folder / "broker"
    with FileLock(folder / "lock"):
        if not lifecycle.started(home):
            amqp, management = free_ports(2)
            where = {
                "BROKER_HOME": str(home),
                "AMQP_URL": f"amqp://127.0.0.1:{amqp}/%2F",
                "MANAGEMENT_URL": f"http://127.0.0.1:{management}",
            }
            subprocess.run([COMMAND, "up"], env=os.environ | where, check=True, timeout=1200)
        started = lifecycle.started(home)
    assert started
    return started


@pytest.fixture(scope="session")
def ups() -> Iterator[places.Ups]:
    """Start the broker that may be stopped and killed, by three commands at once."""
    place = places.environment(Path(os.environ[FOLDER]) / "victim", *free_ports(2))
    try:
        yield places.Ups(place, places.up_three_times_at_once(place))
    finally:
        places.lab(place, "down", "--wipe")


@pytest.fixture
def victim(ups: places.Ups) -> Broker:
    """Return a broker that may be stopped and killed; it runs, whatever the test before did."""
    places.lab(ups.place, "up")
    started = lifecycle.started(Path(ups.place["BROKER_HOME"]))
    assert started
    return started


@pytest.fixture
def api(broker: Broker) -> Api:
    """Return the management API."""
    return Api(broker.management[0])


@contextmanager
def fresh_vhost(broker: Broker) -> Iterator[str]:
    """Yield the AMQP URL of a vhost that is there for this alone."""
    api, name = Api(broker.management[0]), f"test-{uuid.uuid4().hex[:8]}"
    api.put(f"/vhosts/{name}")  # in which who made it may do everything
    try:
        yield broker.amqp_url.rpartition("/")[0] + f"/{name}"
    finally:
        api.delete(f"/vhosts/{name}")


@pytest.fixture
def vhost(broker: Broker) -> Iterator[str]:
    """Return the AMQP URL of a fresh vhost."""
    with fresh_vhost(broker) as url:
        yield url


# For a test that says itself where everything is: to make a vhost takes a while.
no_vhost = pytest.mark.parametrize("vhost", ["amqp://localhost:1/%2F"], ids=["no vhost"])


@pytest.fixture
def channel(vhost: str) -> Iterator[Channel]:
    """Return a channel on the vhost, to look at queues and to put messages in."""
    with Connection(pika.URLParameters(vhost)) as connection:
        yield connection.channel()


def wait_until(condition: Callable[[], Any], seconds: float = 15) -> Any:  # noqa: ANN401 - what condition returns
    """Ask until the condition holds, and return what it returned.

    It rests as long as an answer took: asking, too, keeps a busy machine from what is waited for.
    """
    deadline = time.monotonic() + seconds
    asked = time.monotonic()
    while not (result := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(max(0.1, time.monotonic() - asked))
        asked = time.monotonic()
    return result


@contextmanager
def start_on(url: str) -> Iterator[Start]:
    """Yield a function that starts a script with arguments, stdin=bytes and env={...}.

    Whatever still runs at the end is killed.
    """
    started: list[Script] = []

    def start_script(
        script: str,
        *arguments: str | bytes,
        stdin: bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> Script:
        running = Script(script, arguments, {**os.environ, "AMQP_URL": url, **(env or {})})
        started.append(running)
        if stdin is not None:
            running.write(stdin)
            running.close()
        return running

    try:
        yield start_script
    finally:
        for script in started:
            script.process.kill()
        for script in started:
            script.wait()


@pytest.fixture
def start(vhost: str) -> Iterator[Start]:
    """Start a script on the vhost, see start_on."""
    with start_on(vhost) as started:
        yield started


@pytest.fixture
def start_there(victim: Broker) -> Iterator[Start]:
    """Start a script on the broker that may be killed, see start_on."""
    with start_on(victim.amqp_url) as started:
        yield started


@pytest.fixture
def finish(start: Start) -> Start:
    """Start a script, wait for its end and check that it exits with status, 0 if not given."""

    def finish_script(
        script: str,
        *arguments: str | bytes,
        status: int = 0,
        stdin: bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> Script:
        running = start(script, *arguments, stdin=stdin, env=env)
        assert running.wait() == status, running.stderr
        return running

    return finish_script


@pytest.fixture
def lab(vhost: str, broker: Broker) -> Lab:
    """Return a function that runs `broker` with arguments, on the vhost."""

    def run(
        *arguments: str, status: int = 0, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        urls = {"AMQP_URL": vhost, "MANAGEMENT_URL": broker.management_url}
        done = run_broker([*arguments], {**os.environ, **urls, **environment}, stdin)
        assert done.returncode == status, done.stderr
        assert len(done.stderr.splitlines()) == (status != 0)
        return done

    return run


def rows(table: str) -> list[dict[str, str]]:
    head, *lines = (line.split("\t") for line in table.splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]
