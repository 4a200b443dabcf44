"""The page that explains a signature: `hookline-ingress explain` is asked, in a process of its own.

The workers never import the ingress, and whoever runs consoles may keep the secrets from them: then
the command says what it misses.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from runtime.processes import child_command
from schemas.printable import printable
from workers.console.site import Asking, Site

MOST_TOLD = 20_000
"""Characters of what it says that are shown."""
MOST_SIGNATURE = 1_000
"""Characters of a signature that are told to it."""
WITHIN = 20.0
"""Seconds that it may take."""
AT_ONCE = asyncio.Semaphore(2)
LONG = "It took too long, and was ended."


async def explaining(site: Site, _: Asking) -> Mapping[str, Any]:
    """Return what the page shows before anything was asked."""
    return {"told": None, "app_name": site.settings.app}


async def explained(site: Site, request: web.Request) -> Mapping[str, Any]:
    """Return what the command says of what was filled in."""
    form = await request.post()
    body = _captured(form.get("file"), form.get("text"))
    signature = printable(str(form.get("signature", "")).strip())[:MOST_SIGNATURE]
    options = []
    if signature:
        options = [f"--signature={signature}"]

    async with AT_ONCE:
        told = await _asked(body, options)
    return {"told": told, "app_name": site.settings.app}


def _captured(file: object, text: object) -> bytes:
    if isinstance(file, FileField):
        content = file.file.read()
        if content:
            return content
    written = str(text or "")
    return written.encode()


async def _asked(body: bytes, options: list[str]) -> str:
    with tempfile.TemporaryDirectory(prefix="hookline-") as folder:
        file = Path(folder) / "captured"
        file.write_bytes(body)
        command = child_command("ingress", "explain", *options, "--", str(file))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(WITHIN):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return LONG

    told = said.decode(errors="replace").replace(str(file), "what was captured")
    return told[:MOST_TOLD]
