"""What an operator fills in to pause, resume or set: refused by name where it cannot be meant."""

import re

import pytest

from tests.workers.console.conftest import Visitor


@pytest.mark.parametrize(
    ("what", "form", "told"),
    [
        ("pause", {"consumer": "erp", "for": "soon"}, "&#39;soon&#39; is no duration"),
        ("pause", {}, "Which consumer?"),
        ("resume", {"consumer": "erp"}, "no broker answers"),
        ("set", {"consumer": "erp", "value": "4"}, "no broker answers"),
    ],
)
async def test_what_cannot_be_ordered_is_told_in_the_dialog(
    visitor: Visitor, what: str, form: dict[str, str], told: str
) -> None:
    await visitor.log_in("jane")
    _, text = await visitor.page(f"/order/{what}?of=erp/orders/create")
    token = re.findall(r'name="token" value="([^"]+)"', text)[0]
    async with visitor.post(
        f"/order/{what}", data=form | {"token": token}, headers=visitor.own
    ) as got:
        assert told in await got.text()


async def test_a_dialog_names_its_consumer_and_topic_and_the_command_that_does_the_same(
    visitor: Visitor,
) -> None:
    await visitor.log_in("jane")
    status, text = await visitor.page("/order/set?of=erp/orders/create&part=1")
    assert 200 == status
    assert "hookline-workers set erp concurrency=4 --topic orders/create" in text
    assert "<html" not in text
    assert 404 == (await visitor.page("/order/destroy?of=erp"))[0]
