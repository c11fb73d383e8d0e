"""A folder and ports of its own for a broker, and the command `broker` there."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest

from forked import COMMAND, run_broker
from rabbitmq_tutorial.lab.run import folder


class Ups(NamedTuple):
    """Three `broker up` at once: where, and what each printed and said on stderr."""

    place: dict[str, str]
    said: list[tuple[str, str]]


def environment(home: Path, amqp: int, management: int) -> dict[str, str]:
    """Return what `broker` has to know to work in a folder and at ports of its own."""
    amqp_url, management_url = f"amqp://127.0.0.1:{amqp}/%2F", f"http://127.0.0.1:{management}"
    return {
        **os.environ,
        "BROKER_HOME": str(home),
        "AMQP_URL": amqp_url,
        "MANAGEMENT_URL": management_url,
    }


def lab(
    where: dict[str, str], *arguments: str, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run `broker` there."""
    done = run_broker([*arguments], where, seconds=120)
    assert done.returncode == status, done.stderr
    return done


def port_of(place: dict[str, str]) -> int:
    return int(place["AMQP_URL"].split(":")[-1].split("/")[0])


def localhost(place: dict[str, str]) -> dict[str, str]:
    """Return the place with its host by name."""
    return {**place, "AMQP_URL": place["AMQP_URL"].replace("127.0.0.1", "localhost")}


def other_localhost(place: dict[str, str]) -> AbstractContextManager[object]:
    """Have the place's port at the other address of localhost, and say nothing there."""
    try:
        return socket.create_server(("::1", port_of(place)), family=socket.AF_INET6)
    except OSError as error:
        if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            raise
        return nullcontext()  # a machine without IPv6


def up_three_times_at_once(place: dict[str, str]) -> list[tuple[str, str]]:
    """Start one broker by three commands, which all wait for a folder that is wiped meanwhile.

    Return what each printed, and said on stderr.
    """
    where, pipe = localhost(place), subprocess.PIPE
    with pytest.MonkeyPatch.context() as patch, other_localhost(place), ExitStack() as cleanup:
        patch.setenv("BROKER_HOME", place["BROKER_HOME"])
        with folder.alone(create=True):
            ups = [
                subprocess.Popen([COMMAND, "up"], env=where, stdout=pipe, stderr=pipe, text=True)
                for _ in range(3)
            ]
            for up in ups:
                cleanup.callback(up.kill)
                assert up.stderr
                assert "waiting" in up.stderr.readline()
            folder.home().rmdir()  # as a wipe does
        said = [up.communicate(timeout=120) for up in ups]
    assert [up.returncode for up in ups] == [0, 0, 0], said
    return said


def interrupted(
    place: dict[str, str], command: str, during: str, number: signal.Signals = signal.SIGINT
) -> str:
    """Press Ctrl-C as the command has said that it does something; return what it says then."""
    with subprocess.Popen([COMMAND, command], env=place, stderr=subprocess.PIPE, text=True) as one:
        assert one.stderr
        while during not in one.stderr.readline():
            assert one.poll() is None
        one.send_signal(number)
        said = one.stderr.read()
    assert one.returncode == 128 + number
    assert len(said.splitlines()) == 1
    return said
