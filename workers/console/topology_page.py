"""The page of the topology, drawn."""

from collections.abc import Mapping
from typing import Any

from workers.console.site import Asking, Site
from workers.console.topology_picture import drawn


async def topology(site: Site, _: Asking) -> Mapping[str, Any]:
    """Return what the page shows."""
    seen = site.watch.seen
    if seen is None:
        return {"picture": None}
    return {"picture": drawn(seen.table)}
