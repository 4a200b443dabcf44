"""Where this Hookline was installed from, so that a new project installs the same."""

import json
from importlib.metadata import distribution
from urllib.parse import unquote, urlsplit


def installed_from() -> str:
    """Return what pip takes: the path of a checkout or a wheel, else the version."""
    hookline = distribution("hookline")
    told = hookline.read_text("direct_url.json")
    if told is not None:
        url = urlsplit(json.loads(told)["url"])
        if url.scheme == "file":
            return unquote(url.path)
    return f"hookline=={hookline.version}"
