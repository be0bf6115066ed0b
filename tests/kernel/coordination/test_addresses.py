import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.kernel.coordination.addresses import canonical_address, canonical_sql

SAME = [
    ("https://www.northmoor.example/a/1?utm_source=x&utm_medium=y", "northmoor.example/a/1"),
    ("HTTP://Northmoor.Example:80/a/1/", "northmoor.example/a/1"),
    ("https://m.northmoor.example/a/1#comments", "northmoor.example/a/1"),
    ("//northmoor.example/a/1/amp", "northmoor.example/a/1"),
    ("https://northmoor.example/s?b=2&a=1&fbclid=zzz", "northmoor.example/s?a=1&b=2"),
    ("https://youtu.be/abc123", "youtube.com/watch?v=abc123"),
    ("https://www.youtube.com/watch?v=abc123&feature=share", "youtube.com/watch?v=abc123"),
    ("https://x.com/someone/status/7?s=20", "twitter.com/someone/status/7?s=20"),
    ("https://user:pass@northmoor.example/", "northmoor.example"),
    ("https://bit.ly/xyz", None),
    ("https://www.facebook.com/", None),
    ("not an address", None),
    ("mailto:someone@northmoor.example", None),
    ("http://localhost/x", None),
    ("", None),
]


def in_engine(address):
    return duckdb.execute(f"SELECT {canonical_sql('given')} FROM (SELECT ?::VARCHAR AS given)", [address]).fetchone()[0]


@pytest.mark.parametrize(("address", "canonical"), SAME)
def test_canonical_addresses(address, canonical):
    assert canonical_address(address) == canonical
    assert in_engine(address) == canonical


hosts = st.sampled_from(
    ["northmoor.example", "WWW.Northmoor.example.", "bit.ly", "t.me", "m.t.me", "youtu.be", "x.com", "a"]
)
queries = st.lists(st.sampled_from(["", "utm_source=1", "b=2", "A=1", "a=1", "ref=x", "q=%20", "fbclid"]), max_size=4)


@settings(max_examples=80, deadline=None)
@given(
    scheme=st.sampled_from(["https://", "http://", "//", "ftp://", " HTTPS://"]),
    host=hosts,
    path=st.sampled_from(["", "/", "/a", "/a//", "/A/amp/", "/amp", "/ünï"]),
    query=queries,
    fragment=st.sampled_from(["", "#x", "#?a=1"]),
)
def test_the_engine_agrees_with_plain_python(scheme, host, path, query, fragment):
    address = scheme + host + path + ("?" + "&".join(query) if query else "") + fragment
    assert in_engine(address) == canonical_address(address)
