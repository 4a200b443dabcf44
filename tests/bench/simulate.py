"""`python -m tests.bench.simulate`: simulate a flash sale, keep what came of it, and draw it. Some
minutes.

`--check` simulates a small one instead, runs it for real, and compares: a minute.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tests.bench import results, sale_plot
from tests.bench.plan import Plan
from tests.bench.rehearsal import small_sale
from tests.bench.sales import FILE, variants
from tests.bench.simulation import Course, Sale
from tests.bench.stage import Stage, private_broker

ALLOWED = 20
"""Percent by which the simulation may be off."""


def kept(name: str, plan: Plan, course: Course, *, drawn: bool) -> dict[str, Any]:
    """Return what is kept of a course: the plan, the sums, and where it is drawn the points."""
    told = asdict(course)
    points = told.pop("points")
    return {
        "name": name,
        "plan": asdict(plan),
        "course": {key: round(value, 3) for key, value in told.items()},
        "points": [_in_figures(point) for point in points] if drawn else [],
    }


def _in_figures(point: Mapping[str, float]) -> list[float]:
    return [round(value, 1) for value in point.values()]


def write() -> None:
    """Simulate all that the page tells of, keep it and draw the first."""
    sales: list[dict[str, Any]] = []
    for name, plan in variants(results.read()).items():
        course = Sale(plan).run()
        sales.append(kept(name, plan, course, drawn=not sales))
        print(name, told(sales[-1]["course"]), sep=": ", flush=True)

    lines = ",\n ".join(json.dumps(one, ensure_ascii=False) for one in sales)
    (results.FOLDER / FILE).write_text(f"[\n {lines}\n]\n")
    sale_plot.draw(results.FOLDER, sales[0])


def told(course: Mapping[str, float]) -> str:
    """Say what came of a course in a line."""
    return (
        f"{course['peak']:,.0f} waited at most, the longest {course['longest']:,.0f} s, none after "
        f"{course['drained']:,.0f} s; {course['refused']:,.0f} answers 503"
    )


def check() -> bool:
    """Run the small one for real and return whether the simulation came near."""
    with private_broker() as (node, folder):
        measured = small_sale(Stage(node, folder))
    print(measured.sides)
    print(f"off by {measured.values[0]:.1f} % at worst; {ALLOWED} % are allowed")
    return measured.values[0] <= ALLOWED


def main(argv: Sequence[str] | None = None) -> int:
    """Simulate, or check; 1 where the simulation is too far off."""
    parser = argparse.ArgumentParser("python -m tests.bench.simulate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="a small one, beside a real run")
    if parser.parse_args(argv).check:
        return 0 if check() else 1

    write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
