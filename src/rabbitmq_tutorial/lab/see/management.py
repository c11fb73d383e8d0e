"""The management API of the broker: what it says, with errors in one line."""

import os
from http import HTTPStatus
from http.client import HTTPException
from json import dumps, loads
from shlex import quote as quote_for_shell
from typing import Any, final
from urllib.parse import quote, urlencode

from pika import URLParameters

from rabbitmq_tutorial.address import nodes
from rabbitmq_tutorial.connection import connect
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.see import address
from rabbitmq_tutorial.lab.see.address import Address, Login
from rabbitmq_tutorial.lab.see.plain import visible

TAGS = "rabbitmqctl set_user_tags {user}"
PERMISSIONS = "rabbitmqctl set_permissions -p {vhost} {user} '.*' '.*' '.*'"
LOGIN = "check user and password in {variable}; guest may log in from the broker's machine only"
REFUSED = {  # words of the API's reason: what to do; for a wrong password each version has its own
    "not management user": f"it needs a tag: {TAGS} monitoring",
    "not monitor user": f"it needs another tag: {TAGS} monitoring",
    "virtual host": f"it has no permissions in vhost {{vhost}}: {PERMISSIONS}",
    "access object": f"it may not set policies in vhost {{vhost}}: {TAGS} monitoring policymaker",
    "access": f"it may not do that in vhost {{vhost}}: {PERMISSIONS}",
    "": LOGIN,
}
NO_URL = (
    "MANAGEMENT_URL is no http:// or https:// URL; one is http://guest:guest@localhost:15672"
    " (in a password / # ? [ , @ are written %2F %23 %3F %5B %2C %40)"
)
START = "broker up starts RabbitMQ; if it runs elsewhere, set MANAGEMENT_URL"
PLUGIN = (
    "RabbitMQ itself answers: rabbitmq-plugins enable rabbitmq_management turns its management API"
    " on; if that is elsewhere, set MANAGEMENT_URL"
)


def advice_without_answer() -> str:
    """Return what to do if no management API answers: it may be RabbitMQ that does not run."""
    try:
        connect(lambda _: None).close()
    except Failure as failure:
        return START if failure.status == Exit.UNAVAILABLE else PLUGIN
    return PLUGIN


def beside(node: URLParameters) -> Address:
    """Return where a node's management API is by convention.

    At 15672 for AMQP at 5672, at 15673 for 5673, and so on.
    """
    return Address(node.host, 10_000 + node.port if node.port in range(5672, 5682) else 15672)


@final
class Management:
    """Requests about one vhost: that of AMQP_URL.

    The API is at MANAGEMENT_URL, else beside AMQP_URL's nodes with its user; of several nodes the
    first that answers. Raises Failure: 2 for a URL that is none, or for a user whom it cannot
    carry, 69 if nothing answers, 77 if the user may not.
    """

    def __init__(self) -> None:
        amqp = nodes()
        self.vhost = amqp[0].virtual_host
        credentials = amqp[0].credentials
        self._login = Login(
            getattr(credentials, "username", ""), getattr(credentials, "password", "")
        )
        self._addresses = [beside(node) for node in amqp]
        self._variable = "AMQP_URL"
        if given := os.environ.get("MANAGEMENT_URL"):
            self._variable = "MANAGEMENT_URL"
            try:
                places = [address.parse(url) for url in given.split(",")]
            except ValueError:  # its text may quote the password
                raise Failure(NO_URL, Exit.USAGE) from None
            self._addresses = [place for place, _ in places]
            self._login = places[0][1] or self._login
        if ":" in self._login.user:
            raise Failure(
                f"the management API cannot be asked as {self._login.user!r}: in HTTP's basic"
                " authentication a colon ends the user's name; name another one in MANAGEMENT_URL",
                Exit.USAGE,
            )

    @property
    def url(self) -> Address:
        """Where it is: the node that answered last."""
        return self._addresses[0]

    def get(self, *path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return what is at /api/path; raises Failure (77) if there is nothing: no such vhost."""
        found = self.request("GET", *path, **query)
        if found is None:
            raise Failure(f"there is no vhost {self.vhost!r}: check AMQP_URL", Exit.NO_PERMISSION)
        return found

    def request(self, method: str, *path: str, json: object = None, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return the answer, None if there is no such thing (404).

        Raises Failure (1) for a name in the path that a URL cannot carry: RabbitMQ resolves "." and
        "..", encoded or not, and the request would be about something else.
        """
        for name in path:
            if name in ("", ".", ".."):
                raise Failure(f"the management API cannot be asked about the name {name!r}")
        where = "/".join(quote(name, safe="", errors="surrogateescape") for name in path)
        if query:
            where += f"?{urlencode(query)}"
        status, answer = self._answer(method, where, "" if json is None else dumps(json))
        try:
            said = loads(answer) if answer else {}
        except ValueError:
            said = None
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise self._refusal(said)
        if said is None or HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise Failure(
                f"what answers at {self.url.where} is no management API: check {self._variable}",
                Exit.UNAVAILABLE,
            )
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status >= HTTPStatus.BAD_REQUEST:
            raise Failure(f"the management API says: {why(said) or HTTPStatus(status).phrase}")
        return said

    def _answer(self, method: str, path: str, body: str) -> tuple[int, bytes]:
        """Return status and content of the first answer that a node gives."""
        failures = []
        for place in list(self._addresses):
            try:
                return place.ask(method, path, self._login, body=body)
            except (OSError, HTTPException) as error:
                failures.append(f"at {place.where}: {address.reason(error)}")
                self._addresses.append(self._addresses.pop(0))  # the next node may know
        tried = ", ".join(failures)
        wrong_port = "TLS" in tried or "HTTP" in tried
        advice = f"check {self._variable}" if wrong_port else advice_without_answer()
        raise Failure(f"cannot reach the management API {tried}. {advice}", Exit.UNAVAILABLE)

    def _refusal(self, said: object) -> Failure:
        """Return what to do about an answer that this user may not have."""
        reason = why(said).lower()
        advice = next(advice for words, advice in REFUSED.items() if words in reason)
        advice = advice.format(
            user=quote_for_shell(visible(self._login.user)),
            vhost=quote_for_shell(visible(self.vhost)),
            variable=self._variable,
        )
        where = f"the management API at {self.url.where}"
        return Failure(f"{where} refuses user {self._login.user!r}: {advice}", Exit.NO_PERMISSION)


def why(said: object) -> str:
    """Return the reason that an answer gives."""
    return visible(str(said.get("reason") or "")) if isinstance(said, dict) else ""
