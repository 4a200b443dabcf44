"""`serve --processes N`: several processes that share the port."""

import os
from collections.abc import Sequence
from contextlib import ExitStack

import structlog

from ingress.commands.beginning import begin, not_listening, serve_admin
from ingress.commands.hang_up import at_hang_up
from ingress.settings import Settings
from runtime.admin import admin_pages
from runtime.environment import overriding
from runtime.handed_over import handed_over, kept_open
from runtime.ports import free_ports
from runtime.processes import Processes, child_command

log = structlog.get_logger()


async def in_many_processes(settings: Settings, arguments: Sequence[str], count: int) -> int:
    """Take in webhooks in processes that share the port; return the worst exit code."""
    asked = begin(settings)
    with ExitStack() as held:
        try:
            given = handed_over()
            port = held.enter_context(kept_open(given, settings.host, settings.port))
        except OSError as error:
            return not_listening(settings, error)

        environment = overriding(os.environ, admin_host="127.0.0.1", port=str(port))
        child = child_command("ingress", *arguments, "--processes", "1", "--shared")
        together = Processes(child, environment, free_ports(count), given)
        admin = admin_pages(together.why_not_ready, together.metrics_page)
        await admin.setup()

        try:
            admin_port = await serve_admin(admin, settings)
        except OSError as error:
            await admin.cleanup()
            return not_listening(settings, error)

        at_hang_up(together.hang_up)
        log.info("ingress.started", processes=count, port=port, admin_port=admin_port)
        try:
            return await together.run(asked)
        finally:
            await admin.cleanup()
