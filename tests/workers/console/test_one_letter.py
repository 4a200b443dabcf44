"""One letter: whose it is, what leads away from it, and that it is looked for once."""

import re
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import pytest

from schemas.properties import ReceivedProperties
from tests.workers.console.conftest import Visitor, served_with, visitor_of
from tests.workers.letters import ONE_TOPIC, PATTERN, letter, properties, unrouted, waiting
from tests.workers.test_status_text import NOW
from workers.console import answers, dead_letters
from workers.console.scan import Scan
from workers.dead_letters import Filter
from workers.letter import Letter, Source


class Letters(list[Letter]):
    """Letters that are there; `looked_for` tells of each look."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_for: list[Filter] = []

    async def first(
        self, _: Any, __: Source, wanted: Filter
    ) -> tuple[Letter, ReceivedProperties, bytes] | None:
        """Return the first that is wanted."""
        self.looked_for.append(wanted)
        for one in self:
            if wanted.takes(one):
                return one, properties(), b'{"id": 7}'
        return None


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Letters:
    """Letters, whatever queue they are looked for in."""
    letters = Letters()
    monkeypatch.setattr(dead_letters, "_first", letters.first)
    return letters


@pytest.fixture
async def jane() -> AsyncIterator[Visitor]:
    """An operator, where bodies are shown."""
    async with visitor_of(served_with(bodies="masked")) as visitor:
        await visitor.log_in("jane")
        yield visitor


async def test_of_two_that_wait_for_one_webhook_that_of_the_consumer_is_shown(
    jane: Visitor, there: Letters
) -> None:
    there += [waiting(PATTERN.name), waiting(ONE_TOPIC.name)]
    status, text = await jane.page("/letter?queue=app.retry.3600s&id=w1&consumer=erp")
    assert (404, 0) == (status, len(there.looked_for))  # of another app
    status, text = await jane.page("/letter?queue=spiffy.retry.3600s&id=w1&consumer=erp")
    assert 200 == status
    assert "<dd>erp</dd>" in text
    assert "consumer=erp#body" in text
    assert "/act/now?of=waiting&amp;q=id:w1+consumer:erp" in text
    assert re.search(r'class="up" href="/waiting\?q=group:\w+\+consumer:erp"', text)


async def test_each_row_of_what_waits_is_known_by_itself_and_leads_to_its_own_letter(
    jane: Visitor,
) -> None:
    both = (waiting(PATTERN.name), waiting(ONE_TOPIC.name))
    scan = jane.served._site.scans["waiting"]
    scan.latest = Scan(at_ms=NOW, count=2, letters=both)
    scan._good_until = monotonic() + 3_600
    _, text = await jane.page("/waiting")
    for pattern in ('data-row="([^"]*w1[^"]*)"', 'href="(/letter[^"]*)"'):
        assert 2 == len({*re.findall(pattern, text)}), pattern


async def test_what_lies_unrouted_leads_to_what_is_unrouted_and_is_no_consumers(
    jane: Visitor, there: Letters
) -> None:
    there.append(unrouted(webhook_consumer="erp"))
    _, text = await jane.page("/letter?queue=spiffy.unrouted&id=w1&consumer=erp")
    assert 'class="up" href="/unrouted?q=topic:orders/create"' in text
    assert 'href="/act/replay?of=unrouted&amp;q=id:w1"' in text


async def test_a_body_is_shown_of_the_letter_that_was_found_and_looked_for_once(
    jane: Visitor, there: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write_down(*_: object) -> None:
        """Write nothing."""

    monkeypatch.setattr(answers, "_write_down", write_down)
    there.append(letter())
    form = {"token": await jane.token()}
    path = "/letter?queue=spiffy.dead.erp.orders.create&id=w1"
    async with jane.post(path, data=form, headers=jane.own) as got:
        assert 200 == got.status
        assert '<span class="key">id</span>' in await got.text()
    assert 1 == len(there.looked_for)
