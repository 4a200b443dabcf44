"""A carrier to try `shop.dispatch` with: gives labels for parcels, and fails when it is told to.

python -m shop.carrier [FOLDER]

While there is a file `carrier.down` in the folder he answers 500, with `carrier.busy` 503. An order
of nothing he does not take. What he was asked for, and what he answered, is in `carrier.log`.
"""

import asyncio
import os
import sys
from pathlib import Path

from aiohttp import web


class Carrier:
    """Gives one label for each key, however often he is asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._labels: dict[str, str] = {}

    async def order(self, request: web.Request) -> web.Response:
        """Answer one order of a parcel."""
        wanted = await request.json()
        answer = self._answer(request.headers["Idempotency-Key"], wanted["items"])
        with (self._folder / "carrier.log").open("a") as log:
            log.write(f"{wanted['order']} {answer.status}\n")
        return answer

    def _answer(self, key: str, items: int) -> web.Response:
        if (self._folder / "carrier.down").exists():
            return web.Response(status=500)
        if (self._folder / "carrier.busy").exists():
            return web.Response(status=503, headers={"Retry-After": "1"})
        if not items:
            return web.Response(status=422, text="a parcel of nothing")

        label = self._labels.setdefault(key, f"P{len(self._labels) + 1:06}")
        return web.json_response({"label": label})


async def serve(folder: Path) -> None:
    """Take orders until somebody ends it; CARRIER_PORT is 8090 unless it is said."""
    app = web.Application()
    app.router.add_post("/parcels", Carrier(folder).order)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ.get("CARRIER_PORT", "8090"))).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
