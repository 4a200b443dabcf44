"""Which commands take a signal for a wish to stop from the first moment, and which are cut off by
it.
"""

import pytest

from runtime.start import _serves

CASES = [
    ("ingress", [], True),
    ("ingress", ["serve", "--processes", "2"], True),
    ("ingress", ["--processes", "2"], True),
    ("ingress", ["check"], False),
    ("ingress", ["send", "orders/create"], False),
    ("workers", ["run", "shop.consumers"], True),
    ("workers", ["dead-letters", "replay"], False),
    ("workers", [], False),
]


@pytest.mark.parametrize(("package", "arguments", "serves"), CASES)
def test_only_what_runs_until_it_is_stopped_takes_a_signal_for_success(
    package: str, arguments: list[str], *, serves: bool
) -> None:
    assert serves == _serves(package, arguments)
