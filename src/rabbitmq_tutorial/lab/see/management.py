"""The management API: where it is, and what it says, with errors in one line."""

import os
from shlex import quote as quote_for_shell
from typing import Any, final
from urllib.parse import quote

import httpx
from pika import URLParameters

from rabbitmq_tutorial.connection import nodes
from rabbitmq_tutorial.faults import Failure

TAGS, PERMISSIONS = (
    "rabbitmqctl set_user_tags {user}",
    "rabbitmqctl set_permissions -p {vhost} {user} '.*' '.*' '.*'",
)
REFUSED = {  # words of the API's reason: what to do; the reason for a wrong password is another one in each version
    "not management user": f"it needs a tag: {TAGS} monitoring",
    "not monitor user": f"it needs another tag: {TAGS} monitoring",
    "virtual host": f"it has no permissions in vhost {{vhost}}: {PERMISSIONS}",
    "access object": f"it may not set policies in vhost {{vhost}}: {TAGS} monitoring policymaker",
    "access": f"it may not do that in vhost {{vhost}}: {PERMISSIONS}",
    "": "check user and password in {variable} (the user guest may log in from the broker's machine only)",
}
TIMEOUT = 10.0  # seconds that an answer may take


def beside(node: URLParameters) -> str:
    """Return where a node's management API is by convention: at 15672 for AMQP at 5672, at 15673 for 5673, ..."""
    port = 10_000 + node.port if node.port in range(5672, 5682) else 15672
    return f"http://{f'[{node.host}]' if ':' in node.host else node.host}:{port}"


@final
class Management:
    """Requests about one vhost: that of AMQP_URL.

    The API is at MANAGEMENT_URL, else beside AMQP_URL's nodes with its user; of several nodes the first that answers.
    Raises Failure: 2 for a URL that is none, 69 if nothing answers, 77 if the user may not.
    """

    def __init__(self) -> None:
        amqp = nodes()
        self.vhost = amqp[0].virtual_host
        self.user, password = (
            getattr(amqp[0].credentials, name, "") for name in ("username", "password")
        )
        self._variable = "MANAGEMENT_URL" if os.environ.get("MANAGEMENT_URL") else "AMQP_URL"
        given = os.environ.get("MANAGEMENT_URL") or ",".join(map(beside, amqp))
        try:
            urls = [httpx.URL(url) for url in given.split(",")]
        except httpx.InvalidURL:
            urls = []
        if not urls or any(url.scheme not in ("http", "https") or not url.host for url in urls):
            raise Failure(
                "MANAGEMENT_URL is no http:// or https:// URL; one is http://guest:guest@localhost:15672",
                2,
            )
        if urls[0].username:
            self.user, password = urls[0].username, urls[0].password or ""
        self._urls = [url.copy_with(username=None, password=None) for url in urls]
        self._client = httpx.Client(auth=(self.user, password), timeout=TIMEOUT, trust_env=False)

    @property
    def url(self) -> httpx.URL:
        """Where it is: the node that answered last."""
        return self._urls[0]

    @property
    def where(self) -> str:
        """Its host and port, without user and password."""
        return self.url.netloc.decode()

    def __enter__(self) -> "Management":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def request(self, method: str, *path: str, json: object = None, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return the answer, None if there is no such thing (404)."""
        for _ in self._urls:
            try:
                url = f"{str(self.url).rstrip('/')}/api/{'/'.join(quote(part, safe='') for part in path)}"
                answer = self._client.request(method, url, json=json, params=query)
                break
            except httpx.HTTPError as error:
                reason = (
                    "no answer in time"
                    if isinstance(error, httpx.TimeoutException)
                    else "nothing answers"
                )
                self._urls.append(self._urls.pop(0))  # the next node may know
        else:
            raise Failure(
                f"cannot reach the management API at {self.where}: {reason}. Does RabbitMQ run (broker up), and with"
                f" the plugin (rabbitmq-plugins enable rabbitmq_management)? MANAGEMENT_URL names another place",
                69,
            )
        try:
            content = answer.json() if answer.content else {}
        except ValueError:
            content = None
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            said = str(content.get("reason") if isinstance(content, dict) else "").lower()
            raise Failure(
                f"the management API at {self.where} refuses user {self.user!r}: "
                + next(advice for words, advice in REFUSED.items() if words in said).format(
                    user=quote_for_shell(self.user),
                    vhost=quote_for_shell(self.vhost),
                    variable=self._variable,
                ),
                77,
            )
        if content is None:
            raise Failure(
                f"what answers at {self.where} is no management API: check MANAGEMENT_URL", 69
            ) from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.is_error:
            raise Failure(f"the management API says: {content.get('reason', answer.reason_phrase)}")
        return content

    def get(self, *path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return what is at /api/path, which only a vhost that does not exist lacks; raises Failure (77) then."""
        if (found := self.request("GET", *path, **query)) is None:
            raise Failure(f"there is no vhost {self.vhost!r}: check AMQP_URL", 77)
        return found
