"""The command line of `hookline-workers deploy`: for which platform, and what each may be told."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from workers.deployment.cluster import BROKER

IMAGE = "hookline"
"""The name that the kustomization.yaml of deploy/kubernetes replaces by yours."""
COMPOSE_IMAGE = "${IMAGE:-hookline:dev}"
"""That of deploy/compose.yaml."""
MANAGEMENT = f"http://{BROKER}:15672/"
"""That of deploy/kubernetes/operators."""
PROGRAM = "/opt/hookline/current/bin/hookline-workers"
"""Where deploy/systemd/install.py puts it."""

Parser: TypeAlias = argparse.ArgumentParser


def add_deploy(commands: Any, add_choice: Callable[[Parser], None]) -> None:
    """Add the command to these; `add_choice` adds the arguments that choose consumers."""
    deploy = commands.add_parser("deploy", help="print what runs the workers elsewhere")
    platforms = deploy.add_subparsers(required=True, metavar="PLATFORM")
    for name, (text, add_options) in _PLATFORMS.items():
        platform = platforms.add_parser(name, help=text)
        platform.set_defaults(command=f"deploy {name}")
        add_choice(platform)
        platform.add_argument(
            "--together", action="store_true", help="one for all of these queues, not one for each"
        )
        add_options(platform)


def _add_kubernetes(platform: Parser) -> None:
    platform.add_argument(
        "--image", default=IMAGE, metavar="I", help=f"with your consumers in it ({IMAGE})"
    )
    platform.add_argument(
        "--management",
        type=_address,
        default=MANAGEMENT,
        metavar="URL",
        help=f"the broker's management API, as KEDA reaches it ({MANAGEMENT})",
    )
    platform.add_argument(
        "--prometheus",
        type=_address,
        metavar="URL",
        help="scale by how long webhooks wait, too, as this Prometheus knows it",
    )


def _add_compose(platform: Parser) -> None:
    platform.add_argument(
        "--image",
        default=COMPOSE_IMAGE,
        metavar="I",
        help=f"with your consumers in it ({COMPOSE_IMAGE})",
    )


def _add_systemd(platform: Parser) -> None:
    platform.add_argument(
        "--program",
        type=_absolute,
        default=PROGRAM,
        metavar="PATH",
        help=f"where hookline-workers is ({PROGRAM})",
    )
    platform.add_argument(
        "--to", type=Path, metavar="FOLDER", help="write files into it, /etc/systemd/system say"
    )


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        has_login = parts.username is not None
    except ValueError:
        is_address = False
        has_login = False

    if not is_address or any(one.isspace() for one in text):
        raise argparse.ArgumentTypeError("write it as http://host:port/")
    if has_login:
        raise argparse.ArgumentTypeError(
            "leave user and password out: they stand in a Secret, not in what is printed"
        )
    # Without it KEDA takes the virtual host for one without a name.
    return text if parts.path else f"{text}/"


def _absolute(text: str) -> str:
    if not text.startswith("/") or any(one.isspace() for one in text):
        raise argparse.ArgumentTypeError(f"{text!r} is no path from / on, without blanks")
    return text


_PLATFORMS: dict[str, tuple[str, Callable[[Parser], None]]] = {
    "kubernetes": ("a Deployment for each queue, scaled by KEDA", _add_kubernetes),
    "compose": ("a service for each queue", _add_compose),
    "systemd": ("a drop-in of hookline-worker@.service for each queue", _add_systemd),
}
