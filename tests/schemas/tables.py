"""Header tables as anybody may have written them, for Hypothesis."""

from hypothesis import strategies as st

from schemas import headers as webhook_headers

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.datetimes()
    | st.text()
    | st.binary()
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


NAMES = [
    value
    for name, value in vars(webhook_headers).items()
    if name.isupper() and isinstance(value, str)
]
TABLES = st.dictionaries(
    st.sampled_from([*NAMES, "x-death", "http-x"]) | st.text(max_size=9), ANYTHING, max_size=9
)
