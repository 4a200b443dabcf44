"""The console as people use it: in a real browser, before a real broker, ingress and workers."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from playwright.async_api import Browser, Request

from deploy.local.rabbitmq import Node
from tests.system.browser import Person, chromium, person, shortcomings
from tests.system.door import Ingress
from tests.system.laid import dead_letter, queue_of
from tests.system.processes import ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER
from tests.system.test_console import PASSWORD, console
from tests.system.waiting import until

pytestmark = pytest.mark.xdist_group("console")
one_more_deed = pytest.mark.slow("in the browser a replay takes the same steps")

APP = "pages"
CONSUMERS = ("picky", "hourly", "taker")
PAGES = (
    "/",
    "/dead-letters",
    "/waiting",
    "/unrouted",
    "/processes",
    "/topology",
    "/log",
    "/explain",
    "/operations",
    "/journal?q=topic:orders/create",
    "/refill?to=taker&q=topic:orders/create",
    "/act/replay?of=dead&q=consumer:picky",
    "/order/set?of=picky/orders/create",
    "/letter?queue=pages.dead.taker.orders.create&id=laid-0&consumer=taker",
)


@dataclass
class Stage:
    """What runs for all tests of this file."""

    url: str
    door: Ingress
    address: str
    browser: Browser
    record: Record

    def person(self, name: str = "jane", **options: Any) -> Any:
        """Log somebody in."""
        return person(self.browser, self.address, name, PASSWORD, **options)

    async def laid(self, count: int, error: str = "laid here") -> list[str]:
        """Lay dead letters of `taker` into their queue; return the ids of their webhooks."""
        identities = [f"laid-{number}" for number in range(count)]
        async with await aio_pika.connect(self.url) as connection:
            channel = await connection.channel()
            exchange = await channel.get_exchange(f"{APP}.dead", ensure=False)
            for number, identity in enumerate(identities):
                message = dead_letter(APP, number, error=f"Error: {error}", id=identity)
                await exchange.publish(message, queue_of(APP).name)
        return identities

    async def emptied(self) -> None:
        """Throw all dead letters of `taker` away."""
        async with await aio_pika.connect(self.url) as connection:
            channel = await connection.channel()
            queue = await channel.get_queue(queue_of(APP).dead, ensure=False)
            await queue.purge()

    async def died(self, count: int = 1) -> None:
        """Have so many webhooks die, also where the reason was done away with meanwhile."""
        Path(f"{self.record.path}.content").unlink(missing_ok=True)
        for _ in range(count):
            await self.door.accepted("orders/create", ORDER, app=APP)


@pytest.fixture(scope="module")
async def stage(node: Node, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Run an ingress, workers, the console and a browser."""
    url = node.start().url()
    path = tmp_path_factory.mktemp("console") / "record"
    chosen = [word for name in CONSUMERS for word in ("--consumer", name)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "RECORD", str(path))
        async with (
            chromium() as browser,
            ingress(url, APP=APP, JOURNAL="1h") as door,
            worker(url, *chosen, APP=APP),
            console(url, APP, CONSOLE_FOLDER=str(path.parent)) as (_, address),
        ):
            yield Stage(url, door, address, browser, Record(path))


async def test_a_webhook_that_passes_and_one_that_dies_are_seen_without_loading_the_page_anew(
    stage: Stage,
) -> None:
    async with stage.person() as jane:
        await jane.shows("tr", "picky")
        await jane.page.evaluate("window.isTheSame = true")
        accepted = jane.page.locator(".tiles div", has_text="accepted / min").locator("b")
        done = jane.page.locator('tr[data-row="taker/orders/create"] td').nth(6)
        assert ["0", "0"] == [await accepted.inner_text(), await done.inner_text()]

        await stage.died()
        await jane.shows("#main .problems", "picky orders/create: 1 dead letter in the last hour")
        await jane.shows(".tiles div", "1died this hour")
        await accepted.filter(has_text=re.compile("[1-9]")).wait_for()
        await done.filter(has_text=re.compile("[1-9]")).wait_for()
        assert await jane.page.evaluate("window.isTheSame")


