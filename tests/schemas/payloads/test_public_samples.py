"""The bodies that the platforms themselves have published, read by the models of their topics.

They are no part of this repository: see PLACES. `{"source": …, "bodies": {topic: [body, …]}}`.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.payloads import PAYLOADS
from schemas.reading import reader

ROOT = Path(__file__).parents[3]
NAME = "shared/samples/published-webhooks.json"
PLACES = [parent / NAME for parent in ROOT.parents]


def published() -> dict[str, list[Any]]:
    """Return the published bodies by topic; none where they are not here."""
    for place in PLACES:
        if place.exists():
            bodies: dict[str, list[Any]] = orjson.loads(place.read_bytes())["bodies"]
            return bodies
    return {}


BODIES = published()


@pytest.mark.skipif(not BODIES, reason=f"no {NAME} beside the checkout or above it")
def test_every_published_body_is_read_by_the_model_of_its_topic() -> None:
    for topic, model in PAYLOADS.items():
        read = reader(model)
        for body in BODIES.get(topic, []):
            payload = read(orjson.dumps(body), "application/json")
            assert payload == model.model_validate_json(payload.model_dump_json()), topic
