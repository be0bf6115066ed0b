"""A receipt is long enough, opens in every way that people type it, and says nothing frightening."""

import math
import string
import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.intake import receipts
from counterpoint.intake.receipt_words import places, words

secret = st.text(string.ascii_letters + string.digits + "_-", min_size=43, max_size=43)


def test_a_receipt_has_at_least_eighty_bits():
    assert len(words()) >= 1100
    assert receipts.WORDS * math.log2(len(words())) >= 80


def test_words_are_distinct_small_letters():
    assert len(set(words())) == len(words()) == len(places())
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words())


@pytest.mark.parametrize("unfit", ["kill", "widow", "trap", "hate", "blade", "islam", "evil", "grave", "wimp", "hurt"])
def test_no_word_would_frighten_or_hurt(unfit):
    assert unfit not in places()


def test_receipts_use_the_whole_list_evenly():
    drawn = [word for _ in range(4000) for word in receipts.receipt_words(receipts.new_receipt())]
    counts = {word: drawn.count(word) for word in words()}
    assert len(set(drawn)) == len(words())
    assert max(counts.values()) < 70  # 28.6 expected; a chance of about 1 in 10^7 that one of 1119 exceeds it


@given(secret)
def test_the_same_browser_gets_the_same_receipt_again(browser_secret):
    assert receipts.receipt_of(browser_secret) == receipts.receipt_of(browser_secret)
    assert receipts.read_receipt(receipts.receipt_of(browser_secret)) == receipts.receipt_of(browser_secret)


@given(secret, secret)
def test_two_browsers_get_two_receipts(one, other):
    assert (receipts.receipt_of(one) == receipts.receipt_of(other)) == (one == other)


def _in_digits_of(script: str, group: str) -> str:
    zero = {"arabic": 0x0660, "persian": 0x06F0, "latin": 0x30, "devanagari": 0x0966}[script]
    return "".join(chr(zero + int(digit)) for digit in group)


@given(
    st.integers(0, 2**256 - 1),
    st.sampled_from(["arabic", "persian", "latin", "devanagari"]),
    st.sampled_from([" ", "", "-", "  \n", "، ", ". "]),
)
def test_digits_open_the_same_mailbox_in_any_script_and_spacing(number, script, between):
    receipt = receipts._receipt_from(number)
    typed = between.join(_in_digits_of(script, group) for group in receipts.receipt_digits(receipt))
    assert receipts.read_receipt(typed) == receipt


@given(
    st.integers(0, 2**256 - 1),
    st.sampled_from([" ", "\n", ", ", " - ", "\u00a0", ".\u200f ", "; "]),
    st.sampled_from([str.upper, str.title, str.lower]),
    st.booleans(),
)
def test_words_in_any_case_spacing_and_punctuation(number, between, case, numbered):
    receipt = receipts._receipt_from(number)
    parts = [case(word) for word in receipts.receipt_words(receipt)]
    wide = "".join(unicodedata.normalize("NFKC", letter) for letter in between.join(parts))
    assert receipts.read_receipt(f"  {wide}{'.' if numbered else ''} ") == receipt


@given(st.text(max_size=500))
def test_any_text_is_read_or_refused(text):
    found = receipts.read_receipt(text)
    assert found is None or receipts.read_receipt(found) == found
    receipts.parts_not_understood(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acorn",
        " ".join(["acorn"] * 7),
        " ".join(["acorn"] * 9),
        "0000 " * 8,
        "1001 " * 8,
        "9" * 32,
        "acorn\x00" * 8 + "x",
        "²" * 32,
    ],
)
def test_what_cannot_be_a_receipt(text):
    assert receipts.read_receipt(text) is None


def test_it_says_which_part_is_odd():
    receipt = receipts.new_receipt().split()
    assert receipts.parts_not_understood(" ".join([*receipt[:2], "zzz", *receipt[3:]])) == (3,)
    digits = list(receipts.receipt_digits(" ".join(receipt)))
    digits[4] = str(int(digits[4]) + 1)
    assert receipts.parts_not_understood(" ".join(digits)) == (5,)


def test_a_single_mistyped_digit_hardly_ever_gives_another_code():
    codes = {1000 + 7 * place for place in range(len(words()))}
    slips = missed = 0
    for code in codes:
        for position in range(4):
            for digit in "0123456789":
                typed = f"{str(code)[:position]}{digit}{str(code)[position + 1 :]}"
                if typed != str(code):
                    slips += 1
                    missed += int(typed) in codes
    assert missed / slips < 0.06


def test_the_hash_finds_and_tells_nothing():
    receipt = receipts.new_receipt()
    assert receipts.receipt_hash(receipt) == receipts.receipt_hash(receipt)
    assert receipts.receipt_hash(receipt) != receipts.receipt_hash(receipts.new_receipt())
    assert len(receipts.receipt_hash(receipt)) == 32


def test_only_a_few_hashes_run_at_once_and_the_others_are_told_to_wait():
    inside, refused = [], []
    gate, leave = threading.Barrier(4, timeout=5), threading.Event()

    def hold():
        with receipts.hashing_slot():
            inside.append(1)
            gate.wait()
            leave.wait(5)

    holders = [threading.Thread(target=hold) for _ in range(3)]
    for holder in holders:
        holder.start()
    gate.wait()
    for _ in range(3):
        with pytest.raises(receipts.Busy) as error, receipts.hashing_slot():
            refused.append(1)
        assert error.value.retry_helps
    leave.set()
    for holder in holders:
        holder.join()
    assert len(inside) == 3
    assert not refused
    with receipts.hashing_slot():
        inside.append(1)


@given(st.text(max_size=60))
def test_only_what_we_made_counts_as_a_secret(text):
    assert not receipts.is_browser_secret(text) or len(text) == 43
    assert receipts.is_browser_secret(receipts.new_browser_secret())
