import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.kernel.coordination.errors import BadOption
from counterpoint.kernel.coordination.identity import Identifiers, label_sql, pseudonym, pseudonym_sql


@settings(max_examples=50, deadline=None)
@given(
    name=st.text(min_size=1, max_size=50).filter(lambda text: "\0" not in text),
    key=st.binary(min_size=16, max_size=100),
)
def test_the_engine_computes_the_same_pseudonym(name, key):
    row = duckdb.execute(f"SELECT {pseudonym_sql('name', key=key)} FROM (SELECT ?::VARCHAR AS name)", [name]).fetchone()
    assert row == (pseudonym(name, key=key),)


def test_another_key_gives_another_pseudonym():
    assert pseudonym("northmoor_news", key=b"k" * 16) != pseudonym("northmoor_news", key=b"l" * 16)


def test_identifiers_are_shown_only_for_a_purpose():
    assert label_sql("account_id", Identifiers(b"", purpose="checking a test world")) == "account_id"
    assert "sha256" in label_sql("account_id", Identifiers(b"k" * 16))


def test_a_short_key_is_refused():
    with pytest.raises(BadOption, match="at least 16"):
        Identifiers(b"short")
