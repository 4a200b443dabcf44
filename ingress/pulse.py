"""What the ingress says of itself in each app's pulse, from what is counted anyway."""

import asyncio
from collections import deque
from collections.abc import Iterable
from time import time

from prometheus_client import Counter

from ingress.telemetry import ACCEPTED, CONFIRM_SECONDS, IN_FLIGHT, OTHER, REFUSED, secret_beats
from runtime.amqp.channels import giving
from runtime.amqp.link import Connection
from runtime.amqp.pulse import Pulse
from runtime.histograms import quantile, seen
from runtime.lifetime import end_tasks
from runtime.this_process import HOST, PROCESS, STARTED_MS, version
from schemas.pulse import BEATS_A_MINUTE, Beat, DoorBeat, ProcessKind
from schemas.pulse_records import encode

TOPICS = 100
"""Topics that a beat names at most: those that came last."""


class Pulses:
    """The pulses of the apps; `timeout` is of a confirm, in seconds."""

    def __init__(self, apps: Iterable[str], timeout: float, *, declares: bool) -> None:
        self._timeout = timeout
        self._declares = declares
        self._pulses: dict[str, Pulse] = {}
        self._changed = asyncio.Event()
        self.serve(apps)

    def serve(self, apps: Iterable[str]) -> None:
        """Have to do with these apps; the pulse of one that is known goes on."""
        self._pulses = {app: self._pulses.get(app) or self._pulse(app) for app in apps}
        self._changed.set()

    def _pulse(self, app: str) -> Pulse:
        beat = DoorPulse(app).beat
        return Pulse(app, beat, self._timeout, declares=self._declares)

    async def keep(self, connection: Connection) -> None:
        """Write them on this connection until cancelled."""
        running: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                self._changed.clear()
                gone = [running.pop(app) for app in running.keys() - self._pulses.keys()]
                await end_tasks(gone)
                for app in self._pulses.keys() - running.keys():
                    keeping = self._pulses[app].keep(giving(connection))
                    running[app] = asyncio.create_task(keeping)
                await self._changed.wait()
        finally:
            await end_tasks(running.values())


class DoorPulse:
    """The beats of one app."""

    def __init__(self, app: str) -> None:
        self._app = app
        self._counts: dict[str, int] = {}
        self._last_ms: dict[str, int] = {}
        before = seen(CONFIRM_SECONDS)
        self._confirms = deque([before], maxlen=BEATS_A_MINUTE + 1)

    async def beat(self) -> bytes:
        """Return the next beat, as it stands in the stream."""
        now_ms = int(time() * 1000)
        door = self.look(now_ms)
        beat = Beat(now_ms, PROCESS, ProcessKind.INGRESS, HOST, version(), STARTED_MS, door=door)
        return encode(beat)

    def look(self, now_ms: int) -> DoorBeat:
        """Return what is to be said of the app now."""
        counts = _counted(ACCEPTED, self._app, "topic")
        refusals = _counted(REFUSED, self._app, "code")
        self._note_topics(counts, now_ms)

        confirms = seen(CONFIRM_SECONDS)
        self._confirms.append(confirms)
        seconds = quantile(self._confirms[0], confirms, 0.99)
        return DoorBeat(
            accepted=sum(counts.values()),
            refused=sum(refusals.values()),
            in_flight=_in_flight(),
            confirm_p99_ms=round(seconds * 1000),
            topics=dict(self._last_ms),
            secrets=secret_beats(self._app, _counted(ACCEPTED, self._app, "secret")),
        )

    def _note_topics(self, counts: dict[str, int], now_ms: int) -> None:
        """Note which topics were accepted since the last look; the latest stand last."""
        for topic, count in counts.items():
            if topic == OTHER or count == self._counts.get(topic, 0):
                continue
            self._last_ms.pop(topic, None)
            self._last_ms[topic] = now_ms

        self._counts = counts
        while len(self._last_ms) > TOPICS:
            longest_ago = next(iter(self._last_ms))
            del self._last_ms[longest_ago]


def _counted(counter: Counter, app: str, label: str) -> dict[str, int]:
    """Return an app's counts by a label, over all others."""
    counts: dict[str, int] = {}
    for family in counter.collect():
        for sample in family.samples:
            if sample.labels["app"] == app and sample.name.endswith("_total"):
                value = sample.labels[label]
                counts[value] = counts.get(value, 0) + int(sample.value)
    return counts


def _in_flight() -> int:
    (family,) = IN_FLIGHT.collect()
    (sample,) = family.samples
    return int(sample.value)
