"""The management API as the tests ask it: an answer is what its JSON says, a refusal an error."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from rabbitmq_tutorial.lab.see.address import Address, Login


class Api:
    """The management API at a port of 127.0.0.1."""

    def __init__(self, port: int, user: str = "guest") -> None:
        self._address, self._login = Address("127.0.0.1", port), Login(user, user)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return self._ask("GET", path, None)

    def put(self, path: str, content: object = None) -> None:
        self._ask("PUT", path, content)

    def post(self, path: str, content: object) -> None:
        self._ask("POST", path, content)

    def delete(self, path: str) -> None:
        self._ask("DELETE", path, None)

    def has(self, path: str) -> bool:
        """Whether there is such a thing."""
        return self._answer("GET", path, None)[0] != HTTPStatus.NOT_FOUND

    def _ask(self, method: str, path: str, content: object) -> Any:  # noqa: ANN401 - JSON
        status, answer = self._answer(method, path, content)
        assert status < HTTPStatus.BAD_REQUEST, f"{method} {path}: {status} {answer!r}"
        return json.loads(answer) if answer else None

    def _answer(self, method: str, path: str, content: object) -> tuple[int, bytes]:
        body = "" if content is None else json.dumps(content)
        coded = quote(path.removeprefix("/"), safe="/%?=&")
        return self._address.ask(method, coded, self._login, body=body, timeout=30)
