"""Crews: one for each queue, or one for all that were picked."""

from tests.workers.deployment.sample import APART, APP, CONSUMERS, MODULES, TOGETHER, erp
from workers.deployment.crews import crew_together, crews_apart
from workers.selection import select


def test_each_queue_has_a_crew_that_runs_it_alone() -> None:
    assert [
        (
            "spiffy.abandoned_carts.carts._any",
            "abandoned_carts:carts/*",
            "run shop.consumers --consumer abandoned_carts --topic carts/*",
        ),
        (
            "spiffy.erp.orders.create",
            "erp:orders/create",
            "run shop.consumers --consumer erp --topic orders/create",
        ),
        (
            "spiffy.erp.orders.paid",
            "erp:orders/paid",
            "run shop.consumers --consumer erp --topic orders/paid",
        ),
    ] == [(crew.name, crew.instance, " ".join(crew.arguments)) for crew in APART]
    assert [(90.5, 4), (30, 16), (30, 16)] == [
        (crew.longest_timeout, crew.shares[0].at_once) for crew in APART
    ]


def test_the_order_in_which_consumers_were_found_changes_nothing() -> None:
    backwards = CONSUMERS[::-1]
    assert APART == crews_apart(APP, MODULES, backwards)
    assert TOGETHER == crew_together(APP, MODULES, backwards, names=[], topics=[])


def test_one_crew_for_all_runs_what_the_command_line_picked_with_the_longest_timeout() -> None:
    assert ("spiffy.all.together", "all:together") == (TOGETHER.name, TOGETHER.instance)
    assert ("run", "shop.consumers") == TOGETHER.arguments
    assert 90.5 == TOGETHER.longest_timeout
    assert (
        "spiffy.abandoned_carts.carts._any spiffy.erp.orders.create spiffy.erp.orders.paid"
        == TOGETHER.queues
    )


def test_one_crew_for_some_is_called_by_what_was_asked_for_and_not_by_what_was_found() -> None:
    names = ["erp", "erp"]
    topics = ["orders/paid", "orders/create"]
    picked = select(CONSUMERS, names=names, topics=topics)
    crew = crew_together(APP, MODULES, picked, names=names, topics=topics)
    assert "spiffy.erp.together.orders/create.orders/paid" == crew.name
    assert (
        "run shop.consumers --consumer erp --topic orders/create --topic orders/paid"
        == " ".join(crew.arguments)
    )

    crew = crew_together(APP, MODULES, [erp], names=["erp"], topics=[])
    assert ("spiffy.erp.together", "erp:together") == (crew.name, crew.instance)


def test_without_a_module_the_workers_are_told_none_either() -> None:
    assert ("run", "--consumer", "erp", "--topic", "orders/create") == (
        crews_apart(APP, [], [erp])[0].arguments
    )
