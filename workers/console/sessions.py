"""Sessions: signed cookies, and the tokens of their forms. Pure but for what is drawn by lot.

    {name}.{id}.{ends, in seconds}.{HMAC-SHA256 of what stands before}      base64 for URLs

The key is drawn anew at each start: a restart ends all sessions, and nothing is kept of them but
those that were ended before their time.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

LASTS = 12 * 3_600.0
"""Seconds from a login on."""
MOST_ENDED = 10_000
"""Sessions ended before their time that are remembered, the latest."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in, until a moment in seconds since 1970."""

    name: str
    id: str
    ends: float


class Sessions:
    """Begins and ends sessions, and tells which still last."""

    def __init__(self, key: bytes = b"") -> None:
        self._key = key or secrets.token_bytes(32)
        self._ended: dict[str, float] = {}

    def begin(self, name: str, now: float) -> Session:
        """Begin one."""
        return Session(
            name,
            id=secrets.token_urlsafe(18),
            ends=now + LASTS,
        )

    def of_proxy(self, name: str) -> Session:
        """Return that of somebody for whom a proxy speaks with each request."""
        return Session(
            name,
            id=f"proxy {name}",
            ends=0.0,
        )

    def cookie(self, session: Session) -> str:
        """Write one as a cookie's value."""
        name = _text(session.name.encode())
        signed = f"{name}.{session.id}.{session.ends:.0f}"
        seal = self._seal("session", signed)
        return f"{signed}.{seal}"

    def read(self, cookie: str, now: float) -> Session | None:
        """Return the session of a cookie; None where we have not made it, or it has ended."""
        signed, _, seal = cookie.rpartition(".")
        right = self._seal("session", signed)
        if not _is_equal(seal, right):
            return None

        name, own_id, ends = signed.split(".")
        session = Session(
            name=_bytes(name).decode(),
            id=own_id,
            ends=float(ends),
        )
        if session.ends <= now:
            return None
        if session.id in self._ended:
            return None
        return session

    def end(self, session: Session) -> None:
        """End one before its time."""
        self._ended[session.id] = session.ends
        while len(self._ended) > MOST_ENDED:
            oldest = next(iter(self._ended))
            del self._ended[oldest]

    def token(self, session: Session) -> str:
        """Return what each form of the session carries, and no other site can know.

        It is another each time: pages are packed, and a packed page's length would tell of a token
        that stays, letter by letter, to whoever may put texts beside it.
        """
        salt = secrets.token_urlsafe(9)
        seal = self._seal(f"form {salt}", session.id)
        return f"{salt}.{seal}"

    def is_token(self, session: Session, given: str) -> bool:
        """Tell whether a form was one of this session's."""
        salt, _, seal = given.partition(".")
        right = self._seal(f"form {salt}", session.id)
        return _is_equal(seal, right)

    def _seal(self, purpose: str, text: str) -> str:
        said = f"{purpose} {text}"
        digest = hmac.digest(self._key, said.encode(), "sha256")
        return _text(digest)


def _is_equal(given: str, made: str) -> bool:
    return hmac.compare_digest(
        given.encode(errors="replace"),
        made.encode(),
    )


def _text(raw: bytes) -> str:
    padded = urlsafe_b64encode(raw)
    return padded.decode().rstrip("=")


def _bytes(text: str) -> bytes:
    missing = -len(text) % 4
    return urlsafe_b64decode(text + "=" * missing)
