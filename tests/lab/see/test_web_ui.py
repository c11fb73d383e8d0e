"""The web UI as in the README: log in as management, delete a queue in Chromium, if it is there."""

from __future__ import annotations

import shutil
from pathlib import Path

from api import Api
from conftest import wait_until
from rabbitmq_tutorial.lab.run.nodes import Broker


def test_the_user_management_may_delete(broker: Broker) -> None:
    management = Api(broker.management[0], user="management")
    assert "administrator" in management.get("/whoami")["tags"]
    management.put("/queues/%2F/mistaken", {"durable": True})
    management.delete("/queues/%2F/mistaken")


if shutil.which("chromium") and shutil.which("chromedriver"):

    def test_a_queue_deleted_in_the_browser(broker: Broker, api: Api, tmp_path: Path) -> None:
        from browser import delete_queue  # noqa: PLC0415 - every process of the tests loads this file

        api.put("/queues/%2F/doomed", {"durable": True})
        delete_queue(f"http://127.0.0.1:{broker.management[0]}", "doomed", profile=tmp_path)
        wait_until(lambda: not api.has("/queues/%2F/doomed"))
