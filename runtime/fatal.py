"""What ends a process: told as one event, whichever command it is."""

import structlog

from runtime.amqp.declare import TopologyDiffersError
from runtime.amqp.tap import UnexpectedClientError
from runtime.exit_codes import FAILED

log = structlog.get_logger()


def tell_fatal(event: str, error: Exception) -> int:
    """Log the error that ends the process; return the exit code.

    `event` is the name of the line for an error that nobody expected.
    """
    match error:
        case TopologyDiffersError():
            log.critical("topology.differs", difference=str(error))
        case UnexpectedClientError():
            log.critical("client.unexpected", error=str(error))
        case _:
            text = f"{type(error).__name__}: {error}"
            log.critical(event, error=text, exc_info=error)
    return FAILED