async def test_a_group_is_found_and_replayed_on_a_ramp_into_success_which_another_browser_watches(
    stage: Stage,
) -> None:
    await stage.died(2)
    await handled(stage.record, "picky", 2)
    async with stage.person() as jane, stage.person("carl") as carl:
        await jane.open("/dead-letters")
        await jane.page.keyboard.press("/")
        await jane.page.keyboard.type("consumer:pi")
        await jane.shows("#suggested li", "consumer:picky")
        await jane.page.keyboard.press("ArrowDown")
        await jane.page.keyboard.press("Enter")
        await jane.page.keyboard.press("Enter")
        await jane.page.wait_for_url("**/dead-letters?q=consumer%3Apicky*")
        await jane.shows("#main .groups", "Reject: unknown SKU")

        stage.record.touch(".content")
        await jane.page.click(".groups .acts a")
        await jane.shows("#asked h2", "Replay")
        count = await jane.page.locator("#asked h2").inner_text()
        await jane.page.fill("#asked [name=name]", "INC-7")
        await jane.page.fill("#asked [name=ramp_wait]", "1s")
        await jane.page.click("#asked button.primary")
        await jane.page.wait_for_url("**/operations")
        await carl.shows(".work .operation", "INC-7")
        await jane.shows(".operation.done", count.split()[1])
        await carl.shows(".work .operation.done", "by jane@console")

        await jane.open("/dead-letters?q=consumer:picky&anew=1")
        await jane.shows("#main", "No letter is meant by this filter.")
        await carl.open("/log")
        await carl.shows("#main", "as INC-7")


@pytest.mark.slow(
    "a browser takes long; a replay is the same steps, and test_console has the server's side"
)
async def test_a_consumer_is_paused_and_resumed(stage: Stage) -> None:
    row = 'tr[data-row="taker/orders/create"]'
    async with stage.person() as jane:
        await jane.page.click(f"{row} .acts a >> nth=0")
        await jane.page.fill("#asked [name=for]", "soon")
        await jane.page.click("#asked button.primary")
        await jane.shows("#main .wrong", "'soon' is no duration")

        await jane.page.fill("#main [name=for]", "1h")
        await jane.page.fill("#main [name=reason]", "a <b>test</b>")
        await jane.page.click("#main button.primary")
        await jane.shows(row, "paused")
        await jane.shows("#main .problems", "paused by jane@console until")
        await jane.shows("#main .problems", "(a <b>test</b>)")

        await jane.page.click(f"{row} .acts a >> nth=0")
        await jane.page.click("#asked button.primary")
        await jane.shows(row, "consuming")


@pytest.mark.slow(
    "a browser takes long; a replay is the same steps, and test_console has the server's side"
)
async def test_what_waits_is_tried_at_once(stage: Stage) -> None:
    before = len(stage.record.lines("hourly"))
    await stage.died()
    await handled(stage.record, "hourly", before + 1)
    async with stage.person() as jane:
        await jane.open("/waiting?q=consumer:hourly&anew=1")
        await jane.shows("#main", "Retry: not yet")
        await jane.page.click("a.button.act >> nth=0")
        await jane.page.click("#asked button.primary")
        await jane.shows(".operation.done", "Try now: consumer hourly")
    await handled(stage.record, "hourly", before + 2)


@pytest.mark.slow(
    "a browser takes long; a replay is the same steps, and test_console has the server's side"
)
async def test_what_has_come_in_is_found_in_the_journal_and_given_to_one_consumer_again(
    stage: Stage,
) -> None:
    identity = await stage.door.accepted("carts/update", b'{"id": "c1"}', app=APP)
    await handled(stage.record, "taker")
    async with stage.person() as jane:
        await jane.open("/journal")
        await jane.page.fill("#q", "topic:carts/update since:1h")
        await jane.page.press("#q", "Enter")
        await jane.shows("#main .letters", identity)
        await jane.page.click("a.button.act >> text=taker")
        await jane.shows("#asked h2", "Replay 1 webhook to taker")
        await jane.page.click("#asked button.primary")
        await jane.shows(".operation.done", "topic:carts/update since:1h")

    async def twice() -> bool:
        seen = [line["id"] for line in stage.record.lines("taker")]
        return seen.count(identity) == 2

    await until(twice, what="taker handles it again")


