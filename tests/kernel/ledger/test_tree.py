"""The tree against a plain recursive twin, written from RFC 9162's definitions."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.kernel.ledger import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

entries = st.lists(st.binary(max_size=8), max_size=40)


def plain_root(data: list[bytes]) -> bytes:
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + plain_root(data[:k]) + plain_root(data[k:])).digest()


@given(entries)
def test_root_equals_the_definition(data):
    assert root_of(map(leaf_hash, data)) == plain_root(data)


def test_known_roots():
    # the test vectors that transparency logs share (certificate-transparency reference tree)
    data = [
        bytes.fromhex(h)
        for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    ]
    assert root_of(map(leaf_hash, data)).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(entries, st.integers(0, 40))
def test_a_frontier_put_away_and_taken_up_again_goes_on_alike(data, cut):
    leaves = [leaf_hash(entry) for entry in data]
    first = Frontier()
    for leaf in leaves[:cut]:
        first.append(leaf)
    second = Frontier(first.size, first.peaks)
    for leaf in leaves[cut:]:
        second.append(leaf)
    assert second.root() == root_of(leaves)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_inclusion_proofs_hold_and_only_for_their_leaf(data, draw):
    leaves = [leaf_hash(entry) for entry in data]
    index = draw.draw(st.integers(0, len(leaves) - 1))
    proof, root = inclusion_proof(index, leaves), root_of(leaves)
    assert verify_inclusion(leaves[index], index, len(leaves), proof, root)
    assert not verify_inclusion(leaf_hash(b"something else entirely"), index, len(leaves), proof, root)
    assert not verify_inclusion(leaves[index], index, len(leaves), [*proof, root], root)
    assert not verify_inclusion(leaves[index], len(leaves), len(leaves), proof, root)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_consistency_proofs_hold_and_fail_when_the_past_changed(data, draw):
    leaves = [leaf_hash(entry) for entry in data]
    old = draw.draw(st.integers(1, len(leaves)))
    proof, root = consistency_proof(old, leaves), root_of(leaves)
    assert verify_consistency(old, len(leaves), root_of(leaves[:old]), root, proof)
    forged = [leaf_hash(b"forged"), *leaves[1:old]]
    if forged != leaves[:old]:
        assert not verify_consistency(old, len(leaves), root_of(forged), root, proof)
        assert not verify_consistency(old, len(leaves), root_of(leaves[:old]), root_of(forged + leaves[old:]), proof)


def test_proofs_outside_the_tree_are_refused():
    with pytest.raises(IndexError):
        inclusion_proof(3, [b"x" * 32] * 3)
    with pytest.raises(IndexError):
        consistency_proof(4, [b"x" * 32] * 3)
    with pytest.raises(ValueError, match="peaks"):
        Frontier(3, [b"x" * 32])
    assert not verify_consistency(0, 3, EMPTY_ROOT, b"x" * 32, [])
    assert not verify_consistency(3, 5, b"x" * 32, b"y" * 32, [])
