"""Passwords of the console's users: hashed with scrypt, and compared. Pure.

    scrypt.15.8.1.{salt}.{key}      2^15 rounds, blocks of 8, one lane; base64 for URLs, no padding

No character of it means anything to a shell, to an environment file or to the list of users.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from hashlib import scrypt

ROUNDS = 15
BLOCKS = 8
LANES = 1
SALT_BYTES = 16
KEY_BYTES = 32
MEMORY = 128 * 1024 * 1024
"""Bytes that one comparison may take; a hash that wants more is refused."""
MAX_ROUNDS = 17
MAX_BLOCKS = 16
MAX_LANES = 4
SHORTEST = 10
"""Characters of a password, at least."""
LONGEST = 1_024

_FORM = re.compile(r"scrypt\.(\d{1,2})\.(\d{1,2})\.(\d)\.([\w-]{10,90})\.([\w-]{20,90})", re.ASCII)


class BadHash(ValueError):
    """The text is no hash of ours."""


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """A hash, taken apart."""

    rounds: int
    blocks: int
    lanes: int
    salt: bytes
    key: bytes

    @classmethod
    def read(cls, text: str) -> "PasswordHash":
        """Read a hash; raises BadHash."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise BadHash("no hash as `hookline-workers console hash` makes it")

        rounds = int(match[1])
        blocks = int(match[2])
        lanes = int(match[3])
        asked = (
            (rounds, MAX_ROUNDS),
            (blocks, MAX_BLOCKS),
            (lanes, MAX_LANES),
        )
        for number, most in asked:
            if not 1 <= number <= most:
                raise BadHash("the hash asks for more memory or time than a login may take")
        return cls(
            rounds,
            blocks,
            lanes,
            salt=_bytes(match[4]),
            key=_bytes(match[5]),
        )

    def fits(self, password: str) -> bool:
        """Tell whether it is the hash of this password; takes a tenth of a second."""
        made = _key(password, self)
        return hmac.compare_digest(made, self.key)

    def __str__(self) -> str:
        """Write it as it is read."""
        salt = _text(self.salt)
        key = _text(self.key)
        return f"scrypt.{self.rounds}.{self.blocks}.{self.lanes}.{salt}.{key}"


def hashed(password: str) -> PasswordHash:
    """Return a hash of a password, with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    blank = PasswordHash(ROUNDS, BLOCKS, LANES, salt, bytes(KEY_BYTES))
    key = _key(password, blank)
    return PasswordHash(ROUNDS, BLOCKS, LANES, salt, key)


def nobodys() -> PasswordHash:
    """Return a hash that fits no password, to compare with where there is no such user: that takes
    as long as with a user's own.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    key = secrets.token_bytes(KEY_BYTES)
    return PasswordHash(ROUNDS, BLOCKS, LANES, salt, key)


def _key(password: str, how: PasswordHash) -> bytes:
    secret = password[:LONGEST].encode(errors="surrogatepass")
    return scrypt(
        secret,
        salt=how.salt,
        n=2**how.rounds,
        r=how.blocks,
        p=how.lanes,
        maxmem=MEMORY * 4,
        dklen=len(how.key),
    )


def _bytes(text: str) -> bytes:
    missing = -len(text) % 4
    try:
        return urlsafe_b64decode(text + "=" * missing)
    except BadBase64:
        raise BadHash("the hash is cut off, or has a character too many") from None


def _text(raw: bytes) -> str:
    padded = urlsafe_b64encode(raw)
    return padded.decode().rstrip("=")
