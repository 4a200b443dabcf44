"""Headers travel in one frame: whatever there is of them fits the broker's, and what is ours is
never left out.
"""

from hypothesis import given
from hypothesis import strategies as st

from runtime.amqp import frames
from runtime.amqp.fit import BESIDE, fitted
from schemas import headers as webhook_headers
from schemas.headers import Header
from schemas.properties import Properties

OWN: dict[str, Header] = {
    webhook_headers.ID: "i" * 200,
    webhook_headers.SHOP: "s" * 253,
    webhook_headers.RECEIVED: 1,
    webhook_headers.ATTEMPT: 3,
}


@given(
    st.sampled_from([4_096, 8_192, 131_072, 0]),
    st.dictionaries(
        st.text(min_size=1, max_size=60).map("http-{}".format), st.text(max_size=9_000), max_size=8
    ),
    st.text(max_size=9_000),
    st.text(max_size=1_100),
)
def test_headers_fit_a_frame_of_any_size(
    limit: int, carried: dict[str, str], traceback: str, error: str
) -> None:
    headers = fitted(
        carried | OWN | {webhook_headers.TRACEBACK: traceback, webhook_headers.ERROR: error}, limit
    )
    longest = "x" * 255
    properties = Properties(longest, longest, longest, 0, headers)
    frames.content(1, properties, longest, b"", limit or 131_072)  # raises where they do not fit
    assert OWN.items() <= headers.items()


def test_what_fits_stays_as_it_is() -> None:
    headers = OWN | {"http-x": "y", webhook_headers.TRACEBACK: "short"}
    assert headers == fitted(headers, 4_096)


def test_a_traceback_that_is_cut_keeps_its_beginning_and_its_end() -> None:
    cut = str(
        fitted({webhook_headers.TRACEBACK: "begin" + "é" * 8_000 + "end"}, 4_096)[
            webhook_headers.TRACEBACK
        ]
    )
    assert cut.startswith("beginé")
    assert cut.endswith("éend")
    assert len(cut.encode()) <= 4_096 - BESIDE
