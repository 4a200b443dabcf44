"""`hookline-ingress send`: post a file, or a sample, as the platform would."""

import argparse
from collections.abc import Coroutine, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from ingress.commands.chosen_app import chosen_app
from ingress.registration import App
from ingress.sampled import HERE, SHOP, sampled
from ingress.settings import SettingsError
from ingress.signing import CannotSay, signed_headers
from runtime.exit_codes import DONE, FAILED
from schemas.printable import printable, printable_block

JSON = "application/json"
XML = "application/xml"


def run(apps: Mapping[str, App], arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Post what the arguments name; raises SettingsError where they do not fit."""
    app = chosen_app(apps, arguments.app)
    made_of = _of_file if arguments.sample is None else _of_sample
    sent = made_of(app, arguments)

    try:
        headers = signed_headers(app, sent.topic, sent.shop, sent.body, sent.content_type)
    except CannotSay as error:
        raise SettingsError(f"{sent.source}: {error}") from None
    return _post(sent.to, sent.body, headers)


class _Sent(NamedTuple):
    """What is posted, from where, and to where."""

    source: str
    topic: str
    shop: str
    body: bytes
    content_type: str
    to: str


def _of_sample(app: App, arguments: argparse.Namespace) -> _Sent:
    topic = arguments.sample
    if arguments.topic is not None:
        raise SettingsError("--sample stands in place of TOPIC and FILE: leave them out")

    body = sampled(topic, arguments.changes)
    to = arguments.to or f"{HERE}/webhooks/{app.name}"
    return _Sent(f"--sample {topic}", topic, arguments.shop or SHOP, body, JSON, to)


def _of_file(app: App, arguments: argparse.Namespace) -> _Sent:
    needed = {"TOPIC": arguments.topic, "FILE": arguments.file, "--to": arguments.to}
    missing = [name for name, given in needed.items() if given is None]
    if missing:
        raise SettingsError(f"say also {', '.join(missing)}; or send --sample orders/create")
    if arguments.changes:
        raise SettingsError("--set changes a sample; of a file, change the file")

    file: Path = arguments.file
    if not file.is_file():
        raise SettingsError(f"{file}: no such file")
    if app.platform.shop_headers and not arguments.shop:
        raise SettingsError("--shop: say which shop the webhook is of")

    kind = XML if file.suffix == ".xml" else JSON
    body = _read(file)
    return _Sent(str(file), arguments.topic, arguments.shop, body, kind, arguments.to)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post the body and print the answer; return the exit code."""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            text = await answer.text()
            print(answer.status, printable_block(text.strip()))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        kind = type(error).__name__
        print(printable(f"no answer from {url}: {kind}: {error}"))
        return FAILED

    if answer.status == HTTPStatus.OK:
        return DONE
    return FAILED
