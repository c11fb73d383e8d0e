"""No broker, the wrong one, or one that refuses: one line that says what to do, an exit code."""

from __future__ import annotations

import re
import ssl
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import trustme
from pika.adapters.thread_safe_connection import Channel

from api import Api
from conftest import CONSUMERS, READY, SCRIPTS, Start, no_vhost, wait_until
from network import listener
from rabbitmq_tutorial.lab.run.nodes import Broker

PAIR = ["hello_world/send.py", "hello_world/receive.py"]


def url_to(vhost: str, **parts: str | int) -> str:
    """Return the URL with some parts replaced: scheme, username, password, host, port or path."""
    url = urlsplit(vhost)
    had = {"username": url.username, "password": url.password, "host": url.hostname}
    new = had | {"port": url.port, "scheme": url.scheme, "path": url.path} | parts
    login = f"{quote(str(new['username']), safe='')}:{quote(str(new['password']), safe='')}"
    return f"{new['scheme']}://{login}@{new['host']}:{new['port']}{new['path']}"


def all_refused(start: Start, status: int, env: dict[str, str] | None = None) -> dict[str, str]:
    """Start every script at once; return the one line that each says as it ends, by its name."""
    scripts = {script: start(script, *words, env=env) for script, words in SCRIPTS.items()}
    said = {}
    for script, ended in scripts.items():
        assert ended.wait() == status, ended.stderr
        assert len(ended.stderr.splitlines()) == 1
        assert "Sent" not in ended.stdout
        said[script.rpartition("/")[2]] = ended.stderr
    return said


@no_vhost
def test_nobody_there(start: Start) -> None:
    said = all_refused(start, 69, {"AMQP_URL": "amqp://guest:secret@localhost:1/%2F"})
    for script, line in said.items():
        assert line == (
            f"{script}: cannot reach RabbitMQ at localhost:1: connection refused."
            " Is it running? Start one: broker up\n"
        )


def test_wrong_password(start: Start, vhost: str) -> None:
    for line in all_refused(start, 77, {"AMQP_URL": url_to(vhost, password="secret")}).values():
        assert "login refused" in line
        assert "secret" not in line


def test_no_such_vhost(start: Start, vhost: str) -> None:
    for line in all_refused(start, 77, {"AMQP_URL": url_to(vhost, path="/nowhere")}).values():
        assert "no such vhost" in line
        assert "nowhere" in line


def test_no_permission(start: Start, vhost: str, api: Api) -> None:
    name = vhost.rpartition("/")[2]
    api.put(f"/permissions/{name}/guest", {"configure": "", "write": "", "read": ""})
    advice = r"access to .* refused for user 'guest': rabbitmqctl set_permissions grants it\n$"
    for line in all_refused(start, 77).values():
        assert re.search(advice, line)


@pytest.mark.parametrize("script", PAIR)
@no_vhost
def test_unknown_host(finish: Start, script: str) -> None:
    ended = finish(script, status=69, env={"AMQP_URL": "amqp://no-such-host.invalid/%2F"})
    assert ended.stderr.endswith(
        "cannot reach RabbitMQ at no-such-host.invalid:5672: unknown host: check AMQP_URL\n"
    )
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("script", PAIR)
@no_vhost
def test_a_port_that_speaks_http(finish: Start, broker: Broker, script: str) -> None:
    ended = finish(
        script, status=69, env={"AMQP_URL": f"amqp://localhost:{broker.management[0]}/%2F"}
    )
    assert "that server does not speak AMQP" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("script", PAIR)
@no_vhost
def test_a_port_that_speaks_something_else(finish: Start, script: str) -> None:
    with listener(answer=b"220 mail ready\r\n") as cable:
        ended = finish(script, status=69, env={"AMQP_URL": f"amqp://localhost:{cable.port}/%2F"})
    assert len(ended.stderr.splitlines()) == 1


@no_vhost
def test_a_mute_port_gets_ten_seconds(start: Start) -> None:
    with listener() as cable:
        began = time.monotonic()
        scripts = [
            start(script, env={"AMQP_URL": f"amqp://localhost:{cable.port}/%2F"}) for script in PAIR
        ]
        for script in scripts:
            assert script.wait() == 69
            assert "no answer in time" in script.stderr
            assert len(script.stderr.splitlines()) == 1
        assert 9 < time.monotonic() - began < 20


