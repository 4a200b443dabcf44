"""What is known of a broker's version."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.amqp.versions import findings_of_version

VERSIONS = [
    ("3.9.29", "too old", True),
    ("3.10.0", "#7677", False),
    ("3.10.19", "#7677", False),
    ("3.10.20", "", False),
    ("3.11.11", "#7677", False),
    ("3.11.12", "", False),
    ("3.11.12-beta.1", "", False),
    ("3.12.0", "", False),
    ("4.0.5", "", False),
    ("4.3.6", "", False),
    ("3.10", "#7677", False),
    ("10.0.0", "", False),
    ("", "", False),
    ("latest", "", False),
]


@pytest.mark.parametrize(("version", "says", "is_wrong"), VERSIONS)
def test_a_version_with_a_known_fault_is_told_with_the_one_that_has_it_no_more(
    version: str, says: str, is_wrong: bool
) -> None:
    found = findings_of_version({"product": "RabbitMQ", "version": version})
    assert bool(says) == bool(found)
    for finding in found:
        assert says in finding.told
        assert version in finding.told
        assert "or later" in finding.way_out
        assert is_wrong == finding.is_wrong


def test_another_server_is_named() -> None:
    (finding,) = findings_of_version({"product": b"LavinMQ", "version": "2.0.0"})
    assert "LavinMQ" in finding.told
    assert not finding.is_wrong


anything = st.none() | st.integers() | st.text() | st.binary() | st.lists(st.integers())


@given(st.fixed_dictionaries({}, optional={"product": anything, "version": anything}))
def test_whatever_a_server_says_of_itself_does_not_raise(properties: dict[str, Any]) -> None:
    assert len(findings_of_version(properties)) <= 1
