"""Which brokers count a message that is given back as failed."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from workers.broker.deliveries import Deliveries


@pytest.mark.parametrize(
    ("version", "counts"),
    [
        ("3.10.8", True),
        ("4.0.5", True),
        ("4.2.9", True),
        ("4.3.0", False),
        (b"4.3.6", False),
        ("4.10.1", False),
        ("5.0.0-beta.1", False),
        ("10.0", False),
        ("unknown", True),
        (None, True),
    ],
)
def test_a_nack_counts_before_4_3_and_where_nobody_knows(version: Any, counts: bool) -> None:
    properties = {} if version is None else {"version": version}
    connection = SimpleNamespace(server_properties=properties)
    channel = SimpleNamespace(number=1, connection=connection)
    tap = SimpleNamespace(channels={})
    deliveries = Deliveries(cast("Any", tap), cast("Any", channel), lambda *_: None)
    assert counts == deliveries.nack_counts
