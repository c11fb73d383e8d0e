"""Where the broker is, and a connection to it."""

from __future__ import annotations

import logging
import os
import re
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import gaierror
from threading import Event

from pika import SSLOptions, URLParameters, exceptions
from pika.adapters.thread_safe_connection import Connection

from rabbitmq_tutorial.command_line import Failure

DEFAULT_URL = "amqp://guest:guest@localhost:5672/%2F"
ANSWER = 10.0  # seconds that a broker has to answer
logging.getLogger("pika").setLevel(logging.CRITICAL + 1)  # what goes wrong is told once, in one line, by us


def nodes(urls: str | None = None) -> list[URLParameters]:
    """Return the parameters of each node in urls (default: AMQP_URL), which commas separate.

    Certificates of amqps nodes are verified; SSL_CERT_FILE names a private CA. Raises Failure (2) for what is no URL.
    """
    return [_parameters(url.strip()) for url in (urls or os.environ.get("AMQP_URL") or DEFAULT_URL).split(",")]


def _parameters(url: str) -> URLParameters:
    try:
        if not re.match(r"amqps?://[^/]", url):
            raise ValueError  # noqa: TRY301 - pika accepts http:// without complaint
        parameters = URLParameters(url)
    except (ValueError, LookupError, TypeError, SyntaxError):  # whose texts may quote the password
        raise Failure(f"AMQP_URL is no amqp:// or amqps:// URL; one is {DEFAULT_URL}", 2) from None
    if parameters.ssl_options and "ssl_options=" not in url:
        parameters.ssl_options = SSLOptions(ssl.create_default_context(), parameters.host)
    script = "/".join(Path(sys.argv[0]).resolve().parts[-2:])
    parameters.client_properties = {"connection_name": f"{script} {os.getpid()}"}
    return parameters


def connect(on_close: Callable[[str], None]) -> Connection:
    """Connect to the first node that answers; on_close is called with the reason when that connection is gone.

    Raises Failure: 69 if no node answers within 10 s, 77 if one refuses the login or the vhost.
    """
    candidates = nodes()
    reasons = []
    for node in candidates:
        try:
            return Connection(
                node, on_close_callback=lambda _, reason: on_close(why(reason)), timeout=ANSWER / len(candidates)
            )
        except (exceptions.ProbableAuthenticationError, exceptions.AuthenticationError):
            raise Failure(
                f"RabbitMQ at {node.host}:{node.port} refused the login: check user and password in AMQP_URL "
                "(guest may log in from localhost only)", 77
            ) from None  # fmt: skip
        except exceptions.ProbableAccessDeniedError:
            raise Failure(
                f"RabbitMQ at {node.host}:{node.port} has no vhost {node.virtual_host!r}, or the user "
                "may not use it: check AMQP_URL", 77
            ) from None  # fmt: skip
        except Exception as error:  # noqa: BLE001 - pika raises gaierror, SSLError, TimeoutError and more as they come
            reasons.append(why(error))
    where = ", ".join(f"{node.host}:{node.port}" for node in candidates)
    raise Failure(f"cannot reach RabbitMQ at {where}: {reasons[-1]}. Is it running? Start one: broker up", 69)


def disconnect(connection: Connection, closed: Event) -> None:
    """Close at once, without the polling of Connection.close; closed is what the connection's on_close sets."""
    with suppress(Exception):
        connection.add_callback_threadsafe(connection.close)
        closed.wait(1)


def why(error: BaseException) -> str:
    """Say in a few words what an exception of pika's, or inside of one, is about."""
    while inner := getattr(error, "exceptions", None) or [getattr(error, "exception", None) or error.args and error.args[0]]:
        if not isinstance(inner[-1], BaseException):
            break
        error = inner[-1]
    match error:
        case gaierror():
            return "unknown host"
        case ssl.SSLCertVerificationError():
            return f"TLS failed: {error.verify_message} (SSL_CERT_FILE names a private CA)"
        case ssl.SSLError():
            return f"TLS failed: {(error.reason or 'unknown').replace('_', ' ').lower()}"
        case TimeoutError() if not error.errno:
            return "no answer in time"
        case OSError(strerror=str(strerror)):
            return strerror.lower()
        case exceptions.ChannelClosed() | exceptions.ConnectionClosed():
            return str(error.reply_text)
        case exceptions.AMQPHeartbeatTimeout():
            return "no heartbeat"
    return "no AMQP spoken there" if isinstance(error, exceptions.IncompatibleProtocolError) else type(error).__name__


def refusal(error: Exception) -> Failure:
    """Translate what a declaration, subscription or publication raised into the line and status to end with."""
    if found := re.search(r"inequivalent arg '(.+?)' for (queue|exchange) '(.+?)' in vhost '.*?': (.*)", why(error)):
        argument, kind, name, difference = found.groups()
        return Failure(
            f"{kind} {name!r} exists with another {argument} ({difference}). Delete it: broker delete {name}"
        )
    match error:
        case exceptions.ChannelClosedByBroker(reply_code=403) | exceptions.ConnectionClosedByBroker(reply_code=403):
            return Failure(f"no permission: {why(error)}", 77)
        case exceptions.ChannelClosedByBroker():
            return Failure(f"RabbitMQ refused: {why(error)}")
        case exceptions.ConnectionClosedByBroker() if error.reply_code != 320:  # noqa: PLR2004 - CONNECTION_FORCED
            return Failure(f"RabbitMQ refused: {why(error)}")
        case TimeoutError():
            return Failure("RabbitMQ did not answer in time", 75)
    return Failure(f"lost RabbitMQ: {why(error)}", 69)
