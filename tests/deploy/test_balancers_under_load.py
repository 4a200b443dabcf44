"""Three ingress processes behind HAProxy and nginx, under load, while one of them dies, hangs or is
not ready: what is answered 200 is handled, and nothing is sent twice.
"""

import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.rabbitmq import Node
from tests.deploy.balancers import NGINX, Program, each
from tests.deploy.fleet import Fleet, failed, fleet, posted, statuses
from tests.faults.load import Sender
from tests.system.waiting import until

NO_ANSWER = 0
"""In place of a status."""
Act = Callable[[Fleet], Awaitable[None]]
BAD_GATEWAYS = frozenset({502, 503, 504})


async def rolling_restart(fleet: Fleet) -> None:
    """End each in order, and start it again, one after the other."""
    for number in range(3):
        await fleet.restart(number)


async def rolling_restart_by_hand(fleet: Fleet) -> None:
    """The same where nobody asks for readiness: each is marked as down before it is ended."""
    for number in range(3):
        await fleet.balancer.mark_down(number)
        await fleet.restart(number)
        await fleet.balancer.mark_down(None)


async def killed(fleet: Fleet) -> None:
    """Kill one, and start it again a while later."""
    fleet.doors[0].signal(signal.SIGKILL)
    await fleet.doors[0].ended()
    await fleet.answered(300)
    await fleet.start(0)


async def frozen(fleet: Fleet) -> None:
    """Have one hang for a while, its port open."""
    fleet.doors[0].signal(signal.SIGSTOP)
    await fleet.answered(300)
    fleet.doors[0].signal(signal.SIGCONT)


async def not_ready(fleet: Fleet) -> None:
    """Take the broker from one: it is not ready, and answers 503 at once."""
    fleet.link.refusing = True
    fleet.link.cut()
    await fleet.answered(300)
    fleet.link.heal()

    async def is_ready() -> bool:
        return await fleet.doors[1].admin("/readyz") == 200

    await until(is_ready, what="the second ingress has its broker again")


async def reloaded(fleet: Fleet) -> None:
    """Reload the balancer six times."""
    for _ in range(6):
        await fleet.balancer.reload()
        await fleet.answered(80)


@dataclass(frozen=True)
class Plan:
    """What happens, and how large a share of the webhooks may fail for it."""

    act: Act
    share: float
    fresh: frozenset[int] = BAD_GATEWAYS
    """What is answered in place of 200 to those who connect anew each time."""
    kept: frozenset[int] = BAD_GATEWAYS | {NO_ANSWER}
    """The same for those who keep their connections: HAProxy 2.6 may close one in silence."""

    @property
    def name(self) -> str:
        """As it is called."""
        return self.act.__name__.replace("_", " ")


PLANS = [
    Plan(rolling_restart, 0),
    Plan(reloaded, 0),
    Plan(killed, 0.01),
    Plan(frozen, 0.01),
    Plan(not_ready, 0.01),
]
CLOSED = {"fresh": frozenset[int](), "kept": frozenset({NO_ANSWER})}
"""A reload of nginx closes connections that are kept idle, at times just as a request comes."""
FOR_NGINX: dict[Act, Plan] = {
    rolling_restart: Plan(rolling_restart_by_hand, 0.01, **CLOSED),
    reloaded: Plan(reloaded, 0.01, **CLOSED),
    # It asks nobody whether he is ready: this one has its share of the webhooks all the time.
    not_ready: Plan(not_ready, 0.4),
}
"""What it cannot do, or not alone; deploy/BALANCERS.md says so."""


def told(name: str, sender: Sender) -> str:
    """Return what a sender was answered, for whoever reads the test's output."""
    seconds = sorted(one.seconds for one in sender.ledger.answers if one.status == 200)
    p99 = seconds[len(seconds) * 99 // 100]
    counts = dict(sorted(statuses(sender).items()))
    return f"{name}: {counts}, of 200: p50 {seconds[len(seconds) // 2]:.4f} p99 {p99:.4f}"


@pytest.mark.slow("puts load on three ingress processes for a minute; the parts are tried quickly")
@pytest.mark.timeout(400)
@pytest.mark.parametrize("plan", PLANS, ids=[plan.name for plan in PLANS])
@each
async def test_no_200_is_lost_behind_a_balancer(
    program: Program, plan: Plan, node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = program.path
    if program is NGINX:
        plan = FOR_NGINX.get(plan.act, plan)
    monkeypatch.setenv("LEDGER", str(tmp_path / "handled"))
    app = f"lb-{program.name}-{plan.name.replace(' ', '-')}"
    async with fleet(program, node.start(), app, tmp_path) as behind:
        async with behind.under_load():
            await plan.act(behind)
        missing = await behind.missing()

    for name, sender in {"fresh": behind.fresh, "kept": behind.kept}.items():
        sys.stderr.write(f"{program.name}, {plan.name}, {told(name, sender)}\n")
    assert set() == missing
    assert 0 == behind.twice()

    fresh, kept = failed(behind.fresh), failed(behind.kept)
    sent = sum(len(sender.ledger.answers) for sender in behind.senders)
    assert fresh.total() + kept.total() <= plan.share * sent
    assert fresh.keys() <= plan.fresh
    assert kept.keys() <= plan.kept


@pytest.mark.slow("measures; there is nothing to be held")
@pytest.mark.timeout(300)
@each
async def test_what_a_balancer_costs_is_told(
    program: Program, node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = program.path
    monkeypatch.setenv("LEDGER", str(tmp_path / "handled"))
    async with fleet(program, node.start(), f"lb-{program.name}-cost", tmp_path) as behind:
        senders = {
            "straight, fresh": behind.sender(behind.doors[0].port, kept=False),
            "straight, kept": behind.sender(behind.doors[0].port, kept=True),
            "through, fresh": behind.fresh,
            "through, kept, TLS": behind.kept,
        }
        for name, sender in senders.items():
            await posted(sender, 1_000)
            sys.stderr.write(f"{program.name}, {told(name, sender)}\n")
            assert {200} == statuses(sender).keys()
