"""Letters folded into groups, one by one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.workers.letters import PATTERN, letter
from workers.groups import Group, Grouping, group_row, grouped
from workers.letter import Letter


def rejected(webhook_id: str, died_ms: int, **more: Any) -> Letter:
    """Return a letter of the group that most are of."""
    return letter(
        webhook_id=webhook_id,
        webhook_reason="rejected",
        webhook_error=f"Reject: no {webhook_id}",
        webhook_died_ms=died_ms,
        **more,
    )


def test_a_group_has_its_count_first_last_and_the_latest_letter_as_sample() -> None:
    letters = [
        rejected("w2", 2_000),
        rejected("w3", 3_000, webhook_replayed_ms=2_500),
        rejected("w1", 1_000, webhook_replayed_ms=500),
    ]
    (group,) = grouped(letters)
    assert (
        Group(
            group=letters[0].group,
            consumer="erp",
            topic="orders/create",
            reason="rejected",
            count=3,
            first_ms=1_000,
            last_ms=3_000,
            replayed_ms=2_500,
            error="Reject: no w3",
            id="w3",
        )
        == group
    )


def test_the_same_error_of_two_consumers_is_two_groups_and_the_largest_comes_first() -> None:
    mails = [letter(PATTERN, webhook_reason="rejected", webhook_error="Reject: x")] * 2
    groups = grouped([rejected("w1", 9_000), *mails])
    assert [("mail", 2), ("erp", 1)] == [(group.consumer, group.count) for group in groups]
    assert 1 == len({group.group for group in groups})


def test_a_group_of_several_topics_names_none() -> None:
    (group,) = grouped([letter(PATTERN, "orders/paid"), letter(PATTERN, "orders/create")])
    assert "*" == group.topic
    assert "" == group_row(group)["first"]


def test_groups_beyond_the_most_are_counted_together() -> None:
    grouping = Grouping(most=2)
    for number in range(5):
        grouping.add(letter(webhook_reason="exhausted", webhook_error=f"E{number}: x"))
    grouping.add(letter(webhook_reason="exhausted", webhook_error="E0: y"))
    assert (6, 3, 2) == (grouping.count, grouping.more, len(grouping.groups))
    assert [2, 1] == [group.count for group in grouping.groups]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=20), st.randoms())
def test_whatever_the_order_the_counts_and_times_are_the_same(
    drawn: list[tuple[int, int]], random: Any
) -> None:
    letters = [
        letter(webhook_reason="exhausted", webhook_error=f"E{kind}: x", webhook_died_ms=died)
        for kind, died in drawn
    ]
    shuffled = list(letters)
    random.shuffle(shuffled)
    one, other = (
        {(group.group, group.count, group.first_ms, group.last_ms) for group in grouped(some)}
        for some in (letters, shuffled)
    )
    assert one == other
    assert len(drawn) == sum(group.count for group in grouped(letters))
