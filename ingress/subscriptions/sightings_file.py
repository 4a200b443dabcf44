"""The file in which a watch keeps what it has seen of an app, for the one that begins after it.

Platforms end subscriptions while everything of ours is down: it is then that nobody else knows
since when they are gone.
"""

from pathlib import Path

import orjson
import structlog

from ingress.subscriptions.sightings import Sightings

log = structlog.get_logger()


def read_sightings(folder: str | None, app: str) -> Sightings:
    """Return what the folder's file has, where there is one; that it cannot be read is told."""
    if folder is None:
        return Sightings()

    path = _path(folder, app)
    try:
        raw = path.read_bytes()
        return Sightings.of(orjson.loads(raw))
    except FileNotFoundError:
        return Sightings()
    except (OSError, ValueError) as error:
        log.warning("subscriptions.sightings_not_read", file=str(path), error=str(error))
        return Sightings()


def write_sightings(folder: str | None, app: str, sightings: Sightings) -> None:
    """Write them, whole or not at all; that it cannot be done is told."""
    if folder is None:
        return

    path = _path(folder, app)
    beside = path.with_suffix(".new")
    raw = orjson.dumps(sightings.plain())
    try:
        beside.write_bytes(raw)
        beside.replace(path)
    except OSError as error:
        log.warning("subscriptions.sightings_not_written", file=str(path), error=str(error))


def _path(folder: str, app: str) -> Path:
    return Path(folder) / f"{app}.sightings.json"
