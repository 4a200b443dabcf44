"""`hookline-ingress send`: post a file as the platform would."""

import argparse
from collections.abc import Coroutine, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from ingress.commands.chosen_app import chosen_app
from ingress.registration import App
from ingress.settings import SettingsError
from ingress.signature import sign
from runtime.exit_codes import DONE, FAILED


def run(apps: Mapping[str, App], arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Post the file that the arguments name; raises SettingsError where they do not fit."""
    app = chosen_app(apps, arguments.app)
    file: Path = arguments.file
    if not file.is_file():
        raise SettingsError(f"{file}: no such file")

    body = file.read_bytes()
    headers = _headers(app, arguments.topic, arguments.shop, body)
    headers["Content-Type"] = "application/json"
    if file.suffix == ".xml":
        headers["Content-Type"] = "application/xml"
    return _post(arguments.to, body, headers)


def _headers(app: App, topic: str, shop: str, body: bytes) -> dict[str, str]:
    """Return the headers that the app's platform would send, signed with its first secret."""
    platform = app.platform
    first_secret, *_ = app.secrets.values()
    signature = sign(body, first_secret, app.encoding)
    return {
        platform.topic_headers[0]: topic,
        platform.shop_headers[0]: shop,
        platform.signature_headers[0]: signature,
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
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        kind = type(error).__name__
        print(f"no answer from {url}: {kind}: {error}")
        return FAILED

    if answer.status == HTTPStatus.OK:
        return DONE
    return FAILED
