"""Addresses that a platform posts to: whether two are the same, and how one is shown. Pure."""

from urllib.parse import SplitResult, urlsplit

from schemas.printable import MARK, cut, printable

_PORTS = {"http": 80, "https": 443}
_SHOWN = 160
"""Bytes of an address that are shown."""


def is_same(one: str, other: str) -> bool:
    """Tell whether both lead to the same place: case of the host and the usual port say nothing."""
    return one == other or _parts(one) == _parts(other)


def has_path_of(one: str, other: str) -> bool:
    """Tell whether both have the same path, whatever their hosts are."""
    path = _split(one).path
    return bool(path.strip("/")) and path == _split(other).path


def shown(address: str) -> str:
    """Return the address as it may be shown: without user and query, which may be secrets."""
    split = _split(address)
    _, _, host = split.netloc.rpartition("@")
    told = split._replace(netloc=host, query="", fragment="").geturl()
    if split.query or split.fragment:
        told = f"{told}?{MARK}"
    return cut(printable(told), _SHOWN)


def host_of(address: str) -> str:
    """Return the host, for a log: a path may be a secret too."""
    _, _, host = _split(address).netloc.rpartition("@")
    return cut(printable(host), _SHOWN)


def why_unusable(address: str) -> str:
    """Say why an app's address cannot be registered; nothing where it can."""
    split = _split(address)
    if split.scheme not in _PORTS or not split.netloc:
        return "an address begins with https:// and names a host"
    if "@" in split.netloc or split.query or split.fragment:
        return (
            "user, password, query and fragment have no place in it: whoever sees the list has it"
        )
    return ""


def _parts(address: str) -> tuple[str, str, int | None, str, str]:
    split = _split(address)
    host = split.hostname or ""
    try:
        port = split.port or _PORTS.get(split.scheme)
    except ValueError:  # no number: no other address is like it
        port = None
    return split.scheme, host, port, split.path, split.query


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # brackets that hold no address
        return SplitResult("", "", address, "", "")