@pytest.mark.slow(
    "a browser takes long; a replay is the same steps, and test_console has the server's side"
)
async def test_an_operation_is_stopped_by_somebody_else_and_the_rest_is_dropped_into_a_file(
    stage: Stage,
) -> None:
    lain = await stage.laid(5)
    async with stage.person() as jane:
        await jane.open("/act/replay?of=dead&q=error:laid")
        await jane.shows("#main h2", "Replay 5 letters")
        await jane.page.uncheck("[name=ramp]")
        await jane.page.fill("[name=rate]", "0.2")
        await jane.page.click("#main button.primary")
        await jane.page.wait_for_url("**/operations")
    async with stage.person() as another:
        await another.page.click(".work button.danger")
        await another.shows(".operation.stopped", "the same again does what is left")

        await another.open("/act/drop?of=dead&q=error:laid")
        await another.page.click("#main button.danger")
        await another.shows(".operation.done", "they are in")
        await another.open("/dead-letters?q=error:laid&anew=1")
        await another.shows("#main", "No letter is meant by this filter.")

    (file,) = stage.record.path.parent.glob("dropped-*.jsonl")
    kept = [identity for identity in lain if identity in file.read_text()]
    assert len(lain) - 2 <= len(kept)


async def test_stop_is_pressed_by_key_and_by_mouse_while_the_numbers_move(stage: Stage) -> None:
    await stage.laid(60, error="in motion")
    async with stage.person() as jane:
        await begun_slowly(jane, "by key")
        await jane.page.locator(RUNNING).locator("button").focus()
        await numbers_move(jane)
        await jane.page.keyboard.press("Enter")
        await jane.shows(".operation.stopped", "by key")

        await begun_slowly(jane, "by mouse")
        mouse = jane.page.mouse
        await jane.page.locator(RUNNING).locator("button").hover()
        await mouse.down()
        await numbers_move(jane)
        await mouse.up()
        await jane.shows(".operation.stopped", "by mouse")
    await stage.emptied()


RUNNING = ".work .operation:has(button)"


async def begun_slowly(somebody: Person, name: str) -> None:
    """Begin a replay of what is in motion, a few letters a second."""
    await somebody.open("/act/replay?of=dead&q=error:motion")
    await somebody.page.uncheck("[name=ramp]")
    await somebody.page.fill("[name=rate]", "2")
    await somebody.page.fill("#main [name=name]", name)
    await somebody.page.click("#main button.primary")
    await somebody.page.wait_for_url("**/operations")
    await somebody.shows(RUNNING, name)


async def numbers_move(somebody: Person) -> None:
    """Wait until the page has told anew how far the one that runs is."""
    told = somebody.page.locator(RUNNING).locator(".going span")
    before = await told.inner_text()

    async def is_further() -> bool:
        return before != await told.inner_text()

    await until(is_further, what="the numbers move")


async def test_what_stays_on_a_page_is_left_where_it_is_when_something_beside_it_changes(
    stage: Stage,
) -> None:
    async with stage.person() as jane:
        for before, after in CHANGES:
            become, is_kept = await jane.page.evaluate(BECOME, [before, after])
            assert (after, True) == (become, is_kept)


KEPT = '<tr data-row="kept"><td>5 <a href="/kept">letters</a></td></tr>'
CHANGES = [
    (f"<table><tbody>\n{before}\n</tbody></table>", f"<table><tbody>\n{after}\n</tbody></table>")
    for before, after in (
        (KEPT, KEPT),
        (KEPT, KEPT.replace("5", "6")),
        (KEPT, f'<tr data-row="new"></tr>\n{KEPT}'),
        (KEPT, f'<tr class="within"></tr>\n{KEPT}\n<tr class="within"></tr>'),
        (f'<tr data-row="old"></tr>\n{KEPT}', KEPT),
        (f'<tr data-row="old"></tr>\n{KEPT}', f'<tr data-row="new"></tr>\n{KEPT}'),
        (f'<tr data-row="b"></tr>{KEPT}<tr data-row="c"></tr>', f'<tr data-row="c"></tr>{KEPT}'),
        (f'<tr class="a"></tr>{KEPT}', f'{KEPT}<tr id="a"></tr>'),
    )
]
BECOME = """([before, after]) => {
    const made = (html) => Object.assign(document.createElement("div"), { innerHTML: html });
    const there = made(before);
    const [row, link] = there.querySelectorAll("[data-row=kept], [data-row=kept] a");
    become(there, made(after));
    return [there.innerHTML, there.contains(row) && row.contains(link)];
}"""


