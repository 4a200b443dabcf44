"""`hookline-ingress explain`: why does a captured request not verify?"""

import argparse
from collections.abc import Coroutine, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ingress.commands.chosen_app import chosen_app
from ingress.explain import Captured, Explanation, Key, explain
from ingress.explaining import file
from ingress.header_families import families
from ingress.platforms import PLATFORMS, Platform
from ingress.registration import App
from ingress.settings import SettingsError, read_apps
from ingress.signature import Encoding
from runtime.exit_codes import DONE, FAILED


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Explain the file that the arguments name; raises SettingsError where they do not fit."""
    whole = _whole(arguments.file)
    configured = _configured(arguments)
    app = _app(arguments, configured)
    platform = app.platform
    if arguments.platform is not None:
        platform = PLATFORMS[arguments.platform]

    captured = _captured(whole, arguments, platform)
    keys = _keys(app)
    others = _others(app, configured, is_given=bool(arguments.secret))
    return _tell(captured, keys, others, app.encoding, whole.note)


def _whole(path: Path) -> file.Whole:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    return file.read(content)


def _configured(arguments: argparse.Namespace) -> Mapping[str, App]:
    """Return the apps of the settings; where a secret is given, there need be none."""
    try:
        return read_apps()
    except SettingsError:
        if not arguments.secret:
            raise
        return {}


def _app(arguments: argparse.Namespace, configured: Mapping[str, App]) -> App:
    """Return the app of the settings, with the secrets that are given in place of its own."""
    if not arguments.secret:
        return chosen_app(configured, arguments.app)

    given = {f"secret-{number}": text for number, text in enumerate(arguments.secret, 1)}
    secrets = {name: text.encode(errors="surrogateescape") for name, text in given.items()}
    if arguments.app is None and len(configured) != 1:
        return App.model_construct(name="", secrets=secrets)

    like = chosen_app(configured, arguments.app)
    return like.model_copy(update={"secrets": secrets})


def _captured(whole: file.Whole, arguments: argparse.Namespace, platform: Platform) -> Captured:
    claims = platform.read(whole.headers)
    signature = claims.signature
    if arguments.signature is not None:
        signature = arguments.signature
    elif not whole.headers:
        raise SettingsError("--signature: the file is a body; give the header's value too")

    query = whole.query
    if arguments.query is not None:
        query = arguments.query
    names = [name for name, _ in whole.headers]
    return Captured(whole.body, signature, query, families(names))


def _keys(app: App) -> list[Key]:
    return [Key(name, secret) for name, secret in app.secrets.items()]


def _others(app: App, configured: Mapping[str, App], *, is_given: bool) -> list[Key]:
    """Return what may have signed in place of the app's secrets, or of those that are given."""
    asked_for = set(app.secrets.values())
    others: list[Key] = []
    for other in configured.values():
        owner = other.name
        if owner == app.name and is_given:
            owner = ""
        others += [
            Key(name, secret, owner)
            for name, secret in other.secrets.items()
            if secret not in asked_for
        ]
    return others


async def _tell(
    captured: Captured,
    keys: Sequence[Key],
    others: Sequence[Key],
    encoding: Encoding,
    note: str,
) -> int:
    """Print why the request verifies or does not; return the exit code."""
    size = len(captured.body)
    digest = sha256(captured.body).hexdigest()
    print(f"body: {size} bytes, SHA-256 {digest}")
    if note:
        print(f"note: {note}")

    explanation = explain(captured, keys, encoding, others)
    if explanation.verifies:
        print(
            f"verifies, with the secret {explanation.secret}; "
            "where it was refused, `code` of webhook.refused says what else was wrong"
        )
        return DONE

    print(_headline(explanation))
    for number, finding in enumerate(explanation.findings, 1):
        print(f"{number}. {finding.told}\n   {finding.way_out}")
    return FAILED


def _headline(explanation: Explanation) -> str:
    if not explanation.is_proven:
        return "does not verify; what may be wrong, the likeliest first:"
    if len(explanation.findings) == 1:
        return f"does not verify; with the secret {explanation.secret} it fits but for one thing:"

    count = len(explanation.findings)
    return f"does not verify; with the secret {explanation.secret} it fits but for {count} things:"
