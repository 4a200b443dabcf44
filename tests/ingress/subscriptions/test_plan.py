"""What is to be done to a shop's subscriptions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.subscriptions.addresses import is_same
from ingress.subscriptions.apis import APIS
from ingress.subscriptions.held import Held
from ingress.subscriptions.plan import Action, Step, Wanted, plan, plan_end

OURS = "https://hooks.example.com/webhooks/spiffy"
EARLIER = "https://old.example.com/webhooks/spiffy"
THEIRS = "https://erp.example.com/in?token=pa55word"
TOPIC = "orders/create"
WANTED = Wanted(frozenset({TOPIC}), OURS)
SPIFFY = APIS["spiffy"]
SHOPIFY = APIS["shopify"]

Actions = list[tuple[str, str]]


def held(address: str, number: int = 1, topic: str = TOPIC, format_: str = "json") -> Held:
    """Return a subscription that is there."""
    return Held(str(number), topic, address, format_)


def told(steps: list[Step]) -> Actions:
    """Return what is done to which subscription."""
    return [(step.action.value, step.held.id if step.held else "") for step in steps]


@pytest.mark.parametrize(
    ("there", "on_spiffy", "on_shopify"),
    [
        ([], [("create", "")], [("create", "")]),
        ([held(OURS)], [("keep", "1")], [("keep", "1")]),
        ([held(OURS, format_="xml")], [("keep", "1")], [("keep", "1")]),
        ([held(EARLIER)], [("move", "1")], [("move", "1")]),
        ([held(THEIRS)], [("move", "1")], [("create", ""), ("foreign", "1")]),
        (
            [held(THEIRS), held(EARLIER, 2)],
            [("create", ""), ("foreign", "1"), ("foreign", "2")],
            [("move", "2"), ("foreign", "1")],
        ),
        (
            [held(OURS), held(EARLIER, 2)],
            [("keep", "1"), ("foreign", "2")],
            [("keep", "1"), ("foreign", "2")],
        ),
        (
            [held(OURS), held(OURS, 2)],
            [("keep", "1"), ("foreign", "2")],
            [("keep", "1"), ("foreign", "2")],
        ),
        (
            [held(OURS, topic="orders/paid")],
            [("create", ""), ("foreign", "1")],
            [("create", ""), ("foreign", "1")],
        ),
    ],
)
def test_what_is_missing_is_made_what_leads_elsewhere_is_moved_and_the_rest_stays(
    there: list[Held], on_spiffy: Actions, on_shopify: Actions
) -> None:
    assert on_spiffy == told(plan(WANTED, there, SPIFFY))
    assert on_shopify == told(plan(WANTED, there, SHOPIFY))


def test_a_format_that_is_asked_for_is_changed_and_the_one_that_has_it_is_kept() -> None:
    wanted = Wanted(frozenset({TOPIC}), OURS, "xml")
    (step,) = plan(wanted, [held(OURS)], SPIFFY)
    assert (Action.CHANGE, "from json to xml") == (step.action, step.note)

    both = [held(OURS), held(OURS, 2, format_="xml")]
    assert [("keep", "2"), ("foreign", "1")] == told(plan(wanted, both, SHOPIFY))


def test_what_the_api_does_not_take_is_left_to_be_set_by_hand() -> None:
    wanted = Wanted(frozenset({"customers/redact"}), OURS)
    (step,) = plan(wanted, [], SHOPIFY)
    assert (Action.BY_HAND, False) == (step.action, step.is_change)
    assert [("create", "")] == told(plan(wanted, [], SPIFFY))


def test_what_is_foreign_is_deleted_where_that_is_asked_for_alone() -> None:
    there = [held(OURS), held(THEIRS, 2, "carts/update")]
    assert [("foreign", "2"), ("keep", "1")] == told(plan(WANTED, there, SPIFFY))
    assert [("delete", "2"), ("keep", "1")] == told(plan(WANTED, there, SPIFFY, prune=True))


def test_an_end_takes_what_leads_to_us_and_leaves_what_leads_to_others() -> None:
    there = [held(OURS), held(OURS, 2, "carts/update"), held(EARLIER, 3)]
    assert [("delete", "2"), ("delete", "1"), ("foreign", "3")] == told(plan_end(OURS, there))
    assert {"delete"} == {action for action, _ in told(plan_end(OURS, there, prune=True))}


def test_a_note_says_where_something_leads_without_a_secret() -> None:
    (moved,) = plan(WANTED, [held(THEIRS)], SPIFFY)
    assert "from https://erp.example.com/in?…" == moved.note


topics = st.sampled_from(["orders/create", "orders/paid", "carts/update", "customers/redact"])
addresses = st.sampled_from([OURS, EARLIER, THEIRS])


@given(
    st.frozensets(topics),
    st.lists(st.tuples(topics, addresses, st.sampled_from(["json", "xml"]))),
    st.sampled_from([None, "json", "xml"]),
    st.sampled_from([SPIFFY, SHOPIFY]),
    st.booleans(),
)
def test_after_a_plan_there_is_nothing_left_to_do_and_nothing_foreign_is_gone_unasked(
    wanted_topics: frozenset[str],
    there: list[tuple[str, str, str]],
    format_: str | None,
    api: object,
    prune: bool,
) -> None:
    assert api in (SPIFFY, SHOPIFY)
    platform = SPIFFY if api is SPIFFY else SHOPIFY
    wanted = Wanted(wanted_topics, OURS, format_)
    before = [
        Held(str(number), topic, address, one) for number, (topic, address, one) in enumerate(there)
    ]
    steps = plan(wanted, before, platform, prune=prune)
    after = carried_out(before, steps, wanted)

    assert not [step for step in plan(wanted, after, platform, prune=prune) if step.is_change]
    for topic in wanted_topics - platform.by_hand:
        assert [one for one in after if one.topic == topic and is_same(one.address, OURS)]
    if not prune:
        assert {one.id for one in before} <= {one.id for one in after}


def carried_out(before: list[Held], steps: list[Step], wanted: Wanted) -> list[Held]:
    """Return what is there once the steps are done."""
    after = {one.id: one for one in before}
    for step in steps:
        if step.action is Action.CREATE:
            format_ = wanted.format or "json"
            after[step.topic] = Held(step.topic, step.topic, wanted.address, format_)
        elif step.action is Action.DELETE and step.held:
            del after[step.held.id]
        elif step.is_change and step.held:
            format_ = wanted.format or step.held.format
            after[step.held.id] = Held(step.held.id, step.topic, wanted.address, format_)
    return list(after.values())