async def test_keys_lead_to_rows_and_pages_and_never_to_what_can_be_done(stage: Stage) -> None:
    await stage.laid(1)
    asked: list[str] = []
    async with stage.person() as jane:
        press = jane.page.keyboard.press
        jane.page.on("request", lambda request: asked.append(request.url))
        taker = 'tr[data-row="taker/orders/create"]'
        await jane.page.locator(f"{taker} a[href*=dead-letters]").wait_for()
        await press("j")
        await jane.shows("tr.here:has(.acts)", "hourly")
        await press("Enter")
        await press("Enter")
        await press("?")
        await jane.page.locator("#help[open]").wait_for()
        await press("Escape")

        rows = await jane.page.locator("tr[data-row]").evaluate_all(
            "rows => rows.map(row => row.dataset.row)"
        )
        for _ in rows:
            await press("j")
        for _ in rows[rows.index("taker/orders/create") + 1 :]:
            await press("k")
        await jane.page.locator(f"{taker}.here").wait_for()
        await press("Enter")
        await jane.page.wait_for_url("**/dead-letters?q=consumer:taker**")
        await jane.shows(".groups", "laid here")
        await press("j")
        await press("j")
        await jane.shows(".letters tr.here", "laid-0")
        await press("Enter")
        await jane.page.wait_for_url("**/letter?**")
        await press("u")
        await jane.page.wait_for_url("**/dead-letters**")
        await press("r")
        await jane.page.wait_for_url("**/dead-letters?**anew=1")
        await press("9")
        await jane.page.wait_for_url("**/explain")
        await press("1")
        await jane.shows("tr", "taker")
    assert [] == [url for url in asked if "/order/" in url or "/act/" in url]


@pytest.mark.slow("test_application refuses them each act, and test_found offers them none")
async def test_who_may_only_look_is_offered_nothing_and_refused_everything(stage: Stage) -> None:
    await stage.laid(1, error="for carl")
    letters = "/dead-letters?q=error:carl&anew=1"
    async with stage.person() as jane:
        await jane.open(letters)
        await jane.shows(".letters td", "for carl")
        assert 2 < await jane.page.locator("a.act, .acts").count()
    async with stage.person("carl") as carl:
        await carl.open(letters)
        await carl.shows(".letters td", "for carl")
        assert 0 == await carl.page.locator("a.act, .acts").count()
        for path in ("/act/replay?of=dead", "/order/pause?of=taker"):
            assert 403 == await carl.open(path)

        await carl.open("/")
        token = await carl.page.locator("[name=token]").first.get_attribute("value")
        form: dict[str, str | float | bool] = {"token": token or "", "of": "dead", "all": "1"}
        headers = {"Origin": stage.address.rstrip("/")}
        for path in ("/act/replay", "/act/drop", "/order/pause", "/stop/1"):
            answer = await carl.context.request.post(
                carl.address + path, form=form, headers=headers
            )
            assert 403 == answer.status
            assert "yours is viewer" in await answer.text()


async def test_a_page_that_nobody_sees_asks_for_nothing_until_it_is_seen_again(
    stage: Stage,
) -> None:
    lines = set[Request]()

    def begun(request: Request) -> None:
        if request.resource_type == "eventsource":
            lines.add(request)

    def ended(request: Request) -> None:
        lines.discard(request)

    async def none() -> bool:
        return not lines

    async with stage.person() as jane:
        jane.page.on("request", begun)
        jane.page.on("requestfailed", ended)
        jane.page.on("requestfinished", ended)
        await jane.open("/")
        await jane.line("open")
        assert 1 == len(lines)
        await hide(jane, is_hidden=True)
        await until(none, what="its line is closed")
        await hide(jane, is_hidden=False)
        await jane.line("open")
        assert 1 == len(lines)


async def hide(somebody: Person, *, is_hidden: bool) -> None:
    """Have the page believe that nobody sees it, as a tab in the background does."""
    await somebody.page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )


HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
TURNED = "\u202ereversed\u202c \x1b[2J\x1b]0;owned\x07"


