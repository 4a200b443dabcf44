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
from ingress.signing import CannotSay, signed_headers
from runtime.exit_codes import DONE, FAILED


def run(apps: Mapping[str, App], arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Post the file that the arguments name; raises SettingsError where they do not fit."""
    app = chosen_app(apps, arguments.app)
    file: Path = arguments.file
    if not file.is_file():
        raise SettingsError(f"{file}: no such file")
    if app.platform.shop_headers and not arguments.shop:
        raise SettingsError("--shop: say which shop the webhook is of")

    body = file.read_bytes()
    content_type = "application/json"
    if file.suffix == ".xml":
        content_type = "application/xml"

    try:
        headers = signed_headers(app, arguments.topic, arguments.shop, body, content_type)
    except CannotSay as error:
        raise SettingsError(f"{file}: {error}") from None
    return _post(arguments.to, body, headers)


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
