"""Kubernetes' service links: variables in every pod for each Service of the namespace.

For a Service `hookline-ingress` they begin with our prefix (`HOOKLINE_INGRESS_SERVICE_HOST`), and
for Services called `hookline` or `hookline-admin` one even has a setting's name:
`HOOKLINE_PORT=tcp://10.0.0.1:8080`. Nobody set these.
"""

import os
import re
from collections.abc import Mapping

import structlog

_SERVICE = r"HOOKLINE_(?:[A-Z0-9_]+_)?"
_NAMES = re.compile(
    rf"{_SERVICE}SERVICE_HOST"
    rf"|{_SERVICE}SERVICE_PORT(?:_[A-Z0-9_]+)?"
    rf"|{_SERVICE}PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?"
)
"""Names that no setting of ours has."""
_PORT = re.compile(rf"{_SERVICE}PORT")
_ADDRESS = re.compile(r"(?:tcp|udp|sctp)://\S+")
"""What stands in a variable of the name `_PORT`, where it is a link and no setting."""

log = structlog.get_logger()


def is_service_link(name: str, value: str) -> bool:
    """Tell whether a variable of the environment is one that Kubernetes made for a Service."""
    if _NAMES.fullmatch(name):
        return True

    if not _PORT.fullmatch(name):
        return False

    address = value.strip()
    return _ADDRESS.fullmatch(address) is not None


def service_links(environment: Mapping[str, str]) -> list[str]:
    """Return the names of the service links that begin with our prefix."""
    names = [name for name, value in environment.items() if is_service_link(name, value)]
    return sorted(names)


def tell_service_links(environment: Mapping[str, str] = os.environ) -> None:
    """Log, in one line, which variables were passed over; nothing where there are none."""
    names = service_links(environment)
    if names:
        log.info("settings.service_links_ignored", variables=names)
