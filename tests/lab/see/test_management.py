"""How the management API is reached: names that stay names, TLS, several nodes, who asks."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from pika.adapters.thread_safe_connection import Channel

from conftest import Lab, no_vhost
from network import listener
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.see.management import Management


@pytest.fixture
def management(vhost: str, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Management:
    monkeypatch.setenv("AMQP_URL", vhost)
    monkeypatch.setenv("MANAGEMENT_URL", broker.management_url)
    return Management()


@pytest.mark.parametrize("name", [".", "..", ""])
def test_a_name_that_is_none_in_a_url(management: Management, channel: Channel, name: str) -> None:
    channel.queue_declare("contents", durable=True)
    with pytest.raises(Failure, match="cannot be asked about the name"):
        management.request("DELETE", "queues", management.vhost, name, "contents")
    with pytest.raises(Failure, match="cannot be asked about the name"):
        management.request("DELETE", "queues", management.vhost, name)
    channel.queue_declare("contents", passive=True)


@pytest.mark.parametrize("name", ["...", "a/../b", "./x", "%2E", "a b", "#?&;", "«ü»🐇", "a\tb"])
def test_a_strange_name_reaches_its_own_queue(
    management: Management, channel: Channel, name: str
) -> None:
    for other in "contents", "b", "x":
        channel.queue_declare(other, durable=True)
    channel.queue_declare(name, durable=True)
    assert management.get("queues", management.vhost, name)["name"] == name
    management.request("DELETE", "queues", management.vhost, name)
    left = [queue["name"] for queue in management.get("queues", management.vhost)]
    assert sorted(left) == ["b", "contents", "x"]


def test_tls(lab: Lab, broker: Broker, tmp_path: Path) -> None:
    authority, ours, others = trustme.CA(), tmp_path / "ours.pem", tmp_path / "others.pem"
    authority.cert_pem.write_to_path(str(ours))
    trustme.CA().cert_pem.write_to_path(str(others))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with listener(tls=context, relay=broker.management[0]) as cable:

        def exchanges(host: str, ca: Path, status: int) -> str:
            url = f"https://guest:guest@{host}:{cable.port}"
            done = lab("exchanges", status=status, MANAGEMENT_URL=url, SSL_CERT_FILE=str(ca))
            return done.stderr + done.stdout

        assert "amq.fanout" in exchanges("localhost", ours, 0)
        unknown = exchanges("localhost", others, 69)
        assert "TLS failed: " in unknown
        assert "(SSL_CERT_FILE names a private CA)" in unknown
        assert "TLS failed: IP address mismatch" in exchanges("127.0.0.1", ours, 69)
        plain = f"http://guest:guest@localhost:{cable.port}"
        assert "for https" in lab("exchanges", status=69, MANAGEMENT_URL=plain).stderr


@no_vhost
def test_tls_where_there_is_none(lab: Lab, broker: Broker) -> None:
    url = f"https://guest:guest@127.0.0.1:{broker.management[0]}"
    said = lab("exchanges", status=69, MANAGEMENT_URL=url).stderr
    assert "TLS failed" in said
    assert "check MANAGEMENT_URL" in said
    assert "broker up" not in said


@no_vhost
def test_amqp_instead_of_http(lab: Lab, broker: Broker) -> None:
    url = f"http://guest:guest@127.0.0.1:{broker.amqp[0]}"
    said = lab("exchanges", status=69, MANAGEMENT_URL=url).stderr
    assert "no HTTP spoken there" in said or "closed without an answer (as" in said


def test_whether_rabbitmq_runs_or_only_its_management_api_does_not(lab: Lab) -> None:
    nothing = {"MANAGEMENT_URL": "http://guest:guest@127.0.0.1:1"}
    said = lab("queues", status=69, **nothing).stderr
    assert "rabbitmq-plugins enable rabbitmq_management" in said
    assert "broker up" not in said
    said = lab("queues", status=69, AMQP_URL="amqp://127.0.0.1:1", **nothing).stderr
    assert said == (
        "broker: cannot reach the management API at 127.0.0.1:1: connection refused."
        " broker up starts RabbitMQ; if it runs elsewhere, set MANAGEMENT_URL\n"
    )


def test_the_next_node_answers(lab: Lab, broker: Broker) -> None:
    nodes = f"http://guest:guest@127.0.0.1:1,{broker.management_url}"
    assert "amq.fanout" in lab("exchanges", MANAGEMENT_URL=nodes).stdout
    dead = "http://guest:guest@127.0.0.1:1,http://no-such-host.invalid:2"
    said = lab("exchanges", status=69, MANAGEMENT_URL=dead).stderr
    assert "at 127.0.0.1:1: connection refused, at no-such-host.invalid:2: unknown host" in said


def test_proxies_are_not_asked(lab: Lab) -> None:
    proxy = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    assert "amq.fanout" in lab("exchanges", **proxy).stdout


@pytest.mark.parametrize("password", ["se/cret", "se#cret", "se?cret", "se[cret", "12/cret"])
@no_vhost
def test_a_password_that_is_not_encoded(lab: Lab, password: str) -> None:
    url = f"http://guest:{password}@localhost:15672"
    said = lab("exchanges", status=2, MANAGEMENT_URL=url).stderr
    assert "%2F" in said
    assert "cret" not in said


@no_vhost
def test_a_user_with_a_colon(lab: Lab) -> None:
    said = lab("exchanges", status=2, MANAGEMENT_URL="http://a%3Ab:secret@localhost:15672").stderr
    assert "'a:b'" in said
    assert "secret" not in said
