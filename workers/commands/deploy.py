"""`hookline-workers deploy`: print what Kubernetes, Compose or systemd runs workers by."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from runtime.exit_codes import DONE, FAILED
from workers.consumer import Consumer
from workers.deployment.compose import compose
from workers.deployment.crews import Crew, crew_together, crews_apart
from workers.deployment.keda import Sources
from workers.deployment.kubernetes import kubernetes
from workers.deployment.systemd import as_one_text, drop_ins
from workers.settings import Settings


def deploy(
    settings: Settings, consumers: Sequence[Consumer[Any]], arguments: argparse.Namespace
) -> int:
    """Print what runs these consumers, or write it into a folder; return the exit code."""
    crews = _crews(settings.app, consumers, arguments)
    return _BY_COMMAND[arguments.command](settings, crews, arguments)


def _crews(
    app: str, consumers: Sequence[Consumer[Any]], arguments: argparse.Namespace
) -> list[Crew]:
    if not arguments.together:
        return crews_apart(app, arguments.module, consumers)

    whole = crew_together(
        app, arguments.module, consumers, names=arguments.consumer, topics=arguments.topic
    )
    return [whole]


def _kubernetes(settings: Settings, crews: list[Crew], arguments: argparse.Namespace) -> int:
    text = kubernetes(
        settings.app,
        crews,
        image=arguments.image,
        drain_timeout=settings.drain_timeout,
        sources=Sources(arguments.management, arguments.prometheus),
    )
    print(text, end="")
    return DONE


def _compose(settings: Settings, crews: list[Crew], arguments: argparse.Namespace) -> int:
    text = compose(settings.app, crews, image=arguments.image, drain_timeout=settings.drain_timeout)
    print(text, end="")
    return DONE


def _systemd(settings: Settings, crews: list[Crew], arguments: argparse.Namespace) -> int:
    files = drop_ins(crews, program=arguments.program, drain_timeout=settings.drain_timeout)
    if arguments.to is None:
        print(as_one_text(files), end="")
        return DONE

    for path, text in files.items():
        try:
            _write(arguments.to / path, text)
        except OSError as error:
            print(f"not written: {error}", file=sys.stderr)
            return FAILED
    return DONE


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    print(file)


_BY_COMMAND: dict[str, Callable[[Settings, list[Crew], argparse.Namespace], int]] = {
    "deploy kubernetes": _kubernetes,
    "deploy compose": _compose,
    "deploy systemd": _systemd,
}
