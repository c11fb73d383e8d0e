"""Where a management API is, and one request to it over HTTP, with the standard library alone."""

import base64
import http.client
import socket
import ssl
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote, urlsplit

TIMEOUT = 10.0  # seconds that an answer may take
CA = "SSL_CERT_FILE names a private CA"
REASONS = {  # for a request without an answer; the first kind that fits
    ssl.SSLCertVerificationError: f"TLS failed: {{0.verify_message}} ({CA})",
    ssl.SSLError: "TLS failed: {0.reason}",
    socket.gaierror: "unknown host",
    ConnectionRefusedError: "connection refused",
    TimeoutError: "no answer in time",
    ConnectionError: "closed without an answer (as a port for https or AMQP does)",
    http.client.IncompleteRead: "the connection was closed before the answer was complete",
    http.client.HTTPException: "no HTTP spoken there",
    OSError: "{0.strerror}",
}


@cache
def trusted() -> ssl.SSLContext:
    """Return the authorities that are trusted: those of this machine, or of SSL_CERT_FILE."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Login:
    """A user and his password."""

    user: str
    password: str = field(repr=False)

    def header(self) -> dict[str, str]:
        """Return the header of basic authentication, in which the first colon ends the user."""
        coded = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {coded}"}


@dataclass(frozen=True)
class Address:
    """Where a management API is: the URL's parts."""

    host: str
    port: int
    scheme: str = "http"
    path: str = ""  # what a proxy puts before /api

    def __str__(self) -> str:
        """Return the URL, without user and password."""
        return f"{self.scheme}://{self.where}{self.path}"

    @property
    def where(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def ask(
        self, method: str, path: str, login: Login, *, body: str = "", timeout: float = TIMEOUT
    ) -> tuple[int, bytes]:
        """Return the status and the content of the answer to a request about /api/path.

        http.client sends the path as it is, follows no redirect and asks no proxy.
        Raises OSError (ssl.SSLError is one) or http.client.HTTPException if there is no answer.
        """
        headers = login.header() | ({"Content-Type": "application/json"} if body else {})
        connection = self._connection(timeout)
        try:
            connection.request(method, f"{self.path}/api/{path}", body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        if self.scheme == "http":
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=trusted())


def parse(url: str) -> tuple[Address, Login | None]:
    """Return where a URL leads, and its login if it has one.

    Raises ValueError for what is no http:// or https:// URL, or has an @ behind its host: there is
    something in the password then that had to be encoded.
    """
    parts = urlsplit(url)
    behind = f"{parts.path}{parts.query}{parts.fragment}"
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in behind:
        raise ValueError
    port = parts.port or (443 if parts.scheme == "https" else 80)
    login = (
        Login(unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    )
    return Address(parts.hostname, port, parts.scheme, parts.path.rstrip("/")), login


def reason(error: OSError | http.client.HTTPException) -> str:
    """Return in a few words why there was no answer."""
    return next(words.format(error) for kind, words in REASONS.items() if isinstance(error, kind))
