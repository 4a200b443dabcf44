"""What may be odd about the way in which a signature is written."""

from ingress.explaining.oddity import Oddity

DIGESTS = {20: "sha1", 28: "sha224", 32: "sha256", 48: "sha384", 64: "sha512"}
"""What makes a digest of so many bytes."""

HEX_FOR_BASE64 = Oddity(
    "the signature is in hex, and base64 is expected",
    "HOOKLINE_SIGNATURE=hex, where the platform really signs webhooks so: it signs query strings "
    "in hex with the same secret (deploy/SECURITY.md)",
)
BASE64_FOR_HEX = Oddity(
    "the signature is in base64, and hex is expected",
    "HOOKLINE_SIGNATURE=base64, or leave it out",
)
UPPER_HEX = Oddity(
    "the signature is in upper-case hex, and lower case is expected",
    "have the sender write it in lower case",
)
HEX_IN_BASE64 = Oddity(
    "the signature is the base64 of the digest's hex text, not of the digest itself",
    "have the sender encode the digest's bytes: digest(), not hexdigest()",
    2,
)
URL_SAFE = Oddity(
    "the signature is in URL-safe base64, with - and _ in place of + and /",
    "have the sender use the ordinary alphabet of base64",
)
UNPADDED = Oddity(
    "the signature does not end as base64 does: its = is missing, or one is too many",
    "have the sender write it as base64 does; something may have cut it on the way",
)
BLANKS = Oddity(
    "there are blanks or line ends around the signature",
    "have the sender strip it: Ruby's Base64.encode64 and `base64` in a shell end in a line end",
)
PERCENT = Oddity(
    "the signature is percent-encoded",
    "have the sender write it plainly: a header is no URL",
    2,
)
QUOTES = Oddity(
    "there are quotes around the signature",
    "have the sender leave them out; b'…' is how Python shows bytes: decode them first",
)
PREFIX = Oddity(
    "a word such as sha256= stands before the signature",
    "have the sender send the digest alone; GitHub and others write such a word, so it may be "
    "their webhook",
)
SEVERAL = Oddity(
    "the header holds more than one signature or field",
    "have the sender send one alone; a proxy may have added a header that was there already",
    2,
)
PLUS = Oddity(
    "blanks stand in the signature where + should",
    "send it in a header as it is: a form or a query makes blanks of +",
    2,
)
BROKEN = Oddity(
    "the signature is broken into lines",
    "have the sender write it in one: Ruby's strict_encode64, `base64 -w 0`",
    2,
)


def other_digest(size: int) -> Oddity:
    """Say that a digest has not the size of SHA-256's."""
    made_by = DIGESTS.get(size, "no digest that is known here")
    return Oddity(
        f"the signature holds {size} bytes, as of {made_by}, and those of sha256 are 32",
        "have the sender sign with HMAC-SHA256",
        2,
    )
