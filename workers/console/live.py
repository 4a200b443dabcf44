"""Pages that stay true: what has changed in them is sent as it changes (server-sent events).

    event: parts
    data: {"queues": "<table>…"}

The browser closes the line while the page is hidden, and opens it again. How long ago something was
it counts itself: for that alone nothing is sent.
"""

import asyncio
import json
import re
from collections.abc import Mapping

from aiohttp import web

from workers.console.guard import who_asks
from workers.console.pages_shown import ALWAYS, PAGES, followed
from workers.console.site import Asking, Site

MOST = 200
"""Pages that are kept true at once."""
NO_OFTENER = 0.5
"""Seconds between two sendings."""
SIGN_OF_LIFE = 15.0
"""Seconds after which something is sent though nothing has changed."""
SENT_WITHIN = 10.0
"""Seconds for a browser to take what is sent."""
_AGE = re.compile(r'(data-ago="[^"]*"[^>]*>)[^<]*')
"""What says how long ago something was; the moment itself stands in its attributes."""


class Live:
    """Sends to all who look what changes in their pages."""

    def __init__(self) -> None:
        self.count = 0
        """How many look now."""

    async def follow(self, site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
        """Send what changes in a page, until the browser closes it."""
        name = request.query.get("page", "")
        if name not in PAGES:
            raise web.HTTPNotFound
        if self.count >= MOST:
            raise web.HTTPServiceUnavailable(text="Too many pages are open.")

        answer = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        answer.content_type = "text/event-stream"
        await answer.prepare(request)
        self.count += 1
        try:
            await _send_on(site, asking, request, answer)
        except (ConnectionError, TimeoutError, web.HTTPException):
            pass  # it looks no more, or what it showed is gone: the browser asks again
        finally:
            self.count -= 1
        return answer


async def _send_on(
    site: Site, asking: Asking, request: web.Request, answer: web.StreamResponse
) -> None:
    name = request.query["page"]
    sent: dict[str, str] = {}
    count = site.news.count
    while not site.news.is_over and who_asks(site, request) is not None:
        parts = await _parts(site, asking, name)
        ageless = {part: _AGE.sub(r"\1", text) for part, text in parts.items()}
        changed = {part: parts[part] for part, text in ageless.items() if sent.get(part) != text}
        sent = ageless
        event = b": still here\n\n"
        if changed:
            event = f"event: parts\ndata: {json.dumps(changed)}\n\n".encode()

        async with asyncio.timeout(SENT_WITHIN):
            await answer.write(event)
        await asyncio.sleep(NO_OFTENER)
        count = await site.news.after(count, SIGN_OF_LIFE)


async def _parts(site: Site, asking: Asking, name: str) -> Mapping[str, str]:
    context = await followed(site, asking, name)
    wanted = (*ALWAYS, *PAGES[name].parts)
    made = site.rendered.parts(context)
    return {part: made(part) for part in wanted}
