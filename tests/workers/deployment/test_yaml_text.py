"""YAML: whatever is written is read again as it was, and looks as people write it."""

import pytest
import yaml as reader
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import always_the_same, share_of
from workers.deployment.yaml_text import Value, yaml

LOOKS: list[tuple[Value, str]] = [
    ({"name": "erp", "port": 9081, "on": True}, "name: erp\nport: 9081\n'on': true\n"),
    ({"args": ["run", "--topic", "orders/*"]}, "args:\n  - run\n  - '--topic'\n  - 'orders/*'\n"),
    (
        {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "no"}]},
        "env:\n  - name: A\n    value: '1'\n  - name: B\n    value: 'no'\n",
    ),
    ({"a": {"b": {}}, "c": []}, "a:\n  b: {}\nc: []\n"),
    ({"query": """it's "quoted" """}, "query: 'it''s \"quoted\" '\n"),
    ({"two": "lines\nof it"}, 'two: "lines\\nof it"\n'),
    ({"nothing": ""}, "nothing: ''\n"),
]

texts = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])) | st.sampled_from(
    [
        "yes",
        "NO",
        "null",
        "~",
        "1e3",
        "0x1",
        "1_000",
        "2026-01-01",
        "1:30",
        "=",
        "<<",
        ".inf",
        "-",
        "a: b",
        "# no",
    ]
)
keys = texts.filter(lambda key: len(key) < 100)  # a key has at most 1024 bytes in YAML
values = st.recursive(
    texts | st.integers() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner),
    max_leaves=30,
)


@pytest.mark.parametrize(("value", "text"), LOOKS)
def test_it_looks_as_people_write_it(value: Value, text: str) -> None:
    assert text == yaml(value)
    assert value == reader.safe_load(text)


@always_the_same(share_of(300))
@given(values)
def test_whatever_is_written_is_read_as_it_was(value: Value) -> None:
    assert value == reader.safe_load(yaml(value))
