"""Play a page before a person: on the broker that stays, or on one that is there for this alone."""

import os
from contextlib import closing, suppress
from pathlib import Path

from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.run import lifecycle, urls
from rabbitmq_tutorial.lab.run.folder import home
from rabbitmq_tutorial.lab.run.private import private_broker
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.walkthrough.play import play
from rabbitmq_tutorial.walkthrough.screen import Screen, screen


def watch(page: Path) -> str:
    """Play the page; return where the broker is that stays.

    Whoever leaves before the end leaves nothing running that was started here.
    """
    with closing(screen()) as shown:
        if urls.answers():
            broker = address()
            play_privately(page, shown)
            return broker
        wipe = not home().exists()
        try:
            shown.wait("starting RabbitMQ")
            broker = lifecycle.up(1)
            if empty():
                wipe = True
                play(page, os.environ, shown.show)
            else:
                play_privately(page, shown)
        except BaseException:
            with suppress(OSError):  # of a terminal that was closed
                shown.wait("stopping RabbitMQ")
            lifecycle.down(wipe=wipe)
            raise
        return broker


def play_privately(page: Path, shown: Screen) -> None:
    """Play the page where it disturbs nobody."""
    shown.wait("starting a RabbitMQ of its own for this")
    with private_broker() as broker:
        play(page, os.environ | broker.environment, shown.show)


def address() -> str:
    """Return where the broker is that runs already, or why the lab cannot use it."""
    try:
        return lifecycle.up(1)
    except Failure as failure:
        return str(failure)


def empty() -> bool:
    """Whether the broker holds nothing but what RabbitMQ comes with."""
    held = Management().get("definitions")
    return not (held["queues"] or held["exchanges"] or held["bindings"] or held["policies"])
