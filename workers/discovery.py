"""Finding consumers: in the modules that a command names, or in what installed packages offer."""

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, cast

from runtime.hiding import told_hidden
from workers.consumer import BadConsumer, Consumer
from workers.import_failure import failed_import

ENTRY_POINTS = "hookline.consumers"
_DEPTH = 5
"""Lists in lists, at most, that are looked through for consumers."""
_HOW = "decorate a handler with @consumer"

Found = tuple[str, list[Consumer[Any]]]
"""Where they were found, for messages, and the consumers."""


def load(modules: Iterable[str]) -> tuple[Consumer[Any], ...]:
    """Return the consumers that the modules hold, and with no module those of installed packages;
    raises BadConsumer.

    They may stand in a module by themselves, in a list or a dict, or in a class. The current
    directory is put at the end of `sys.path`, so that it hides no installed package.
    """
    if "" not in sys.path:
        sys.path.append("")

    found: dict[str, Consumer[Any]] = {}
    for source, held in _sources(modules):
        for one in held:
            first = found.setdefault(one.name, one)
            if first is not one:
                both = f"two consumers are called {one.name!r} (the second in {source})"
                raise BadConsumer(f"{both}; give one a name=")
    return tuple(found.values())


def _sources(modules: Iterable[str]) -> list[Found]:
    held = [_held(module) for module in modules]
    if held:
        return held

    offers = entry_points(group=ENTRY_POINTS)
    return [_offered(offer) for offer in offers]


def _held(module: str) -> Found:
    failed = f"module {module!r} cannot be imported"
    if not _is_importable(module):
        path = module.removesuffix(".py").strip("./")
        example = path.replace("/", ".") or "shop.main"
        raise BadConsumer(f"{failed}: write it as an import does, {example}")

    try:
        loaded = importlib.import_module(module)
    except BaseException as error:  # one that ends the process, too, must say whose it was
        why = failed_import(error, module)
        raise BadConsumer(f"{failed}: {why}") from error

    held = list(_consumers_in(loaded, module))
    if not held:
        package = _package_of(module)
        advice = told_hidden(package) or _HOW
        raise BadConsumer(f"module {module!r} holds no consumer; {advice}")
    return module, held


def _is_importable(module: str) -> bool:
    """Tell whether it is written as an import does, and not as a path."""
    if module.endswith(".py"):
        return False
    parts = module.split(".")
    return all(part.isidentifier() for part in parts)


def _package_of(module: str) -> str:
    package, _, _ = module.partition(".")
    return package


def _offered(point: EntryPoint) -> Found:
    package = "a package"
    if point.dist:
        package = point.dist.name
    source = f"entry point {point.name} = {point.value} of {package}"
    try:
        loaded = point.load()
    except BaseException as error:
        why = failed_import(error, point.module)
        raise BadConsumer(f"{source} cannot be loaded: {why}") from error

    held = list(_consumers_in(loaded, point.module))
    if not held:
        kind = type(loaded).__name__
        if isinstance(loaded, ModuleType):
            kind = "module"
        raise BadConsumer(
            f"{source} is a {kind} that holds no consumer; name a module that does, or the consumer"
        )
    return source, held


def _consumers_in(value: object, module: str, depth: int = 0) -> Iterator[Consumer[Any]]:
    """Yield the consumers in a module, a list, a dict, or a class of the module's own package."""
    kind = type(value)  # a proxy's `__class__` is not its own, and asking for it may raise
    if issubclass(kind, Consumer):
        yield cast("Consumer[Any]", value)
        return

    if depth <= _DEPTH:
        for one in _inside(value, module, depth):
            yield from _consumers_in(one, module, depth + 1)


def _inside(value: object, module: str, depth: int) -> Iterable[object]:
    """Return what may hold consumers. What fails when it is looked at holds none: settings not
    loaded yet, say.
    """
    with suppress(Exception):  # the module may hold anything of anybody's
        match value:
            case staticmethod():
                return [value.__func__]
            case ModuleType() if not depth:
                named = vars(value).items()
                return [one for name, one in named if not name.startswith("__")]
            case dict():
                return list(value.values())
            case list() | tuple() | set() | frozenset():
                return list(value)
            case type() if _package_of(str(value.__module__)) == _package_of(module):
                return list(vars(value).values())
    return ()
