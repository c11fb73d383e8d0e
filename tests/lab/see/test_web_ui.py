"""The web UI as in the README: log in as management, delete a queue in Chromium, if it is there."""

from __future__ import annotations

import shutil
from pathlib import Path

from api import Api
from rabbitmq_tutorial.lab.run.nodes import Broker

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
]
QUIET += ["--disable-component-update", "--disable-sync"]


def test_the_user_management_may_delete(broker: Broker) -> None:
    management = Api(broker.management[0], user="management")
    assert "administrator" in management.get("/whoami")["tags"]
    management.put("/queues/%2F/doomed", {"durable": True})
    management.delete("/queues/%2F/doomed")


if CHROMIUM and DRIVER:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    def test_a_queue_deleted_in_the_browser(broker: Broker, api: Api, tmp_path: Path) -> None:
        base = f"http://127.0.0.1:{broker.management[0]}"
        api.put("/queues/%2F/doomed", {"durable": True})
        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for argument in [*QUIET, f"--user-data-dir={tmp_path}"]:
            options.add_argument(argument)
        browser = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
        wait = WebDriverWait(browser, 20)
        delete = (By.CSS_SELECTOR, "form[action='#/queues'] input[type=submit]")
        try:
            browser.get(base)
            wait.until(lambda page: page.find_elements(By.NAME, "username"))
            browser.find_element(By.NAME, "username").send_keys("management")
            browser.find_element(By.NAME, "password").send_keys("management")
            browser.find_element(By.CSS_SELECTOR, "input[type=submit]").click()
            wait.until(lambda page: page.find_elements(By.ID, "logout"))
            browser.get(f"{base}/#/queues/%2F/doomed")
            wait.until(lambda page: page.find_elements(*delete))
            browser.execute_script(
                "window.confirm = () => true; arguments[0].click()", browser.find_element(*delete)
            )
            wait.until(lambda _: not api.has("/queues/%2F/doomed"))
        finally:
            browser.quit()
