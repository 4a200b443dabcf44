"""Short strings and tables that AMQP can carry, for Hypothesis."""

from hypothesis import strategies as st

from schemas.headers import Header

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
TABLE: st.SearchStrategy[dict[str, Header]] = st.dictionaries(
    TEXT.filter(lambda name: 0 < len(name.encode()) <= 128),
    TEXT | st.integers(-(2**63), 2**63 - 1),
    max_size=8,
)
SHORT = TEXT.filter(lambda text: len(text.encode()) <= 255)
