"""The shops whose subscriptions are looked after: TOML with a table [[shops]] for each."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingress.registration import App
from ingress.subscriptions.shop import Shop
from runtime.environment import from_files, not_known, read_text, why_unreadable
from runtime.setting_types import escaped, kind
from runtime.settings import ENVIRONMENT, Place, validated, wrong_value

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

        called = f"[[shops]] {number}, {shop.shop}"
        if shop.app is None and not is_only:
            problems.append(f'{called}: whose credential is it? say app = "{app.name}"')
        elif shop.app in (None, app.name):
            problems += _misplaced(called, shop.shop, app, found)
            found[shop.shop] = shop
    return list(found.values())


def _misplaced(called: str, shop: str, app: App, found: Mapping[str, Shop]) -> Iterator[str]:
    if shop in found:
        yield f"{called}: it is there twice"
    if not app.shops.fullmatch(shop):
        yield f"{called}: no shop of {app.name}, whose ingress would refuse it (HOOKLINE_SHOPS)"


def _tables(path: str, problems: list[str]) -> list[Any]:
    try:
        whole = tomllib.loads(read_text(path))
    except (OSError, ValueError) as error:
        problems.append(_wrong_file(path, why_unreadable(error)))
        return []
    except RecursionError:
        problems.append(_wrong_file(path, "lists or tables in it are nested too deeply"))
        return []

    tables = whole.pop("shops", None)
    problems += [f"{escaped(key)} in {escaped(path)}: nobody reads it; {_EXAMPLE}" for key in whole]
    if isinstance(tables, list) and tables:
        return tables

    problems.append(_wrong_file(path, f"no shop in it; {_EXAMPLE}"))
    return []


def _wrong_file(path: str, reason: str) -> str:
    return wrong_value(ENVIRONMENT, "shops_list", path, reason)


def _shop(number: int, table: Any, problems: list[str]) -> Shop | None:
    place = Place(f"[[shops]] {number} ", EXAMPLES)
    if not isinstance(table, Mapping):
        problems.append(f"[[shops]] {number}: a table is wanted, not {kind(table)}; {_EXAMPLE}")
        return None

    problems += _unknown(table, place)
    values = from_files(table, list(EXAMPLES), place, problems)
    return validated(Shop, values, problems, place)


def _unknown(keys: Iterable[str], place: Place) -> Iterator[str]:
    for key in keys:
        if key not in _KEYS:
            yield f"{not_known(key, _KEYS, place.before)}; a shop has shop, credential, app"
