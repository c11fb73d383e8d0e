"""What the management API refuses: each refusal says what to do about it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from api import Api
from forked import run_broker
from rabbitmq_tutorial.lab.run.nodes import Broker

Refusal = Callable[..., str]
ALL, NONE = (
    {"configure": ".*", "write": ".*", "read": ".*"},
    {"configure": "^$", "write": "^$", "read": ".*"},
)


@pytest.fixture
def refusal(broker: Broker, api: Api, vhost: str) -> Iterator[Refusal]:
    """Return a function that runs `broker` as a fresh user and returns what it fails with."""
    name = vhost.rpartition("/")[2]
    user = f"user-{name}"

    def run(
        *arguments: str,
        tags: str,
        permissions: dict[str, str] | None = ALL,
        password: str = "secret",
    ) -> str:
        api.put(f"/users/{user}", {"password": "secret", "tags": tags})
        if permissions:
            api.put(f"/permissions/{name}/{user}", permissions)
        login = f"//{user}:{password}@"
        urls = {"AMQP_URL": vhost.replace("//guest:guest@", login)}
        urls["MANAGEMENT_URL"] = broker.management_url.replace("//guest:guest@", login)
        done = run_broker([*arguments], os.environ | urls)
        assert done.returncode == 77, done
        assert "secret" not in done.stderr
        said: str = done.stderr
        api_refuses = (
            f"the management API at 127.0.0.1:{broker.management[0]} refuses user '{user}': "
        )
        advice = said.removeprefix("broker: ").removeprefix(api_refuses)
        return advice.rstrip("\n").replace(user, "USER").replace(name, "VHOST")

    yield run
    api.delete(f"/users/{user}")


@pytest.mark.parametrize(
    "command", ["queues", "exchanges", "bindings", "connections", "consumers", "picture"]
)
def test_no_permission_in_the_vhost(refusal: Refusal, command: str) -> None:
    said = refusal(command, tags="monitoring", permissions=None)
    allow = "rabbitmqctl set_permissions -p VHOST USER '.*' '.*' '.*'"
    assert said == f"it has no permissions in vhost VHOST: {allow}"


def test_a_wrong_password(refusal: Refusal) -> None:
    said = refusal("queues", tags="monitoring", password="wrong")
    assert said.startswith("check user and password in MANAGEMENT_URL")


def test_tags(refusal: Refusal) -> None:
    assert refusal("queues", tags="") == "it needs a tag: rabbitmqctl set_user_tags USER monitoring"
    assert (
        refusal("nodes", tags="management")
        == "it needs another tag: rabbitmqctl set_user_tags USER monitoring"
    )


def test_no_right_to_do_this(refusal: Refusal, api: Api, vhost: str) -> None:
    api.put(f"/queues/{vhost.rpartition('/')[2]}/hello", {"durable": True})
    said = refusal("expire", "hello", "60", tags="monitoring")
    grant = "rabbitmqctl set_user_tags USER monitoring policymaker"
    assert said == f"it may not set policies in vhost VHOST: {grant}"
    said = refusal("delete", "hello", tags="management", permissions=NONE)
    said = said.replace(" configure access ", " access ")  # newer versions say which access
    assert said.startswith("ACCESS_REFUSED - access to queue 'hello' in vhost 'VHOST' refused")
    assert said.endswith("rabbitmqctl set_permissions grants it")
