"""Why a broker did not let us in, in one sentence that says what to look at.

No sentence holds a password.
"""

import socket
import ssl
from collections.abc import Iterator

from yarl import URL

from runtime.amqp.tap import Tap

TLS_RECORD = (b"\x15\x03", b"\x16\x03")
"""How an alert or a handshake of TLS begins."""

NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")
"""What the TLS library calls an answer that is none."""


_OF_AMQP = "does it speak AMQP on this port, or TLS (amqps://)?"


class NotLetIn(ConnectionError):
    """A node did not let us in; the sentence says why."""


def why_not(url: URL, error: BaseException, tap: Tap | None) -> str:
    """Say why this URL led to no connection."""
    if tap is not None:
        told = _told_by(tap, url)
        if told:
            return told

    for cause in _causes(error):
        meaning = _meaning_of(cause, url)
        if meaning:
            return meaning
    kind = type(error).__name__
    return f"{kind}: {error}"


def _told_by(tap: Tap, url: URL) -> str:
    """Return what the broker's own bytes say; an empty text where they say nothing."""
    if tap.refusal:
        user = url.user or "us"
        host = vhost(url)
        return f"the broker refuses {user} on virtual host {host!r}: {tap.refusal}"

    answers_in_tls = tap.first_bytes.startswith(TLS_RECORD)
    if answers_in_tls and url.scheme == "amqp":
        return "it speaks TLS on this port, and the URL begins with amqp://; make it amqps://"
    return ""


def vhost(url: URL) -> str:
    """Return the virtual host that the URL names."""
    name = url.path[1:]
    return name or "/"


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


_MEANINGS: tuple[tuple[type[BaseException], str], ...] = (
    (
        ssl.SSLCertVerificationError,
        "its certificate is not trusted ({error}); name its authority with ?cafile=",
    ),
    (
        ssl.SSLError,
        "TLS failed ({error}); does it want a certificate of ours (?certfile=, ?keyfile=)?",
    ),
    (socket.gaierror, "no such host"),
    (TimeoutError, "no answer in time"),
    (FileNotFoundError, "a file that the URL names is not there ({error})"),
    (ConnectionRefusedError, "nobody listens there (connection refused)"),
    (EOFError, f"it closed the connection without a word: {_OF_AMQP}"),
    (ConnectionResetError, f"it reset the connection: {_OF_AMQP}"),
)
"""What the first cause of a kind means, the particular before the general."""


def _meaning_of(error: BaseException, url: URL) -> str:
    """Return what an error means; an empty text where it says nothing to us."""
    is_tls_failure = isinstance(error, ssl.SSLError) and error.reason in NO_TLS
    if is_tls_failure and url.scheme == "amqps":
        advice = "make it amqp://, or name the port for TLS"
        return f"it speaks no TLS on this port, and the URL is amqps://; {advice}"

    for kind, sentence in _MEANINGS:
        if isinstance(error, kind):
            return sentence.format(error=error)
    return ""
