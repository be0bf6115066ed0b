"""What a leaf is made of, held against the package that writes canonical JSON."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.kernel.ledger.entries import canonical, leaf_bytes

FIELDS = st.text(st.characters(codec="ascii"), min_size=1)


@given(
    st.one_of(
        st.text(), st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.dictionaries(st.text(), st.text())
    )
)
def test_every_value_is_written_as_the_package_writes_it(value):
    assert canonical(value) == rfc8785.dumps(value)


def test_every_character_is_written_as_the_package_writes_it():
    for number in (*range(0xD800), *range(0xE000, 0x11000)):
        assert canonical(chr(number)) == rfc8785.dumps(chr(number)), hex(number)


def test_half_a_character_is_refused():
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical("\ud800")


@given(FIELDS, st.dictionaries(FIELDS, FIELDS))
def test_a_leaf_is_written_as_the_package_writes_it(entry_id, commitments):
    assert leaf_bytes(entry_id, commitments) == rfc8785.dumps({"id": entry_id, "fields": commitments})
