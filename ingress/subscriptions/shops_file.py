"""The shops whose subscriptions are looked after: TOML with a table [[shops]] for each."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingress.registration import App
from ingress.subscriptions.shop import Shop
from runtime.environment import from_files, not_known, read_text, why_unreadable
from runtime.setting_types import escaped, kind
from runtime.settings import ENVIRONMENT, Place
from runtime.wrong_settings import validated, wrong_value

EXAMPLES = {
    "shop": '"johns-apparel.spiffystores.com"',
    "credential": '"a token", or "key:password"; or credential_file = "/run/secrets/johns-apparel"',
    "app": '"spiffy"',
}
"""What a table says."""
_KEYS = [*EXAMPLES, *(f"{key}_file" for key in EXAMPLES)]
_EXAMPLE = 'each shop is a table [[shops]] with shop = "…" and credential = "…"'


def shops_of_file(path: str, app: App, *, is_only: bool, problems: list[str]) -> list[Shop]:
    """Return the app's shops of the file; what is wrong is added to the problems.

    `is_only`: where no other app is configured, a table need not say whose it is.
    """
    found: dict[str, Shop] = {}
    for number, table in enumerate(_tables(path, problems), 1):
        shop = _shop(number, table, problems)
        if shop is None:
            continue

        name = shop.shop
        called = f"[[shops]] {number}, {name}"
        if shop.app is None and not is_only:
            wanted = f'say app = "{app.name}"'
            problems.append(f"{called}: whose credential is it? {wanted}")
        elif shop.app in (None, app.name):
            problems += _misplaced(called, name, app, found)
            found[name] = shop
    return list(found.values())


def _misplaced(called: str, shop: str, app: App, found: Mapping[str, Shop]) -> Iterator[str]:
    if shop in found:
        yield f"{called}: it is there twice"
    if not app.shops.fullmatch(shop):
        yield f"{called}: no shop of {app.name}, whose ingress would refuse it (HOOKLINE_SHOPS)"


def _tables(path: str, problems: list[str]) -> list[Any]:
    try:
        text = read_text(path)
        whole = tomllib.loads(text)
    except (OSError, ValueError) as error:
        reason = why_unreadable(error)
        problems.append(_wrong_file(path, reason))
        return []
    except RecursionError:
        problems.append(_wrong_file(path, "lists or tables in it are nested too deeply"))
        return []

    tables = whole.pop("shops", None)
    problems += [_read_by_nobody(key, path) for key in whole]
    if isinstance(tables, list) and tables:
        return tables

    problems.append(_wrong_file(path, f"no shop in it; {_EXAMPLE}"))
    return []


def _wrong_file(path: str, reason: str) -> str:
    return wrong_value(ENVIRONMENT, "shops_list", path, reason)


def _read_by_nobody(key: str, path: str) -> str:
    shown = escaped(key)
    file = escaped(path)
    return f"{shown} in {file}: nobody reads it; {_EXAMPLE}"


def _shop(number: int, table: Any, problems: list[str]) -> Shop | None:
    place = Place(f"[[shops]] {number} ", EXAMPLES)
    if not isinstance(table, Mapping):
        wrong = f"a table is wanted, not {kind(table)}"
        problems.append(f"[[shops]] {number}: {wrong}; {_EXAMPLE}")
        return None

    problems += _unknown(table, place)
    values = from_files(table, list(EXAMPLES), place, problems)
    return validated(Shop, values, problems, place)


def _unknown(keys: Iterable[str], place: Place) -> Iterator[str]:
    for key in keys:
        if key not in _KEYS:
            told = not_known(key, _KEYS, place.before)
            yield f"{told}; a shop has shop, credential, app"