async def test_whatever_a_webhook_or_an_error_contains_is_shown_as_text(stage: Stage) -> None:
    await stage.emptied()
    body = f'{{"{HOSTILE}": "{HOSTILE}", "word": "{"W" * 1_000_000}"}}'
    headers: dict[str, Any] = {
        "webhook-id": HOSTILE,
        "webhook-shop": f"{HOSTILE}{TURNED}",
        "webhook-error": f"{HOSTILE} {TURNED} {'E' * 40_000}",
        "webhook-traceback": f'  File "{HOSTILE}", line 1, in x\n    {TURNED}\n{"T" * 40_000}',
        "webhook-reason": "rejected",
        "webhook-worker": HOSTILE,
        "webhook-replay": HOSTILE,
        "webhook-replays": 1,
        "http-x-evil": HOSTILE,
    }
    message = aio_pika.Message(
        body.encode(), content_type="application/json", type=HOSTILE, headers=headers
    )
    async with await aio_pika.connect(stage.url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(f"{APP}.dead", ensure=False)
        await exchange.publish(message, f"{APP}.taker.orders.create")

    async with stage.person() as jane:
        await jane.open("/dead-letters?q=consumer:taker&anew=1")
        await jane.shows(".letters td", HOSTILE[:40])
        await is_harmless(jane)
        await jane.page.click(".letters a.id")
        await jane.shows("h1", HOSTILE[:40])
        await is_harmless(jane)
        await jane.page.click("text=Show the body")
        await jane.shows(".tree .key", HOSTILE[:40])
        await is_harmless(jane)
        await jane.page.go_back()


async def is_harmless(somebody: Person) -> None:
    """Nothing of it runs, turns the writing around, or makes the page wider than the window."""
    page = somebody.page
    assert await page.evaluate("window.hacked === undefined")
    text = await page.evaluate("document.body.innerText + document.title")
    assert set() == set(text) & set("\u202e\u202c\x1b\x07")
    assert "\\u202e" in text
    wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert 0 >= wide


@pytest.mark.slow("fourteen pages; style sheet and templates change seldom")
@pytest.mark.parametrize(("scheme", "rule"), [("light", ""), ("dark", "color-contrast")])
async def test_everything_can_be_read_and_has_a_label(stage: Stage, scheme: str, rule: str) -> None:
    await stage.died()
    await stage.laid(1)
    async with stage.person(color_scheme=scheme, bypass_csp=True) as jane:
        for path in PAGES:
            assert 200 == await jane.open(path)
            found = await shortcomings(jane.page, rule)
            assert [] == found, path


@pytest.mark.slow("as with what can be read")
@pytest.mark.parametrize(("scheme", "rule"), [("light", ""), ("dark", "color-contrast")])
async def test_what_opens_in_a_page_can_be_read_and_has_a_label_and_so_has_the_login(
    stage: Stage, scheme: str, rule: str
) -> None:
    async with stage.person(color_scheme=scheme, bypass_csp=True) as jane:
        press = jane.page.keyboard.press
        await press("?")
        await jane.page.locator("#help[open]").wait_for()
        assert [] == await shortcomings(jane.page, rule)
        await press("Escape")

        await jane.page.click(".queues .acts a >> nth=0")
        await jane.page.locator("#asked[open]").wait_for()
        assert [] == await shortcomings(jane.page, rule)
        await press("Escape")

        await jane.open("/dead-letters")
        await press("/")
        await jane.shows("#suggested li", "consumer:")
        await press("ArrowDown")
        assert [] == await shortcomings(jane.page, rule)

        await jane.page.click("text=Log out")
        await jane.page.wait_for_url("**/login*")
        assert [] == await shortcomings(jane.page, rule)


@pytest.mark.slow("as with what can be read")
async def test_on_a_phone_nothing_is_wider_than_the_window(stage: Stage) -> None:
    await stage.laid(1)
    phone = {"width": 390, "height": 844}
    async with stage.person(viewport=phone) as jane:
        for path in PAGES:
            assert 200 == await jane.open(path)
            wide = await jane.page.evaluate("document.documentElement.scrollWidth")
            assert 390 >= wide, path


@pytest.mark.slow("restarts a broker; the link is that of the commands")
async def test_the_broker_is_lost_and_comes_back_and_the_page_says_both(
    stage: Stage, node: Node
) -> None:
    async with stage.person() as jane:
        await jane.shows("tr", "taker")
        await asyncio.to_thread(node.kill)
        await jane.shows(".banner[role=alert]", "Not up to date.")
        await jane.shows("tr", "taker")
        await asyncio.to_thread(node.start)
        await jane.page.locator(".banner[role=alert]").wait_for(state="detached", timeout=60_000)
        await jane.shows("tr", "taker")
