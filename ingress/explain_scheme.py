"""Why a captured request does not verify, whichever way its platform signs. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingress.explain import Captured, Explanation, Key, explain
from ingress.explaining.oddity import Oddity
from ingress.platform import Claims, Platform
from ingress.prove import BadKey, Keys, key_of, proof_of, read
from ingress.refusals import Refusal
from ingress.scheme import Scheme
from ingress.signature import Encoding, Unverified

HEADERS = Oddity(
    "a header that is signed, or the signature itself, is missing",
    "capture the whole request; a proxy may take away headers that it does not know",
)

ADDRESS = Oddity(
    "the platform signs the address that it posts to, and may write it otherwise than we do",
    "compare HOOKLINE_ADDRESS, letter by letter: a slash more, or http for https, is another",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A captured request, and what it should have been signed with."""

    platform: Platform
    claims: Claims
    captured: Captured
    keys: Sequence[Key]
    others: Sequence[Key]
    encoding: Encoding
    address: str = ""


def explain_case(case: Case) -> Explanation:
    """Say why the request does not verify, or that it does, be it that it is too old by now."""
    scheme = case.platform.scheme
    if scheme.is_plain:
        return explain(case.captured, case.keys, case.encoding, case.others)

    try:
        signed = read(scheme, case.claims, case.address)
        name = _secret_that_proves(case, signed.timestamp)
        return Explanation(verifies=True, secret=name)
    except Unverified as unverified:
        reason = unverified.reason
    except BadKey as error:
        wrong = Oddity(f"a secret that is given {error}", "give it as the platform shows it")
        return Explanation(verifies=False, findings=(wrong,))

    if reason is Refusal.MISSING_SIGNATURE:
        return Explanation(verifies=False, findings=(HEADERS,))
    if scheme.has_address:
        return _of_addresses(case, scheme)
    return _of_entries(case, scheme)


def _of_addresses(case: Case, scheme: Scheme) -> Explanation:
    """Explain it by the address as it is given, and as it may be written at the platform."""
    explanation = _of_entries(case, scheme)
    if explanation.is_proven:
        return explanation

    for address in _like(case.address):
        other = _of_entries(replace(case, address=address), scheme)
        if other.is_proven:
            told = Oddity(
                f"the platform signs the address {address}, and HOOKLINE_ADDRESS says another",
                "have HOOKLINE_ADDRESS say it as it is written at the platform",
            )
            return replace(other, findings=(told, *other.findings))
    return replace(explanation, findings=(ADDRESS, *explanation.findings))


def _like(address: str) -> Iterator[str]:
    """Yield addresses that are easily taken for this one."""
    bare = address.rstrip("/")
    for one in (bare, f"{bare}/"):
        yield one
        yield one.replace("https://", "http://", 1)
        yield one.replace("http://", "https://", 1)


def _secret_that_proves(case: Case, timestamp: int) -> str:
    """Return the name of the secret, whatever the time is now. Raises Unverified and BadKey."""
    secrets = {key.name: key.secret for key in case.keys}
    keys = Keys(secrets, case.encoding, case.address)
    prove = proof_of(case.platform, keys, clock=lambda: float(timestamp))
    return prove(case.captured.body, case.claims)


def _of_entries(case: Case, scheme: Scheme) -> Explanation:
    """Explain each signature that the header holds; return the one that leads furthest."""
    try:
        signed = read(scheme, case.claims, case.address)
    except Unverified:
        return Explanation(verifies=False, findings=(_form(scheme),))
    if not signed.signatures:
        return Explanation(verifies=False, findings=(_form(scheme),))

    keys = [_as_key(key, scheme) for key in case.keys]
    others = [_as_key(key, scheme) for key in case.others]
    best: Explanation | None = None
    for entry in signed.signatures:
        text = entry.decode(errors="surrogateescape")
        captured = replace(case.captured, signature=text, before=signed.before)
        explanation = explain(captured, keys, case.encoding, others)
        if best is None or (explanation.is_proven and not best.is_proven):
            best = explanation
    assert best is not None  # noqa: S101 - there is an entry
    return best


def _as_key(key: Key, scheme: Scheme) -> Key:
    """Return what a secret stands for; itself where it stands for nothing."""
    try:
        return key._replace(secret=key_of(key.secret, scheme.key))
    except BadKey:
        return key


def _form(scheme: Scheme) -> Oddity:
    entries = [f"{scheme.prefix}…"]
    if scheme.timestamp_prefix:
        entries.insert(0, f"{scheme.timestamp_prefix}…")
    form = scheme.separator.join(entries)
    return Oddity(
        f"the signature header is not written as the platform writes it: {form}",
        "compare it with what the sender sends; it may be another platform's, or cut off",
    )
