"""`hookline-workers docs`: print AsyncAPI of the consumers, or write it with JSON Schemas."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runtime.exit_codes import DONE, FAILED
from workers.consumer import Consumer
from workers.docs.asyncapi import asyncapi
from workers.docs.files import as_text, files
from workers.settings import Settings


def docs(settings: Settings, consumers: Sequence[Consumer[Any]], folder: Path | None) -> int:
    """Tell other programs what these consumers read; return the exit code."""
    if folder is None:
        document = asyncapi(settings.app, consumers)
        print(as_text(document), end="")
        return DONE

    for path, text in files(settings.app, consumers).items():
        file = folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        except OSError as error:
            print(f"not written: {error}", file=sys.stderr)
            return FAILED
        print(file)
    return DONE
