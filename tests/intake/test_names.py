"""Names, numbers and addresses written alike, whoever typed them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.intake.names import email_address, folded, name_parts, online_name, phone_number, postcode, sound

# these sound alike
ALIKE = [
    "Dafydd David",
    "Mohammed Muhammad Mohamed محمد",
    "Stephen Steven",
    "Catherine Kathryn Katherine",
    "Khan خان",
    "Yusuf يوسف",
    "Sean Séan",
    "Hussain Hussein Husain",
    "Phillips Philips Filips",
    "Siân Sian",
]
APART = ["Ahmed Mohammed", "Smith Jones", "Ann Tom", "Khan Cohen-Levi"]


@pytest.mark.parametrize("names", ALIKE)
def test_one_name_in_many_spellings_has_one_sound(names):
    assert len({sound(folded(name)) for name in names.split()}) == 1


@pytest.mark.parametrize("names", APART)
def test_other_names_sound_otherwise(names):
    assert len({sound(folded(name)) for name in names.split()}) == 2


# typed, as it is kept
WRITTEN = [
    (folded, "  Zoë  O’Brien-Smith ", "zoe obrien smith"),
    (folded, "ŁUKASZ Strauß", "lukasz strauss"),
    (name_parts, "Al-Khatib", ("khatib",)),
    (name_parts, "الخطيب", ("khtyb",)),
    (email_address, " Sam.Okonjo+School@Example.ORG ", "sam.okonjo@example.org"),
    (phone_number, "+44 7700 900123", "700900123"),
    (phone_number, "07700 900 123", "700900123"),
    (phone_number, "٠٧٧٠٠ ٩٠٠١٢٣", "700900123"),
    (online_name, "@Sam_of.Northmoor", "samofnorthmoor"),
    (postcode, "nm1 2ab", ("NM12AB", "NM1")),
    (postcode, "NM12", ("", "NM12")),
    (postcode, "75001", ("75001", "75001")),
]


@pytest.mark.parametrize(("write", "typed", "kept"), WRITTEN)
def test_written_alike(write, typed, kept):
    assert write(typed) == kept


@given(st.text())
def test_folding_never_fails_and_is_done_once(text):
    assert folded(folded(text)) == folded(text)
    for part in name_parts(text):
        assert sound(part) == sound(part)
    for write in (email_address, phone_number, online_name, postcode):
        write(text)
