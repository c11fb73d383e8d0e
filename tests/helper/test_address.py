"""AMQP_URL: every option of it is honoured, or refused by its name; the password is never told."""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from api import Api
from conftest import READY, ROOT, Script, Start, wait_until
from network import listener
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.ports import free_ports

PAIR = ["hello_world/send.py", "hello_world/receive.py"]


def said(url: str) -> str:
    """Return the one line in which a script refuses the URL."""
    ended = Script("hello_world/send.py", (), {**os.environ, "AMQP_URL": url})
    assert (ended.wait(), ended.stdout) == (2, ""), ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    return ended.stderr


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("heartbeat=abc", "heartbeat"),
        ("heartbeat=-1", "heartbeat"),
        ("heartbeat=65536", "heartbeat"),
        ("heartbeat=", "heartbeat"),
        ("heartbeat=1&heartbeat=2", "heartbeat"),
        ("hearbeat=60", "hearbeat"),
        ("connection_attempts=0", "connection_attempts"),
        ("retry_delay=soon", "retry_delay"),
        ("frame_max=1", "frame_max"),
        ("channel_max=70000", "channel_max"),
        ("tcp_options=5", "tcp_options"),
        ("client_properties=mine", "client_properties"),
        ("heartbeat=5&ssl_options=%7B%27certfile%27%3A%27/nowhere%27%7D", "ssl_options"),
        ("ssl_options={'ca_certs':CA,'cert_reqs':0}", "ssl_options"),
        ("backpressure_detection=t", "backpressure_detection"),
    ],
)
def test_an_option_that_is_of_no_use_is_named(option: str, name: str) -> None:
    option = option.replace("CA", f"'{ssl.get_default_verify_paths().openssl_cafile}'")
    message = said(f"amqps://guest:geheim@localhost/%2F?{option}")
    assert f"the option {name!r}" in message
    assert "geheim" not in message


@pytest.mark.parametrize(
    "url",
    [
        "amqp://guest:ge/heim@localhost:5672/%2F",
        "amqp://guest:ge#heim@localhost",
        "amqp://guest:ge?heim@localhost/%2F",
        "amqp://guest:ge[heim@localhost/%2F",
        "amqp://guest:ge,heim@localhost/%2F",
        "amqp://guest:geheim@localhost/my/vhost",
        "amqp://guest:geheim@localhost//",
        "amqp://guest:geheim",
        "amqp://guest:geheim@localhost:99999/%2F",
    ],
)
def test_characters_that_must_be_encoded(url: str) -> None:
    message = said(url)
    assert "/ # ? [ , @ are written %2F %23 %3F %5B %2C %40" in message
    assert "heim" not in message


@pytest.mark.parametrize("password", ["p/w", "p#w", "p?w", "p[w", "p,w", "p@w", "p w%", "ü:&="])
def test_encoded_they_may_be_in_a_password(
    start: Start, api: Api, vhost: str, password: str
) -> None:
    name = vhost.rpartition("/")[2]
    api.put(f"/users/{name}", {"password": password, "tags": ""})
    api.put(f"/permissions/{name}/{name}", {"configure": ".*", "write": ".*", "read": ".*"})
    url = vhost.replace("guest:guest", f"{name}:{quote(password, safe='')}")
    sent = start("hello_world/send.py", env={"AMQP_URL": url})
    assert sent.wait() == 0, sent.stderr
    api.delete(f"/users/{name}")


def test_a_name_of_ones_own(start: Start, api: Api, vhost: str) -> None:
    mine = {"AMQP_URL": f"{vhost}?client_properties={{'connection_name':'mine','x':1}}"}
    start("hello_world/receive.py", env=mine).expect(READY)
    path = f"/vhosts/{vhost.rpartition('/')[2]}/connections"
    [connection] = wait_until(lambda: api.get(path))
    assert connection["user_provided_name"] == "mine"
    assert connection["client_properties"]["x"] == 1


def test_a_client_certificate(start: Start, broker: Broker, vhost: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server)
    authority.issue_cert("localhost").configure_cert(server)
    files = {name: str(tmp_path / name) for name in ("ca", "certificate", "key")}
    authority.cert_pem.write_to_path(files["ca"])
    ours = authority.issue_cert("client")
    ours.cert_chain_pems[0].write_to_path(files["certificate"])
    ours.private_key_pem.write_to_path(files["key"])
    tls = {"ca_certs": files["ca"], "certfile": files["certificate"], "keyfile": files["key"]}
    with listener(tls=server, relay=broker.amqp[0]) as cable:
        name = vhost.rpartition("/")[2]
        url = f"amqps://guest:guest@localhost:{cable.port}/{name}?ssl_options="
        sent = start("hello_world/send.py", env={"AMQP_URL": url + quote(repr(tls))})
        assert sent.wait() == 0, sent.stderr
        del tls["certfile"], tls["keyfile"]
        nobody = start("hello_world/send.py", env={"AMQP_URL": url + quote(repr(tls))})
        assert nobody.wait() == 69
        assert "TLS failed" in nobody.stderr


@pytest.mark.parametrize("script", PAIR)
def test_the_first_connection_waits_as_the_url_says(
    start: Start, broker: Broker, vhost: str, script: str
) -> None:
    [port] = free_ports(1)
    url = f"amqp://guest:guest@localhost:{port}/{vhost.rpartition('/')[2]}"
    options = "connection_attempts=60&retry_delay=0.5"
    early = start(script, env={"AMQP_URL": f"{url}?{options}"})
    refused = start(script, env={"AMQP_URL": f"{url}?connection_attempts=2&retry_delay=0.1"})
    assert refused.wait() == 69
    assert "connection refused" in refused.stderr
    assert early.process.poll() is None
    with listener(relay=broker.amqp[0], at=("127.0.0.1", port)):
        early.expect("Sent|Waiting")
    early.process.kill()


TWO_ADDRESSES = """
import runpy, socket
real = socket.getaddrinfo
def both(host, *arguments, **options):
    names = ["{silent}", "127.0.0.1"] if host == "localhost" else [host]
    return [found for name in names for found in real(name, *arguments, **options)]
socket.getaddrinfo = both
runpy.run_path("{script}", run_name="__main__")
"""


def spare_address() -> str:
    """Return another address of this machine on which nothing listens."""
    for address in "::1", "127.0.0.2":
        with suppress(OSError):
            socket.create_server(
                (address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET
            ).close()
            return address
    raise AssertionError("this machine has one address only")


def test_each_address_of_a_name_is_tried(
    start: Start, broker: Broker, vhost: str, tmp_path: Path
) -> None:
    silent, script = spare_address(), tmp_path / "send.py"
    text = TWO_ADDRESSES.format(silent=silent, script=ROOT / "hello_world/send.py")
    script.write_text(text, encoding="utf-8")
    url = f"amqp://guest:guest@localhost:{broker.amqp[0]}/{vhost.rpartition('/')[2]}"
    for answer in b"", b"HTTP/1.1 400 Bad Request\r\n\r\n":
        with listener(answer=answer, at=(silent, broker.amqp[0])):
            sent = start(str(script), env={"AMQP_URL": url})
            assert sent.wait() == 0, sent.stderr
            assert sent.stdout == " [x] Sent 'Hello World!'\n"
