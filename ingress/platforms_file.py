"""Platforms of a user's own: TOML with a table [platforms.NAME] for each."""

import tomllib
from collections.abc import Mapping
from typing import Any

from ingress.platform import Platform
from ingress.platform_table import EXAMPLES, PlatformTable
from ingress.platforms import PLATFORMS
from runtime.environment import not_known, read_text, why_unreadable
from runtime.setting_types import escaped, kind
from runtime.settings import ENVIRONMENT, Place
from runtime.wrong_settings import validated, wrong_value
from schemas.given_names import is_name

Platforms = Mapping[str, Platform]


def known_platforms(values: Mapping[str, Any], problems: list[str]) -> Platforms:
    """Return the platforms that there are, with those of the file that the settings name."""
    path = values.get("platforms_file")
    if path is None:
        return PLATFORMS

    own: dict[str, Platform] = {}
    for name, table in _tables(path, problems).items():
        platform = _platform(name, table, problems)
        if platform is not None:
            own[name] = platform
    return {**PLATFORMS, **own}


def _tables(path: str, problems: list[str]) -> dict[str, Any]:
    try:
        whole = tomllib.loads(read_text(path))
        tables = whole.pop("platforms", None)
        reason = "no table [platforms.NAME] in it"
        problems += [f"{escaped(key)} in {escaped(path)}: nobody reads it" for key in whole]
    except (OSError, ValueError) as error:
        tables = None
        reason = why_unreadable(error)
    except RecursionError:
        tables = None
        reason = "lists or tables in it are nested too deeply"

    if isinstance(tables, dict) and tables:
        return tables
    problems.append(wrong_value(ENVIRONMENT, "platforms_file", path, reason))
    return {}


def _platform(name: str, table: Any, problems: list[str]) -> Platform | None:
    shown = escaped(name)
    place = Place(f"[platforms.{shown}] ", EXAMPLES)
    if not is_name(name) or name in PLATFORMS:
        problems.append(f"{place.before}: a name of your own is wanted, of a-z 0-9 _ -")
        return None
    if not isinstance(table, Mapping):
        problems.append(f"{place.before}: a table is wanted, not {kind(table)}")
        return None

    unknown = [not_known(key, EXAMPLES, place.before) for key in table if key not in EXAMPLES]
    problems += unknown
    described = None
    if not unknown:
        described = validated(PlatformTable, table, problems, place)
    if described is None:
        return None

    wrong = described.contradictions()
    if wrong:
        problems.append(f"{place.before}{wrong}")
        return None
    return described.platform(name)
