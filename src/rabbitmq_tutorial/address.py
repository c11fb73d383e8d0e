"""Where the broker is: AMQP_URL; every option is honoured, or refused by name."""

import ast
import os
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from pika import URLParameters

from rabbitmq_tutorial.faults import Exit, Failure

DEFAULT_URL = "amqp://guest:guest@localhost:5672/%2F"
NO_URL = (
    f"AMQP_URL is not an amqp:// or amqps:// URL, such as {DEFAULT_URL}"
    " (in a password, vhost or option, / # ? [ , @ are written %2F %23 %3F %5B %2C %40)"
)
TLS_OPTIONS = {"ca_certs", "cafile", "ca_path", "capath", "ca_data", "cadata", "certfile"}
TLS_OPTIONS |= {"keyfile", "password", "ciphers", "protocol", "server_hostname"}


def nodes() -> list[URLParameters]:
    """Return pika's parameters for each node in AMQP_URL; commas separate their URLs."""
    urls = os.environ.get("AMQP_URL") or DEFAULT_URL
    return [node_at(url) for url in re.split("(?i),(?=amqps?://)", urls)]


def node_at(url: str) -> URLParameters:
    """Return pika's parameters for one node; the connection is named after the script.

    Raises Failure (2), which quotes neither the URL nor pika: the password may be in there.
    """
    if not re.fullmatch(r"(?i:amqps?)://[^/?#,]+(/[^/?#,@]*)?(\?[^#@]*)?", url):
        raise Failure(NO_URL, Exit.USAGE)
    options = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    for name, value in options:
        if not usable(name, value) or dict(options)[name] != value:  # the last value would win
            raise Failure(f"AMQP_URL: pika cannot use the option {name!r}", Exit.USAGE)
    try:
        node = URLParameters(url)
    except ValueError:
        raise Failure(NO_URL, Exit.USAGE) from None
    script = "/".join(Path(sys.argv[0]).resolve().parts[-2:])
    own_name = {"connection_name": f"{script} {os.getpid()}"}
    node.client_properties = own_name | (node.client_properties or {})
    if node.ssl_options and not node.ssl_options.server_hostname:
        node.ssl_options.server_hostname = node.host
    return node


def usable(name: str, value: str) -> bool:
    """Return whether pika takes the option, and can use it: some it drops, some fail late."""
    try:
        URLParameters(f"amqp://localhost?{urlencode({name: value})}")
        return (
            value != ""
            and (name != "heartbeat" or int(value) < 2**16)
            and (name != "ssl_options" or set(ast.literal_eval(value)) <= TLS_OPTIONS)
        )
    except (ValueError, TypeError, SyntaxError, OSError):
        return False
