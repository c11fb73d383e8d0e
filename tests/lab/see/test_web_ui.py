"""The web UI as in the README: log in as management, delete a queue in Chromium, if it is there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from chromium import chromium, is_installed

from api import Api
from rabbitmq_tutorial.lab.run.nodes import Broker


def test_the_user_management_may_delete(broker: Broker) -> None:
    management = Api(broker.management[0], user="management")
    assert "administrator" in management.get("/whoami")["tags"]
    management.put("/queues/%2F/mistaken", {"durable": True})
    management.delete("/queues/%2F/mistaken")


if is_installed():
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.support.ui import WebDriverWait

    DELETE = By.CSS_SELECTOR, "form[action='#/queues'] input[type=submit]"

    def shows_the_login(page: WebDriver, url: str) -> bool:
        """Load the page, again if it stays empty: one of its scripts may fail."""
        page.get(url)
        with suppress(TimeoutException):
            WebDriverWait(page, 5).until(lambda page: page.find_elements(By.NAME, "username"))
        return bool(page.find_elements(By.NAME, "username"))

    def test_a_queue_deleted_in_the_browser(broker: Broker, api: Api, tmp_path: Path) -> None:
        base = f"http://127.0.0.1:{broker.management[0]}"
        api.put("/queues/%2F/doomed", {"durable": True})
        with chromium(tmp_path) as browser:
            wait = WebDriverWait(browser, 20)
            wait.until(lambda page: shows_the_login(page, base))
            browser.find_element(By.NAME, "username").send_keys("management")
            browser.find_element(By.NAME, "password").send_keys("management")
            browser.find_element(By.CSS_SELECTOR, "input[type=submit]").click()
            wait.until(lambda page: page.find_elements(By.ID, "logout"))
            browser.get(f"{base}/#/queues/%2F/doomed")
            wait.until(lambda page: page.find_elements(*DELETE))
            browser.execute_script(
                "window.confirm = () => true; arguments[0].click()", browser.find_element(*DELETE)
            )
            wait.until(lambda _: not api.has("/queues/%2F/doomed"))
