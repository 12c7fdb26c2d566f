"""Fixtures: a real Chromium, and in it a fresh page for each test.

The browser is the one that tools/browser.py finds; a machine without one fails the tests, it does not skip them.
A page that throws a script error, or breaks its own content security policy, fails the test that opened it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from sartor.tools import browser as provision


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium of this pytest process."""
    path = provision.installed()
    if path is None:
        pytest.fail(provision.REMEDY, pytrace=False)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(path), args=list(provision.FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page without cookies or storage, 1280 by 800, English, in UTC."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-US", timezone_id="UTC", reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    faults: list[str] = []

    def thrown(error: Error) -> None:
        faults.append(error.stack or str(error))

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    context.on("weberror", lambda caught: thrown(caught.error))
    context.on("console", said)
    yield context.new_page()
    context.close()
    assert not faults, "the page threw:\n" + "\n".join(faults)
