"""Why the signature of a captured request does not fit its body. Pure.

A signature that fits some other reading of header, secret and body proves that this is what was
signed. Where none fits, what is seen of each of them is told instead.
"""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingress.explaining import bodies, hints, secrets, signatures
from ingress.explaining.oddity import Oddity, Variant
from ingress.explaining.signature_oddities import DIGESTS
from ingress.signature import Encoding, Unverified, verify

LARGE = 64 * 1024
"""Bytes. What a larger body may have been is tried with each secret as it is given alone."""

Digests = Mapping[int, Mapping[bytes, tuple[Oddity, ...]]]
"""What the header may hold, by the size of the digest."""


class Key(NamedTuple):
    """A secret, by the name that it is told by."""

    name: str
    secret: bytes
    app: str = ""
    """Whose it is, where that is not the app that was asked for."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A request that came once: its raw body, the value of its signature header, its query."""

    body: bytes
    signature: str
    query: str = ""
    families: Sequence[str] = ()
    """Whose headers it has."""
    before: bytes = b""
    """What is signed before the body."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a signature does or does not fit: what was found, the likeliest first."""

    verifies: bool
    secret: str = ""
    """The name of the secret that was signed with; empty where that is not known."""
    findings: tuple[Oddity, ...] = field(default=())

    @property
    def is_proven(self) -> bool:
        """Whether the signature fits, once what was found is put right."""
        return bool(self.secret)


def explain(
    captured: Captured,
    keys: Sequence[Key],
    encoding: Encoding = Encoding.BASE64,
    others: Sequence[Key] = (),
) -> Explanation:
    """Say why the request does not verify with the keys, or that it does; never raises for what a
    request may hold.

    `others` are secrets that are not asked for here: of other apps, or of this app beside the one
    that was given.
    """
    try:
        by_name = {key.name: key.secret for key in keys}
        name = verify(captured.before + captured.body, captured.signature, by_name, encoding)
        return Explanation(verifies=True, secret=name)
    except Unverified:
        pass

    best = _likeliest(captured, keys, encoding, others)
    if best is not None:
        in_order = sorted(best.oddities, key=lambda oddity: oddity.rarity)
        return Explanation(verifies=False, secret=best.key.name, findings=tuple(in_order))

    given = [key.secret for key in keys]
    seen = hints.hints(captured.body, captured.signature, given, encoding, captured.families)
    return Explanation(verifies=False, findings=tuple(seen))


class _Fit(NamedTuple):
    key: Key
    oddities: tuple[Oddity, ...]

    @property
    def rarity(self) -> int:
        return sum(oddity.rarity for oddity in self.oddities)


def _likeliest(
    captured: Captured, keys: Iterable[Key], encoding: Encoding, others: Iterable[Key]
) -> _Fit | None:
    """Return what fits and takes the least that is rare; None where nothing fits."""
    digests = _digests(captured.signature, encoding)
    if not digests:
        return None

    given = [*_as_given(keys, others)]
    edited = [*_edited(given)]
    best: _Fit | None = None
    for body in bodies.variants(captured.body, captured.query):
        if best is not None and best.rarity <= body.rarity:
            break

        tried = edited
        if body.oddities and len(body.value) > LARGE:
            tried = given
        for fit in _fits(body, captured.before, tried, digests):
            if best is None or fit.rarity < best.rarity:
                best = fit
    return best


def _fits(
    body: Variant, before: bytes, tried: Iterable[tuple[Key, Variant]], digests: Digests
) -> Iterator[_Fit]:
    signed = before + body.value
    for key, secret in tried:
        for oddities in _matching(digests, secret.value, signed):
            yield _Fit(key, (*oddities, *secret.oddities, *body.oddities))


def _digests(header: str, encoding: Encoding) -> Digests:
    found: defaultdict[int, dict[bytes, tuple[Oddity, ...]]] = defaultdict(dict)
    readings = sorted(signatures.readings(header, encoding), key=lambda one: one.rarity)
    for reading in readings:
        of_size = found[len(reading.value)]
        of_size.setdefault(reading.value, reading.oddities)
    return found


def _matching(digests: Digests, secret: bytes, signed: bytes) -> Iterator[tuple[Oddity, ...]]:
    for size, of_size in digests.items():
        made = hmac.digest(secret, signed, DIGESTS[size])
        if made in of_size:
            yield of_size[made]


def _as_given(keys: Iterable[Key], others: Iterable[Key]) -> Iterator[tuple[Key, Variant]]:
    for key in keys:
        yield key, Variant(key.secret)
    for key in others:
        yield key, Variant(key.secret, (_another(key),))


def _edited(given: Iterable[tuple[Key, Variant]]) -> Iterator[tuple[Key, Variant]]:
    for key, plain in given:
        for variant in secrets.variants(plain.value):
            yield key, Variant(variant.value, (*plain.oddities, *variant.oddities))


def _another(key: Key) -> Oddity:
    if not key.app:
        return Oddity(
            f"it is signed with another secret of the app, {key.name}",
            "explain it without --secret, so that all of the app's are tried; if this secret is "
            "still in use, leave it in HOOKLINE_SECRETS",
        )
    return Oddity(
        f"it is signed with a secret of another app: {key.name} of {key.app}",
        f"have it posted to /webhooks/{key.app}, or signed with a secret of the app it is posted "
        "to",
    )
