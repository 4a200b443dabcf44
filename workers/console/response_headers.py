"""The headers of every answer of the console: nothing foreign runs, frames, indexes or learns."""

from collections.abc import Mapping

# `same-origin` and not `no-referrer`: with the latter browsers send `Origin: null` with our own
# forms, which then could not be told from those of others.
ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
WHERE_SECURE: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
NOT_KEPT = "no-store"
KEPT = "public, max-age=31536000, immutable"
"""Of what never changes under its address."""
