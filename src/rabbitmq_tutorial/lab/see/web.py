"""The picture as a page that moves, for a browser on this machine."""

import json
import os
import sys
import threading
import webbrowser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.see import svg, topology, traffic
from rabbitmq_tutorial.lab.see.management import Management

HOST = "127.0.0.1"
FOLDER = Path(__file__).parent
FILES = {  # path: the file with the answer, and its type
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
POLICY = (  # nothing is loaded from elsewhere, and no script but page.js runs
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self';"
    " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Page(BaseHTTPRequestHandler):
    """Answers the page and, at /picture, what the broker holds at this moment."""

    server: ThreadingHTTPServer
    everything = False

    def do_GET(self) -> None:
        """Answer a browser; a page of another host that found this port is refused."""
        port = self.server.server_port
        if self.headers["Host"] not in (f"{HOST}:{port}", f"localhost:{port}"):
            self.send_error(HTTPStatus.FORBIDDEN, "This host is not served")
        elif self.path == "/picture":
            self.answer(json.dumps(picture(everything=self.everything)), "application/json")
        elif self.path in FILES:
            file, kind = FILES[self.path]
            self.answer((FOLDER / file).read_text(encoding="utf-8"), kind)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def answer(self, text: str, kind: str) -> None:
        """Send a text of this type."""
        content = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing: there are two requests in a second."""


class PageOfEverything(Page):
    """Shows also what RabbitMQ comes with."""

    everything = True


class Server(ThreadingHTTPServer):
    """Serves browsers, and says nothing of those that close a connection early."""

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as inherited
        """Print the traceback of a bug."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def picture(*, everything: bool) -> dict[str, str]:
    """Return the picture, or why there is none now, and where the broker is."""
    management = Management()
    try:
        exchanges = topology.look(management, everything=everything, deliveries=True)
        silence = traffic.silence(management)
    except Failure as failure:
        return {"problem": str(failure)}
    where = f"{management.url.where}, vhost {management.vhost}"
    where += f" ({silence})" if silence else ""
    return {"picture": svg.draw(exchanges, flowing=True), "where": where}


def serve(*, everything: bool) -> None:
    """Serve the page until Ctrl-C, in a browser if there is one.

    A broker that goes and comes back is waited for. Raises Failure for what only a person can mend.
    """
    try:
        Management().get("overview")
    except Failure as failure:
        if failure.status != Exit.UNAVAILABLE:
            raise
    with Server((HOST, 0), PageOfEverything if everything else Page) as server:
        url = f"http://{HOST}:{server.server_port}/"
        print(f"the picture is at {url} (Ctrl-C ends it)")
        if has_browser():  # in a thread: some browsers return when they are closed
            threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()
        try:
            server.serve_forever()
        except SystemExit:
            return


def has_browser() -> bool:
    """Whether a browser can open a window, or BROWSER names one."""
    windows = sys.platform in ("darwin", "win32")
    return windows or any(map(os.environ.get, ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")))
