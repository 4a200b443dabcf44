"""The kit for an author's own tests: consumers without a broker, by the worker's own code.

One attempt, and what came of it:

    outcome = await deliver(erp, webhook("orders/create", sample("orders/create")))
    assert outcome == Done()

All that becomes of a webhook, by a clock that the test sets:

    async with scenario(erp) as s:
        await s.send("orders/create", {"id": 1})
        await s.advance("1h")
        assert [letter.reason for letter in s.dead] == ["exhausted"]
"""

from schemas.samples import sample
from workers.outcome import Again, Dead, Deferred, Done, Duplicate
from workers.stores.memory import MemoryStore
from workers.testing.delivering import deliver
from workers.testing.scenario import Scenario, scenario
from workers.testing.seen import Attempt, Letter, Waiting
from workers.testing.webhooks import webhook

__all__ = [
    "Again",
    "Attempt",
    "Dead",
    "Deferred",
    "Done",
    "Duplicate",
    "Letter",
    "MemoryStore",
    "Scenario",
    "Waiting",
    "deliver",
    "sample",
    "scenario",
    "webhook",
]
