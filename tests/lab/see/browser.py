"""The web UI in Chromium, without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DELETE = By.CSS_SELECTOR, "form[action='#/queues'] input[type=submit]"


def delete_queue(base: str, name: str, profile: Path) -> None:
    """Log in as management and press the button, as a person does; a folder is for Chromium."""
    with chromium(profile) as browser:
        wait = WebDriverWait(browser, 20)
        wait.until(lambda page: shows_the_login(page, base))
        browser.find_element(By.NAME, "username").send_keys("management")
        browser.find_element(By.NAME, "password").send_keys("management")
        browser.find_element(By.CSS_SELECTOR, "input[type=submit]").click()
        wait.until(lambda page: page.find_elements(By.ID, "logout"))
        browser.get(f"{base}/#/queues/%2F/{name}")
        wait.until(lambda page: page.find_elements(*DELETE))
        browser.execute_script(
            "window.confirm = () => true; arguments[0].click()", browser.find_element(*DELETE)
        )
        wait.until(lambda page: page.current_url.endswith("#/queues"))


@contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """Yield a Chromium that keeps its files in a folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in [*QUIET, f"--user-data-dir={profile}"]:
        options.add_argument(argument)
    driver = webdriver.ChromeService(str(shutil.which("chromedriver")))
    browser = webdriver.Chrome(options, driver)
    try:
        yield browser
    finally:
        browser.quit()


def shows_the_login(page: webdriver.Chrome, url: str) -> bool:
    """Load the page, again if it stays empty: on a busy machine, one of its scripts may fail."""
    page.get(url)
    with suppress(TimeoutException):
        WebDriverWait(page, 5).until(lambda page: page.find_elements(By.NAME, "username"))
    return bool(page.find_elements(By.NAME, "username"))
