"""A real Chromium for tests, and people who look at the console with it."""

import os
import shutil
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.npm import brought

NAMES = ("chromium", "chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = ("axe-core@4.14.1", "package/axe.min.js", "axe-4.14.1.js")
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Debian's Chromium; the test is skipped where there is none."""
    found = [path for path in map(shutil.which, NAMES) if path]
    if not found:
        pytest.skip("no chromium: apt-get install --no-install-recommends chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found[0], args=[*ARGUMENTS])
        try:
            yield browser
        finally:
            await browser.close()


class Person:
    """Somebody who has logged in, in a window of their own; what goes wrong there is kept."""

    def __init__(self, context: BrowserContext, page: Page, address: str) -> None:
        self.context = context
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("dialog", lambda dialog: self.wrong.append(f"a dialog: {dialog.message}"))

    def _heard(self, kind: str, text: str) -> None:
        # Of an answer that is no 200 the browser tells as well, and the test looks at its status.
        if kind == "error" and "Failed to load resource" not in text:
            self.wrong.append(text)

    async def open(self, path: str) -> int:
        """Open a page; return the status."""
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    async def line(self, state: str) -> None:
        """Wait until the line by which the page is kept true is `open`, `closed` or `lost`."""
        found = self.page.locator(f"html[data-line={state}]")
        await found.wait_for(state="attached", timeout=20_000)

    async def shows(self, selector: str, text: str, seconds: float = 30) -> None:
        """Wait until something on the page has this text, without loading it anew."""
        found = self.page.locator(selector, has_text=text).first
        await found.wait_for(timeout=seconds * 1000)

    async def picture(self, path: Path) -> None:
        """Take a picture of the window."""
        session = await self.context.new_cdp_session(self.page)
        options: dict[str, Any] = {"format": "webp", "quality": 82}
        taken = await session.send("Page.captureScreenshot", options)
        await session.detach()
        path.write_bytes(b64decode(taken["data"]))


@asynccontextmanager
async def person(
    browser: Browser, address: str, name: str, password: str, **options: Any
) -> AsyncIterator[Person]:
    """Log somebody in, and yield them; nothing may have gone wrong in their window at the end."""
    wide: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
    context = await browser.new_context(**(wide | options))
    try:
        page = await context.new_page()
        one = Person(context, page, address.rstrip("/"))
        await one.open("/")
        await page.fill("[name=name]", name)
        await page.fill("[name=password]", password)
        await page.click("button")
        await one.line("open")
        yield one
        assert [] == one.wrong
    finally:
        await context.close()


async def shortcomings(page: Page, rule: str = "") -> list[str]:
    """Return what axe-core finds that keeps people from reading or using a page, by all rules or
    by one.
    """
    script = brought(*AXE, AXE_SHA256).decode()
    await page.evaluate(script)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rule:
        options["runOnly"] = [rule]
    found = await page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


PICTURES = os.environ.get("PICTURES", "")
"""The folder for pictures, where they are wanted: `make pictures`."""