@pytest.mark.parametrize("script", PAIR)
@no_vhost
def test_tls_on_a_plain_port(finish: Start, broker: Broker, script: str) -> None:
    ended = finish(script, status=69, env={"AMQP_URL": f"amqps://localhost:{broker.amqp[0]}/%2F"})
    assert "TLS failed" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def secured(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    return context


@pytest.mark.parametrize("script", PAIR)
@no_vhost
def test_plain_on_a_tls_port(
    finish: Start, broker: Broker, authority: trustme.CA, script: str
) -> None:
    with listener(tls=secured(authority, "localhost"), relay=broker.amqp[0]) as cable:
        ended = finish(script, status=69, env={"AMQP_URL": f"amqp://localhost:{cable.port}/%2F"})
    assert len(ended.stderr.splitlines()) == 1


def test_tls_is_verified(  # noqa: PLR0913, PLR0917 - fixtures
    start: Start, finish: Start, broker: Broker, vhost: str, authority: trustme.CA, tmp_path: Path
) -> None:
    ours, others = tmp_path / "ours.pem", tmp_path / "others.pem"
    authority.cert_pem.write_to_path(str(ours))
    trustme.CA().cert_pem.write_to_path(str(others))
    with listener(tls=secured(authority, "localhost"), relay=broker.amqp[0]) as cable:
        url = url_to(vhost, scheme="amqps", host="localhost", port=cable.port)
        receive = start("hello_world/receive.py", env={"AMQP_URL": url, "SSL_CERT_FILE": str(ours)})
        receive.expect(READY)
        finish("hello_world/send.py", env={"AMQP_URL": url, "SSL_CERT_FILE": str(ours)})
        receive.expect("Hello World!")
        receive.stop()
        for script in PAIR:
            unknown = finish(script, status=69, env={"AMQP_URL": url, "SSL_CERT_FILE": str(others)})
            assert "TLS failed: " in unknown.stderr
            assert "SSL_CERT_FILE" in unknown.stderr
            another = url_to(vhost, scheme="amqps", host="127.0.0.1", port=cable.port)
            named = finish(script, status=69, env={"AMQP_URL": another, "SSL_CERT_FILE": str(ours)})
            assert "TLS failed: IP address mismatch" in named.stderr
            assert len(unknown.stderr.splitlines()) == len(named.stderr.splitlines()) == 1


def test_the_second_node_answers(finish: Start, vhost: str) -> None:
    finish("hello_world/send.py", env={"AMQP_URL": f"amqp://localhost:1/%2F,{vhost}"})


def test_a_refused_login_matters_more_than_a_node_that_is_down(finish: Start, vhost: str) -> None:
    urls = f"{url_to(vhost, password='secret')},AMQP://localhost:1/%2F"
    assert (
        "login refused" in finish("hello_world/send.py", status=77, env={"AMQP_URL": urls}).stderr
    )


def test_the_connection_is_named_after_script_and_pid(start: Start, api: Api, vhost: str) -> None:
    receive = start("hello_world/receive.py")
    receive.expect(READY)
    name = vhost.rpartition("/")[2]
    found = wait_until(lambda: api.get(f"/vhosts/{name}/connections"))
    assert found[0]["user_provided_name"] == f"hello_world/receive.py {receive.process.pid}"
    assert "guest:" not in str(found)


@pytest.mark.parametrize(
    ("script", "queue"),
    [
        ("hello_world/send.py", "hello"),
        ("hello_world/receive.py", "hello"),
        ("work_queues/worker.py", "task_queue"),
        ("work_queues/new_task.py", "task_queue"),
        ("rpc/rpc_server.py", "rpc_queue"),
    ],
)
def test_a_queue_with_other_arguments(
    finish: Start, channel: Channel, script: str, queue: str
) -> None:
    channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "classic"})
    ended = finish(script, status=1)
    assert f"queue '{queue}' exists with another x-queue-type" in ended.stderr
    assert f"broker delete {queue}" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("script", "exchange"),
    [
        ("publish_subscribe/emit_log.py", "logs"),
        ("publish_subscribe/receive_logs.py", "logs"),
        ("routing/emit_log_direct.py", "direct_logs"),
        ("topics/receive_logs_topic.py", "topic_logs"),
    ],
)
def test_an_exchange_of_another_type(
    finish: Start, channel: Channel, script: str, exchange: str
) -> None:
    channel.exchange_declare(exchange, exchange_type="headers")
    ended = finish(script, *SCRIPTS[script], status=1)
    assert f"exchange '{exchange}' exists with another type" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_user_of_its_own(start: Start, vhost: str, api: Api) -> None:
    name = vhost.rpartition("/")[2]
    password = "p/w@:ü"
    api.put(f"/users/{name}", {"password": password, "tags": ""})
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    api.put(f"/permissions/{name}/{name}", everything)
    there = {"AMQP_URL": url_to(vhost, username=name, password=password)}
    consumers = [start(script, *words, env=there) for script, words in CONSUMERS.items()]
    for consumer in consumers:
        consumer.expect(READY)
        consumer.stop()
    api.delete(f"/users/{name}")
