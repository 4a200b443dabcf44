"""`hookline-ingress explain`: why does a captured request not verify?"""

import argparse
from collections.abc import Coroutine, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ingress.commands.chosen_app import chosen_app
from ingress.explain import Captured, Explanation, Key
from ingress.explain_scheme import Case, explain_case
from ingress.explaining import file
from ingress.header_families import families
from ingress.platform import Claims, Platform
from ingress.registration import App
from ingress.settings import SettingsError, read_apps, read_platforms
from ingress.signature import Encoding
from runtime.exit_codes import DONE, FAILED


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Explain the file that the arguments name; raises SettingsError where they do not fit."""
    whole = _whole(arguments.file)
    configured = _configured(arguments)
    app = _app(arguments, configured)
    platform = app.platform
    encoding = app.encoding
    if arguments.platform is not None:
        platform = _platform(arguments.platform)
        encoding = platform.scheme.encodings[0]

    claims = _claims(whole, arguments, platform)
    captured = _captured(whole, arguments, claims.signature)
    others = _others(app, configured, is_given=bool(arguments.secret))
    case = Case(platform, claims, captured, _keys(app), others, encoding, app.address)
    return _tell(case, whole.note)


def _platform(name: str) -> Platform:
    platforms = read_platforms()
    if name not in platforms:
        known = ", ".join(platforms)
        raise SettingsError(f"--platform {name}: not known; there are {known}")
    return platforms[name]


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
        return App.model_construct(name="", secrets=secrets, encoding=Encoding.BASE64)

    like = chosen_app(configured, arguments.app)
    return like.model_copy(update={"secrets": secrets})


def _claims(whole: file.Whole, arguments: argparse.Namespace, platform: Platform) -> Claims:
    claims = platform.read(whole.headers)
    if arguments.signature is not None:
        return claims._replace(signature=arguments.signature)
    if not whole.headers:
        raise SettingsError("--signature: the file is a body; give the header's value too")
    return claims


def _captured(whole: file.Whole, arguments: argparse.Namespace, signature: str) -> Captured:
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


async def _tell(case: Case, note: str) -> int:
    """Print why the request verifies or does not; return the exit code."""
    body = case.captured.body
    size = len(body)
    digest = sha256(body).hexdigest()
    print(f"body: {size} bytes, SHA-256 {digest}")
    if note:
        print(f"note: {note}")

    explanation = explain_case(case)
    if explanation.verifies:
        print(
            f"verifies, with the secret {explanation.secret}; "
            "where it was refused, `code` of webhook.refused says what else was wrong"
        )
        if case.platform.scheme.is_timed:
            tolerance = case.platform.scheme.tolerance
            print(
                f"its time is signed too: it counts for {tolerance} s, then it is stale_signature"
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
