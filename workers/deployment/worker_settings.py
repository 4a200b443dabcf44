"""The settings that a worker in a container is told; the others are whoever deploys it's to say."""

from workers.deployment.stopping import Stopping

ADMIN_PORT = 9081
"""The same for all: each container has an address of its own."""


def worker_settings(app: str, stop: Stopping, url_file: str) -> dict[str, str]:
    """Return the environment of a worker. The broker's URL is secret: the file holds it."""
    return {
        "HOOKLINE_APP": app,
        "HOOKLINE_AMQP_URL_FILE": url_file,
        "HOOKLINE_ADMIN_HOST": "0.0.0.0",  # noqa: S104 - probes and Prometheus come from outside
        "HOOKLINE_ADMIN_PORT": str(ADMIN_PORT),
        "HOOKLINE_DRAIN_TIMEOUT": stop.drain_setting,
    }
