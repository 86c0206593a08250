"""Text that files and servers take."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.text import whole_text

ANY = st.text(alphabet=st.characters(), max_size=20)  # with halves of characters
VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), ANY),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ANY, inner, max_size=3)),
)


@given(text=ANY)
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_written_afterwards(text):
    whole = whole_text(text)
    assert whole.encode().decode() == whole and whole_text(whole) == whole
    kept = "".join(character for character in text if not "\ud800" <= character <= "\udfff")
    if len(kept) == len(text):
        assert whole == text


@given(text=st.text(max_size=20))
def test_halves_of_whole_characters_are_joined(text):
    data = text.encode("utf-16-le")
    halves = "".join(chr(int.from_bytes(data[start : start + 2], "little")) for start in range(0, len(data), 2))
    assert whole_text(halves) == text


@given(value=VALUES)
@settings(max_examples=200, deadline=None)
def test_every_text_in_a_value_is_whole(value):
    assert json.dumps(whole_text(value), ensure_ascii=False).encode()
