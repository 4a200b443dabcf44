"""How `serve` begins, in one process or in several."""

import structlog
from aiohttp import web

from ingress.settings import Settings
from runtime import logs
from runtime.exit_codes import FAILED
from runtime.lifetime import Ending, listen_for_signals
from runtime.service_links import tell_service_links

log = structlog.get_logger()


def begin(settings: Settings) -> Ending:
    """Log as the settings say, and listen for signals from here on."""
    as_json = settings.log_format == "json"
    logs.configure(as_json=as_json, level=settings.log_level)
    tell_service_links()

    longest = settings.drain_delay + settings.drain_timeout
    return listen_for_signals(longest)


async def serve_admin(admin: web.AppRunner, settings: Settings) -> int:
    """Serve the admin pages; return their port. Raises OSError where it is taken."""
    site = web.TCPSite(admin, settings.admin_host, settings.admin_port)
    await site.start()
    _, port, *_ = admin.addresses[0]
    return int(port)


def not_listening(settings: Settings, error: OSError) -> int:
    """Tell that a port is taken; return the exit code."""
    log.critical(
        "ingress.not_listening",
        error=str(error),
        port=settings.port,
        admin_port=settings.admin_port,
    )
    return FAILED
