"""Where a request comes from: its sender's address, its site, and what its proxy says. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a request's way; `user` is whom the proxy names, empty where none does."""

    address: str
    host: str
    is_secure: bool
    user: str


@dataclass(frozen=True, slots=True)
class Proxies:
    """Which peers are believed what they say of others, and in which header they name a user."""

    networks: Sequence[Network]
    user_header: str = ""

    def origin(self, peer: str, headers: Mapping[str, str], *, is_secure: bool) -> Origin:
        """Return where a request with these headers comes from."""
        host = headers.get("Host", "")
        if not self._are_those_of(peer):
            return Origin(peer, host, is_secure, "")

        before = headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        scheme = headers.get("X-Forwarded-Proto", "").strip().lower()
        user = ""
        if self.user_header:
            user = headers.get(self.user_header, "").strip()
        return Origin(
            address=before or peer,
            host=headers.get("X-Forwarded-Host", host),
            is_secure=scheme == "https" if scheme else is_secure,
            user=user,
        )

    def _are_those_of(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.networks)


def is_own_site(headers: Mapping[str, str], host: str) -> bool:
    """Tell whether a form was sent by a page of ours, as the browser says.

    Who says nothing of where it comes from is no browser of today's, and is not believed.
    """
    said = headers.get("Origin")
    if said is not None:
        return bool(host) and _host_of(said) == host
    return headers.get("Sec-Fetch-Site") == "same-origin"


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
