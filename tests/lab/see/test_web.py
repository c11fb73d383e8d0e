"""`broker picture --web`: the page, in a real browser if there is one, and who may ask for it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from chromium import chromium, is_installed

from conftest import COMMAND, READY, Lab, Start, wait_until
from network import listener
from rabbitmq_tutorial.lab.run.nodes import Broker


@contextmanager
def page(management_url: str, vhost: str, opened: Path) -> Iterator[str]:
    """Yield the address of a page; a browser that is none writes which one it should open."""
    write = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    urls = {"AMQP_URL": vhost, "MANAGEMENT_URL": management_url}
    browser = {"BROWSER": f"{sys.executable} -c '{write}' {opened} %s"}
    serving = subprocess.Popen(
        [COMMAND, "picture", "--web"],
        env=os.environ | urls | browser,
        stdout=subprocess.PIPE,
        text=True,
    )
    with serving:
        assert serving.stdout
        said = serving.stdout.readline()
        found = re.fullmatch(
            r"the picture is at (http://127\.0\.0\.1:\d+/) \(Ctrl-C ends it\)\n", said
        )
        assert found, said
        yield found[1]
        serving.send_signal(signal.SIGINT)
        assert serving.wait(10) == 0


def answer(url: str, path: str, host: str = "") -> tuple[int, str]:
    """Return status and content of what the page's server answers to a request for a host."""
    where = url.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(where, timeout=30)
    connection.request("GET", path, headers={"Host": host or where})
    got = connection.getresponse()
    content = got.read().decode()
    connection.close()
    return got.status, content


def test_who_may_ask(broker: Broker, vhost: str, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    with page(broker.management_url, vhost, opened) as url:
        wait_until(lambda: opened.exists() and opened.read_text() == url)
        port = url.rpartition(":")[2].rstrip("/")
        assert answer(url, "/")[0] == HTTPStatus.OK
        assert "forEver" in answer(url, "/page.js")[1]
        assert answer(url, "/", f"localhost:{port}")[0] == HTTPStatus.OK
        for host in "evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1.evil:{port}":
            for path in "/", "/picture":
                assert answer(url, path, host)[0] == HTTPStatus.FORBIDDEN
        assert answer(url, "/web.py")[0] == HTTPStatus.NOT_FOUND
        assert answer(url, "/../web.py")[0] == HTTPStatus.NOT_FOUND
        assert "nothing yet" in json.loads(answer(url, "/picture")[1])["picture"]


def test_what_only_a_person_can_mend_ends(lab: Lab) -> None:
    assert "AMQP_URL" in lab("picture", "--web", status=2, AMQP_URL="bogus").stderr


if is_installed():
    from selenium.webdriver.common.by import By

    def test_the_page_in_a_browser(
        broker: Broker, vhost: str, start: Start, tmp_path: Path
    ) -> None:
        with (
            listener(relay=broker.management[0]) as cable,
            page(f"http://127.0.0.1:{cable.port}", vhost, tmp_path / "opened") as url,
            chromium(tmp_path) as browser,
        ):

            def shows(*texts: str) -> None:
                body = By.TAG_NAME, "body"
                wait_until(lambda: all(text in browser.find_element(*body).text for text in texts))

            browser.get(url)
            shows("nothing yet", "live")
            legend = browser.find_element(By.ID, "legend")
            assert not legend.is_displayed()  # there are no numbers yet
            worker = start("work_queues/worker.py")
            worker.expect(READY)
            shows("task_queue", "worker.py", f"pid {worker.process.pid}")
            tasks = b"a long task" + b"." * 60 + b"\n"
            assert start("work_queues/new_task.py", "-", stdin=4 * tasks).wait() == 0
            shows("3 ready, 1 unacked")
            assert browser.find_elements(By.CSS_SELECTOR, ".queue.full .level")
            producer = start("work_queues/new_task.py", "-")
            producer.write(tasks)
            shows("4 ready, 1 unacked", "new_task.py", f"pid {producer.process.pid}")
            wait_until(lambda: browser.find_elements(By.CSS_SELECTOR, ".figure"))
            assert "those of the producers that are connected now" in legend.text
            cable.pulled = True
            worker.process.kill()
            producer.process.kill()
            shows("no answer since", "cannot reach the management API")
            shows("task_queue")  # the last picture stays
            cable.pulled = False
            shows("live", "5 ready, 0 unacked")
