"""Pictures of each page of the console, as the README shows them: of a stack with a sample mess.

`make pictures` writes them into `deploy/console`; else the test looks that each can be taken.
"""

import asyncio
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

ROOT = Path(__file__).parents[2]
APP = "shop"
WINDOW = {"width": 1280, "height": 760}


def test_every_picture_that_the_readme_shows_is_there_and_small() -> None:
    shown = re.findall(r"\]\((deploy/console/[\w-]+\.webp)\)", (ROOT / "README.md").read_text())
    taken = [str(path.relative_to(ROOT)) for path in ROOT.glob("deploy/console/*.webp")]
    assert sorted(shown) == sorted(taken)
    assert [] == [path for path in shown if (ROOT / path).stat().st_size > 80_000]


@pytest.mark.slow("the pages themselves are looked at by test_console_pages; this needs a mess")
async def test_a_picture_of_each_page_is_taken(url: str, tmp_path: Path) -> None:
    folder = Path(PICTURES or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    async with (
        chromium() as browser,
        ingress(url, APP=APP) as door,
        worker(url, cwd=ROOT / "examples", module="shop.mess", APP=APP) as workers,
        console(url, APP) as (_, address),
    ):
        await a_mess(url, door)
        await workers.event("delivery.dead", consumer="ledger")
        async with person(browser, address, "jane", PASSWORD, viewport=WINDOW) as jane:
            await taken(jane, folder)
        dark = {"color_scheme": "dark", "viewport": {"width": 390, "height": 760}}
        async with person(browser, address, "jane", PASSWORD, **dark) as jane:
            await jane.shows("#main .problems", "erp orders/create")
            await jane.picture(folder / "phone.webp")
    assert 8 == len(list(folder.glob("*.webp")))


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
    for name in ("waiting", "topology", "log"):
        await jane.open(f"/{name}")
        await jane.shows("nav a[aria-current]", name.capitalize())
        await jane.picture(folder / f"{name}.webp")
