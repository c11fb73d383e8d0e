"""Where the broker is, for clients that want it in pieces."""

import os
from urllib.parse import unquote, urlsplit

URL = os.environ["AMQP_URL"]
_parts = urlsplit(URL)
HOST = f"{_parts.hostname}:{_parts.port}"
VHOST = unquote(_parts.path[1:])
LOGIN = {"userid": _parts.username, "password": _parts.password}
