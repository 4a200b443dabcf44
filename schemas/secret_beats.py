"""What beats say of secrets: reading it, whatever stands there. Pure."""

from schemas.pulse import SecretBeat
from schemas.record_fields import number


def secret_beats(said: object) -> dict[str, SecretBeat]:
    """Return by name what is said of each secret; what is none of ours is left out."""
    beats: dict[str, SecretBeat] = {}
    if not isinstance(said, dict):
        return beats

    for name, told in said.items():
        if not isinstance(told, dict):
            continue
        beats[name] = SecretBeat(
            count=_count(told.get("count")),
            last_ms=_count(told.get("last_ms")),
            since_ms=_count(told.get("since_ms")),
        )
    return beats


def _count(said: object) -> int:
    return max(0, number(said))
