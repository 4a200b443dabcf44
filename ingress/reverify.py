"""Whether letters that were stored still verify, and by which secret. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingress.prove import Proof, proof_of
from ingress.registration import App
from ingress.signature import Unverified
from schemas import headers as webhook_headers
from schemas.letter_lines import LetterLine

NONE = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a letter's signature. `secret`: the name of that which it verifies by now;
    empty where none fits.
    """

    id: str
    where: str
    accepted_by: str
    """The name of the secret that it was taken in by."""
    secret: str


def verdicts(app: App, letters: Iterable[LetterLine]) -> Iterator[Verdict]:
    """Yield what becomes of each letter with the app's secrets, those that have ended included.

    A time that is signed is held against when the webhook was received.
    """
    received = 0.0
    prove = proof_of(app.platform, app.keys, clock=lambda: received)
    for letter in letters:
        table = letter.properties.headers
        received = webhook_headers.number(table, webhook_headers.RECEIVED) / 1000
        where = "unrouted"
        if letter.queue is not None:
            where = letter.queue.name

        yield Verdict(
            webhook_headers.text(table, webhook_headers.ID),
            where,
            webhook_headers.text(table, webhook_headers.SECRET),
            _secret(app, prove, letter),
        )


def _secret(app: App, prove: Proof, letter: LetterLine) -> str:
    prefix = webhook_headers.HTTP
    sent = [
        (name.removeprefix(prefix), str(value))
        for name, value in letter.properties.headers.items()
        if name.startswith(prefix)
    ]
    try:
        return prove(letter.body, app.platform.read(sent))
    except Unverified:
        return NONE


def summary(found: Iterable[Verdict]) -> str:
    """Say how many letters verify by which secret: `412 by new, 3 by old, 1 by none`."""
    counts = Counter(verdict.secret for verdict in found)
    parts = [f"{count} by {name or 'none'}" for name, count in counts.most_common()]
    return ", ".join(parts) or "no letter"
