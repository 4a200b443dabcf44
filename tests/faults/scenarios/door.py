"""What dies is the ingress, or is made to suffer by those who knock."""

import signal

from tests.faults.scenario import scenario
from tests.faults.stage import Stage


@scenario("ingress killed under load")
async def killed(stage: Stage) -> None:
    """Kill it; the requests it had get no answer, and what got 200 is stored."""
    async with stage.fault():
        for _ in range(int(stage.seconds(5, 2))):
            await stage.answered(200)
            await stage.door.kill()


def _both_kinds_of_answer(stage: Stage) -> None:
    assert {200, 503} == {answer.status for answer in stage.ledger.answers}


SLOW_BROKER = {"MAX_IN_FLIGHT": "10"}


@scenario(
    "three times the capacity",
    through=("ingress",),
    settings=SLOW_BROKER,
    finds=_both_kinds_of_answer,
)
async def flood(stage: Stage) -> None:
    """Let ten in at once, each for a tenth of a second (a hundred a second), and send far more."""
    calm = stage.sender.rate
    async with stage.fault():
        stage.links["ingress"].up.delay = stage.links["ingress"].down.delay = 0.05
        stage.sender.rate = 320
        await stage.answered(503, int(stage.seconds(2_000, 200)))
        stage.sender.rate = calm
        stage.links["ingress"].heal()


def _nothing_taken_in_without_an_answer(stage: Stage) -> None:
    assert {handling.id for handling in stage.ledger.handled()} == stage.ledger.accepted()


@scenario("ingress stopped in order under load", finds=_nothing_taken_in_without_an_answer)
async def stopped(stage: Stage) -> None:
    """Stop it with SIGTERM, behind nothing: whatever it has taken in it answers."""
    async with stage.fault():
        for _ in range(int(stage.seconds(5, 2))):
            await stage.answered(200)
            stage.door.signal(signal.SIGTERM)
            await stage.logged(stage.door, "ingress.stopped")
