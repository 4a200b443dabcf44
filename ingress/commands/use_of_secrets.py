"""Reading from the broker how secrets are used."""

from collections.abc import Mapping
from time import time

from ingress.secret_use import Use, uses
from runtime.amqp import pulses
from runtime.amqp.channels import KeptChannel
from schemas.pulse import Beat

HOUR_MS = 3_600_000


async def use_of_secrets(kept: KeptChannel, app: str) -> Mapping[str, Use] | None:
    """Return by name how an app's secrets were used in the last hour; None where the broker has no
    pulse, or we may not read it.
    """
    now_ms = int(time() * 1000)
    channel = await kept.get()
    found = await pulses.read(channel, app, now_ms)
    if found is None:
        return None

    beats: list[Beat] = list(found.beats)
    if found.last >= 0:
        newest_ms = max((beat.at for beat in beats), default=0)
        since_ms = now_ms - HOUR_MS
        beats += await pulses.of_ingresses(channel, app, since_ms, newest_ms, found.last)
    return uses(beats, now_ms)
