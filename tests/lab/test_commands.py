"""The command line of `broker`: what is mistyped is understood, what is missing is named."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from forked import run_broker


def broker(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `broker`, whose lines are not to be wrapped."""
    usual = {"COLUMNS": "300", "AMQP_URL": "amqp://localhost:1/%2F"}
    return run_broker([*words], {**os.environ, **usual, **environment})


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("queue", "there is no command 'queue'; did you mean 'queues'?"),
        ("list_queues", "did you mean 'queues'?"),
        ("status", "did you mean 'nodes' or 'queues'?"),
        ("stop", "did you mean 'down'?"),
        ("pciture --watch", "did you mean 'picture'?"),
        ("up --node 3", "has no option '--node'; did you mean '--nodes'?"),
        ("up --nodes=4", "invalid choice: 4"),
        ("up --nodes -1", "nodes"),
        ("down --wip", "did you mean '--wipe'?"),
        ("picture --wacth", "broker picture has no option '--wacth'; did you mean '--watch'?"),
        ("--verison", "did you mean '--version'?"),
        ("delete -hello", "put -- before a name that begins with a dash"),
        ("delete --froce x", "did you mean '--force'?"),
        ("xyz", "there is no command 'xyz' (--help lists them)"),
        ("\x1b[31mred", r"there is no command '\x1b[31mred'"),
        ("queues --\x1b[31mred", r"has no option '--\x1b[31mred'"),
        ("", "say which command: broker --help lists them"),
        ("start", "NODE"),
        ("kill 4", "invalid choice: 4"),
        ("expire hello 0", "not a whole number from 1 to 9999: '0'"),
    ],
)
def test_what_is_mistyped(words: str, advice: str) -> None:
    done = broker(*words.split())
    assert done.returncode == 2
    assert advice in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_fits_on_a_terminal() -> None:
    done = broker("--help", COLUMNS="80")
    lines = done.stdout.splitlines()
    assert len(lines) < 24  # the next prompt needs a line, too
    assert max(map(len, lines)) <= 80
    listed = [line.split()[0] for line in lines if re.match(r"  [a-z]", line)]
    assert len(listed) == 16
    for command in listed:
        assert broker(command, "--help").stdout.startswith(f"usage: broker {command} [-h]")


def test_help_says_what_each_command_does() -> None:
    rule = "If messages would be lost or somebody listens, it asks first"
    for command, what in {
        "delete": rule,
        "purge": rule,
        "reset": rule,
        "expire": "Have a queue deleted that nobody uses for a time.",
        "picture": "Draw who publishes to what, and who consumes it.",
    }.items():
        assert what in broker(command, "--help").stdout
    assert "Delete what the tutorial declared" in broker("reset", "--help").stdout


def test_the_version() -> None:
    assert re.fullmatch(r"rabbitmq-tutorial \d+\.\d+\S*\n", broker("--version").stdout)


@pytest.mark.parametrize(
    ("module", "words"),
    [("filelock", ["up"]), ("rich", ["picture"]), ("rich", ["picture", "--watch"])],
)
def test_without_the_extra(module: str, words: list[str]) -> None:
    program = f"import sys; sys.modules[{module!r}] = None; sys.argv = ['broker', *{words!r}];"
    program += "from rabbitmq_tutorial.lab.main import main; main()"
    environment = {**os.environ, "AMQP_URL": "amqp://localhost:1/%2F"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    said = f'broker: {module} is not installed: pip install "rabbitmq-tutorial[lab]"\n'
    assert (done.returncode, done.stderr) == (1, said)
