"""What deploy/CAPACITY.md says of the simulated flash sale: what came of it, what it is made of."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench import results
from tests.bench.sales import FILE

COURSES = ("", "most that waited", "longest wait", "worked off, after the sale", "answers 503")


def read() -> list[dict[str, Any]]:
    """Return the sales that were kept, the one that is drawn first."""
    kept: list[dict[str, Any]] = json.loads((results.FOLDER / FILE).read_text())
    return kept


def courses() -> list[Sequence[str]]:
    """Return the table of what came of each sale, its head first."""
    return [COURSES, *(_course(one["name"], one["plan"], one["course"]) for one in read())]


def _course(name: str, plan: Mapping[str, Any], course: Mapping[str, float]) -> list[str]:
    after = course["drained"] - plan["calm"] - plan["rush"]
    return [
        name,
        f"{course['peak'] / 1e6:.1f} million",
        f"{course['longest'] / 60:.0f} min",
        f"{after / 60:.0f} min",
        f"{course['refused']:,.0f}",
    ]


def plan() -> list[Sequence[str]]:
    """Return the table of what the drawn sale is made of, its head first."""
    told = read()[0]["plan"]
    loss = told["loss"]
    rush, slow = told["rush"] / 60, told["slow"]
    return [
        ("what", "value"),
        ("webhooks a second: mean, in the sale", f"{told['mean']:.0f}, {told['peak']:,.0f}"),
        ("how long the sale is", f"{rush:.0f} min"),
        ("ingress processes, places of each", f"{told['ingresses']}, {told['places']}"),
        ("webhooks a second that the broker stores", f"{told['store_rate']:,.0f}"),
        ("the same with a million waiting", f"{told['long'][-1][1] * 100:.0f} % of it"),
        ("a confirm, a delivery", f"{_ms(told['confirm'])}, {_ms(told['turn'])}"),
        (
            "processor time: ingress, worker",
            f"{_us(told['ingress_cost'])}, {_us(told['worker_cost'])}",
        ),
        ("workers of this consumer, handlers of each", f"{told['workers']}, {told['concurrency']}"),
        (
            "a handler: mean, spread (of the logarithm)",
            f"{_ms(told['handler'])}, {told['spread']:.1f}",
        ),
        ("times slower while the sale lasts (assumed)", f"{slow:.1f}"),
        (
            "until the lost node's queues are led again (measured, RabbitMQ 3.10.8)",
            f"{loss['stall']:.1f} s",
        ),
        (
            "what the broker does without it (assumed), until it is back",
            f"{loss['left'] * 100:.0f} %, {(loss['back'] - loss['at']) / 60:.0f} min",
        ),
        ("when the platform sends a 503 again (assumed)", f"{told['resend']:.0f} s later"),
    ]


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs"
