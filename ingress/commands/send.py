"""`hookline-ingress send`: post a file as the platform would."""

import argparse
from collections.abc import Coroutine, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp

from ingress.registration import App
from ingress.settings import SettingsError
from ingress.signature import sign
from runtime.exit_codes import DONE, FAILED


def run(apps: Mapping[str, App], arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Post the file that the arguments name; raises SettingsError where they do not fit."""
    app = _chosen(apps, arguments.app)
    if not arguments.file.is_file():
        raise SettingsError(f"{arguments.file}: no such file")

    body = arguments.file.read_bytes()
    is_xml = arguments.file.suffix == ".xml"
    content_type = "application/xml" if is_xml else "application/json"
    headers = _headers(app, arguments.topic, arguments.shop, body)
    return _post(arguments.to, body, headers | {"Content-Type": content_type})


def _chosen(apps: Mapping[str, App], name: str | None) -> App:
    """Return the app of this name; without a name, the only one."""
    known = ", ".join(apps)
    if name is None and len(apps) > 1:
        raise SettingsError(f"--app: say whose secret signs: {known}")
    if name is not None and name not in apps:
        raise SettingsError(f"--app {name}: not configured; there are {known}")

    if name:
        return apps[name]
    return next(iter(apps.values()))


def _headers(app: App, topic: str, shop: str, body: bytes) -> dict[str, str]:
    """Return the headers that the app's platform would send, signed with its first secret."""
    platform = app.platform
    in_order = iter(app.secrets.values())
    secret = next(in_order)
    return {
        platform.topic[0]: topic,
        platform.shop[0]: shop,
        platform.signature[0]: sign(body, secret, app.encoding),
    }


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post the body and print the answer; return the exit code."""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            text = await answer.text()
            print(answer.status, text.strip())
            return DONE if answer.status == HTTPStatus.OK else FAILED
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        print(f"no answer from {url}: {type(error).__name__}: {error}")
        return FAILED
