"""The management API: where it is, and what it says, with errors in one line."""

import os
from typing import Any, final
from urllib.parse import quote

import httpx

from rabbitmq_tutorial.command_line import Failure
from rabbitmq_tutorial.connection import nodes

TIMEOUT = 10.0  # seconds that an answer may take


@final
class Management:
    """Requests about one vhost: that of AMQP_URL.

    The API is at MANAGEMENT_URL, else at port 15672 of AMQP_URL's first host with its user. Raises Failure: 2 for a
    URL that is none, 69 if nothing answers, 77 if the user may not.
    """

    def __init__(self) -> None:
        node = nodes()[0]
        self.vhost = node.virtual_host
        given = os.environ.get("MANAGEMENT_URL")
        try:
            url = httpx.URL(given or f"http://{f'[{node.host}]' if ':' in node.host else node.host}:15672")
        except (httpx.InvalidURL, TypeError):
            url = httpx.URL()
        if url.scheme not in ("http", "https") or not url.host:
            raise Failure("MANAGEMENT_URL is no http:// or https:// URL; one is http://guest:guest@localhost:15672", 2)
        user, password = getattr(node.credentials, "username", ""), getattr(node.credentials, "password", "")
        self.user: str = url.username or user
        auth = self.user, (url.password or "" if url.username else password)
        self.where = f"{url.host}:{url.port or (443 if url.scheme == 'https' else 80)}"
        self.url = url.copy_with(username=None, password=None)
        base = str(self.url).rstrip("/")
        self._client = httpx.Client(base_url=f"{base}/api/", auth=auth, timeout=TIMEOUT, trust_env=False)

    def __enter__(self) -> "Management":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def request(self, method: str, *path: str, json: object = None, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return the answer, None if there is no such thing (404)."""
        try:
            url = "/".join(quote(part, safe="") for part in path)
            answer = self._client.request(method, url, json=json, params=query)
        except httpx.HTTPError as error:
            reason = "no answer in time" if isinstance(error, httpx.TimeoutException) else "nothing answers"
            raise Failure(
                f"cannot reach the management API at {self.where}: {reason}. Does RabbitMQ run (broker up), and with "
                f"the plugin (rabbitmq-plugins enable rabbitmq_management)? MANAGEMENT_URL names another place", 69
            ) from None  # fmt: skip
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise Failure(
                f"the management API at {self.where} refuses user {self.user!r}: check the password; the user needs "
                f"permissions in vhost {self.vhost!r} and a tag (rabbitmqctl set_user_tags {self.user} monitoring)", 77
            )  # fmt: skip
        try:
            content = answer.json() if answer.content else {}
        except ValueError:
            raise Failure(f"what answers at {self.where} is no management API: check MANAGEMENT_URL", 69) from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.is_error:
            raise Failure(f"the management API says: {content.get('reason', answer.reason_phrase)}")
        return content

    def get(self, *path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return what is at /api/path."""
        return self.request("GET", *path, **query)
