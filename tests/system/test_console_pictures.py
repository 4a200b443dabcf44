"""Pictures of each page of the console, as the README shows them: of a stack with a sample mess.

`make pictures` writes them into `deploy/console`; else the test looks that each can be taken.
"""

import asyncio
import hmac
import re
from pathlib import Path

import pytest

from deploy import mess
from deploy.stack import Stack
from tests.system.browser import PICTURES, Person, chromium, person
from tests.system.door import Ingress
from tests.system.processes import ingress, worker
from tests.system.samples import SECRET
from tests.system.test_console import PASSWORD, console
from workers.console.pages_shown import PAGES

ROOT = Path(__file__).parents[2]
APP = "shop"
WINDOW = {"width": 1280, "height": 760}
OF_PAGES = {page.path.strip("/") or name for name, page in PAGES.items() if page.path}
PICTURED = OF_PAGES | {"login", "replay", "phone"}


def test_every_page_has_a_picture_in_the_readme_that_is_there_and_small() -> None:
    shown = re.findall(r"\]\((deploy/console/[\w-]+\.webp)\)", (ROOT / "README.md").read_text())
    taken = [str(path.relative_to(ROOT)) for path in ROOT.glob("deploy/console/*.webp")]
    assert sorted(f"deploy/console/{name}.webp" for name in PICTURED) == sorted(shown)
    assert sorted(shown) == sorted(taken)
    assert [] == [path for path in shown if (ROOT / path).stat().st_size > 80_000]


@pytest.mark.slow("the pages themselves are looked at by test_console_pages; this needs a mess")
async def test_a_picture_of_each_page_is_taken(url: str, tmp_path: Path) -> None:
    folder = Path(PICTURES or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    async with (
        chromium() as browser,
        ingress(url, APP=APP, JOURNAL="1h") as door,
        worker(url, cwd=ROOT / "examples", module="shop.mess", APP=APP) as workers,
        console(url, APP) as (_, address),
    ):
        await a_mess(url, door)
        await workers.event("delivery.dead", consumer="ledger")
        async with person(browser, address, "jane", PASSWORD, viewport=WINDOW) as jane:
            await taken(jane, folder)
            await explained(jane, folder)
        dark = {"color_scheme": "dark", "viewport": {"width": 390, "height": 760}}
        async with person(browser, address, "jane", PASSWORD, **dark) as jane:
            await jane.shows("#main .problems", "erp orders/create")
            await jane.picture(folder / "phone.webp")
        async with person(browser, address, "jane", PASSWORD, viewport=WINDOW) as jane:
            await moved(jane, folder)
            await jane.page.click("text=Log out")
            await jane.shows("h1", "Log in")
            await jane.picture(folder / "login.webp")
    assert PICTURED == {path.stem for path in folder.glob("*.webp")}


async def a_mess(url: str, door: Ingress) -> None:
    """Have webhooks die, wait, and lie unrouted."""
    environment = {
        "HOOKLINE_AMQP_URL": url,
        "HOOKLINE_APP": APP,
        "HOOKLINE_SECRETS": SECRET,
    }
    stack = Stack(environment, app=APP, port=door.port)
    await asyncio.to_thread(mess.make, stack)
    await asyncio.to_thread(mess.go_on, stack, 12)


async def taken(jane: Person, folder: Path) -> None:
    """Take a picture of each page."""
    await jane.shows("#main .problems", "erp orders/create")
    await jane.picture(folder / "overview.webp")
    await jane.open("/dead-letters?anew=1")
    await jane.shows(".groups", "TimeoutError")
    await jane.picture(folder / "dead-letters.webp")
    await jane.page.click(".groups .acts a")
    await jane.shows("#asked h2", "Replay")
    await jane.picture(folder / "replay.webp")

    await jane.open("/dead-letters?q=error:KeyError")
    await jane.page.click(".letters a.id >> nth=0")
    await jane.page.click("text=Show the body")
    await jane.shows(".tree .key", "line_items")
    await jane.page.evaluate("window.scrollTo(0, 0)")
    await jane.picture(folder / "letter.webp")
    await jane.open("/journal?q=topic:orders/create")
    await jane.shows("#main .letters", "orders/create")
    await jane.picture(folder / "journal.webp")
    for name in ("waiting", "unrouted", "processes", "topology", "log"):
        await jane.open(f"/{name}")
        await jane.shows("nav a[aria-current]", name.capitalize())
        await jane.picture(folder / f"{name}.webp")


async def explained(jane: Person, folder: Path) -> None:
    """Take a picture of what is said of a signature that was written in hexadecimal."""
    body = '{"id": 1001, "total_price": "20.90", "currency": "AUD"}'
    signature = hmac.digest(SECRET.encode(), body.encode(), "sha256").hex()
    await jane.open("/explain")
    await jane.page.fill("[name=text]", body)
    await jane.page.fill("[name=signature]", signature)
    await jane.page.click("form.sheet button")
    await jane.shows("h2", "What it says")
    await jane.picture(folder / "explain.webp")


async def moved(jane: Person, folder: Path) -> None:
    """Take a picture of an operation that has ended and of one that is under way."""
    await jane.open("/act/cancel?of=waiting&q=consumer:mail")
    await jane.page.click("form.stack button")
    await jane.shows(".operation.done", "Give up")
    await jane.open("/act/replay?of=dead&q=error:KeyError")
    await jane.page.fill("[name=name]", "INC-123")
    await jane.page.fill("[name=rate]", "1")
    await jane.page.uncheck("[name=ramp]")
    await jane.page.click("form.stack button")
    some = re.compile(r"^([5-9]|1\d) of ")
    await jane.page.locator(".operation.running span", has_text=some).wait_for()
    await jane.picture(folder / "operations.webp")
