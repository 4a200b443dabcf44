"""An error that ends a process is told as one event, by its kind; the exit code says failure."""

import pytest
from structlog.testing import capture_logs

from runtime.amqp.declare import TopologyDiffersError
from runtime.amqp.tap import UnexpectedClientError
from runtime.exit_codes import FAILED
from runtime.fatal import tell_fatal


def test_a_topology_that_differs_is_told_by_its_differences() -> None:
    with capture_logs() as logged:
        code = tell_fatal("worker.failed", TopologyDiffersError("queue a is missing"))

    assert FAILED == code
    expected = {
        "event": "topology.differs",
        "log_level": "critical",
        "difference": "queue a is missing",
    }
    assert [expected] == logged


def test_an_unexpected_client_is_told_with_what_to_install() -> None:
    with capture_logs() as logged:
        code = tell_fatal("worker.failed", UnexpectedClientError())

    assert FAILED == code
    (event,) = logged
    assert "client.unexpected" == event["event"]
    assert "critical" == event["log_level"]
    assert "requirements/run.txt" in event["error"]


@pytest.mark.parametrize("name", ["worker.failed", "ingress.failed"])
def test_any_other_error_is_told_under_the_commands_own_event_with_its_traceback(name: str) -> None:
    error = KeyError("lost")
    with capture_logs() as logged:
        code = tell_fatal(name, error)

    assert FAILED == code
    expected = {
        "event": name,
        "log_level": "critical",
        "error": "KeyError: 'lost'",
        "exc_info": error,
    }
    assert [expected] == logged
