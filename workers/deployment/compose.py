"""Crews for Compose: a service each."""

from collections.abc import Iterable, Mapping

from workers.deployment.crews import Crew
from workers.deployment.short_name import short_name
from workers.deployment.stopping import stopping
from workers.deployment.worker_settings import worker_settings
from workers.deployment.yaml_text import Value, yaml

HEAD = """\
# Written by `hookline-workers deploy compose`. Write it again when consumers have changed.
# It runs alone, or laid over another file:
#   docker compose -f compose.yaml -f workers.yaml up -d
#
# What it refers to and does not hold, so that no secret is in it:
#   worker_url, a file in SECRETS_FOLDER: the workers' HOOKLINE_AMQP_URL, which the container's
#     user can read
#   workers.env, where there is one: further settings, such as HOOKLINE_DECLARE
#
# More workers of one queue: --scale NAME=3. A worker that is told to end takes on nothing more and
# finishes what it has, in the time that the label hookline.grace explains.
"""
SECRET = "worker_url"  # noqa: S105 - the name of one, as in deploy/compose.yaml
NETWORKS: Mapping[str, Value] = {"broker": {}, "metrics": {"aliases": ["workers"]}}
"""Those of deploy/compose.yaml, whose Prometheus finds all workers by this name."""


def compose(app: str, crews: Iterable[Crew], *, image: str, drain_timeout: float) -> str:
    """Return a Compose file; the same input gives the same bytes."""
    services: dict[str, Value] = {}
    for crew in crews:
        services[short_name(crew.name)] = _service(app, crew, image, drain_timeout)

    whole: Value = {
        "services": services,
        "networks": {name: {} for name in NETWORKS},
        "secrets": {SECRET: {"file": f"${{SECRETS_FOLDER:-./compose/secrets}}/{SECRET}"}},
    }
    return f"{HEAD}{yaml(whole)}"


def _service(app: str, crew: Crew, image: str, drain_timeout: float) -> Value:
    stop = stopping(crew.longest_timeout, drain_timeout)
    return {
        "image": image,
        "command": ["hookline-workers", *crew.arguments],
        "env_file": [{"path": "workers.env", "required": False}],
        "environment": worker_settings(app, stop, f"/run/secrets/{SECRET}"),
        "secrets": [SECRET],
        "networks": NETWORKS,
        "labels": {"hookline.queues": crew.queues, "hookline.grace": stop.because},
        "restart": "unless-stopped",
        "stop_grace_period": f"{stop.grace}s",
        "read_only": True,
        "tmpfs": ["/tmp"],  # noqa: S108 - of this container alone
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "deploy": {"resources": {"limits": {"memory": "512M"}}},
    }
