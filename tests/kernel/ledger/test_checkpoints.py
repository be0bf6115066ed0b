"""Signed notes: what is signed opens, what is altered does not, and the form is the one other logs read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.kernel.ledger import CheckpointNotValid, CheckpointSigner, CheckpointVerifier, leaf_hash

signer = CheckpointSigner("northmoor.example/audit", b"s" * 32)
verifier = CheckpointVerifier(signer.verifier_line)


def test_a_signed_checkpoint_opens():
    note = signer.sign(5, leaf_hash(b"x"))
    opened = verifier.open(note)
    assert (opened.size, opened.root) == (5, leaf_hash(b"x"))
    assert note.splitlines()[:2] == ["northmoor.example/audit", "5"]
    assert note.splitlines()[4].startswith("— northmoor.example/audit ")


@given(st.data())
def test_any_altered_character_is_noticed(data):
    note = signer.sign(1234, leaf_hash(b"x"))
    at = data.draw(st.integers(0, len(note) - 2))  # the last line feed may be missing
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != note[at]))
    altered = note[:at] + other + note[at + 1 :]
    try:
        opened = verifier.open(altered)
    except CheckpointNotValid:
        return
    assert (opened.size, opened.root) == (1234, leaf_hash(b"x"))


@given(st.binary(min_size=32, max_size=32))
def test_every_key_survives_its_line(seed):
    made = CheckpointSigner("northmoor.example/audit", seed)
    assert CheckpointVerifier(made.verifier_line).open(made.sign(1, leaf_hash(b"x"))).size == 1


def test_another_logs_checkpoint_and_key_are_refused():
    other = CheckpointSigner("elsewhere.example/audit", b"s" * 32)
    with pytest.raises(CheckpointNotValid, match="another log"):
        verifier.open(other.sign(1, leaf_hash(b"x")))
    forged = CheckpointSigner("northmoor.example/audit", b"f" * 32).sign(1, leaf_hash(b"x"))
    with pytest.raises(CheckpointNotValid, match="signature"):
        verifier.open(forged)


@pytest.mark.parametrize("text", ["", "x", "a\nb\nc\n\n", "northmoor.example/audit\n-1\n!!\n\n— x y", "a\n1\nAA==\n"])
def test_what_is_no_checkpoint_is_refused_in_words(text):
    with pytest.raises(CheckpointNotValid):
        verifier.open(text)


@pytest.mark.parametrize("line", ["", "x", "a+b+c", "a+b+AQ==", "+++"])
def test_what_is_no_verifier_line_is_refused_in_words(line):
    with pytest.raises(CheckpointNotValid):
        CheckpointVerifier(line)
