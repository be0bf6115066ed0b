# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""People who do not exist: their names, ages and where they live. Pure."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from counterpoint.config.northmoor.story import Answers
from counterpoint.config.northmoor.town import Town

_COLLEGE, _SECONDARY = 16, 11
_WORKS = 19


@dataclass
class Names:
    """Deals full names, none twice, so that two people are taken for one only where the plan means it."""

    town: Town
    random: Random
    taken: set[tuple[str, str]] = field(default_factory=set)

    def deal(self, pronoun: str) -> tuple[str, str]:
        """A forename and a surname that nobody has yet."""
        while True:
            people = self.town.people
            forename = self.random.choice(people["forenames"][pronoun])
            surname = self.random.choice(people["surname_starts"]) + self.random.choice(people["surname_ends"])
            if (forename, surname) not in self.taken:
                self.taken.add((forename, surname))
                return forename, surname


def a_person(town: Town, random: Random, names: Names, *, pronoun: str, age: int, on: date) -> dict[str, Any]:
    """Everything that somebody could know of this person, whoever it is that writes."""
    forename, surname = names.deal(pronoun)
    ward = random.choice(town.wards)
    born = date(on.year - age - 1, 1, 1).toordinal() + random.randrange(1, 364)
    people = town.people
    return {
        "pronoun": pronoun,
        "forename": forename,
        "surname": surname,
        "age": age,
        "born_on": _born(date.fromordinal(born), age=age, on=on),
        "address": f"{random.randrange(1, 120)} {random.choice(town.streets)}, {ward.name}",
        "ward": ward.name,
        "postcode": f"{ward.district} {random.randrange(1, 10)}{_letter(random)}{_letter(random)}",
        "school": _school(town, random, age),
        "online": "_".join(
            [
                random.choice(people["online_starts"]),
                random.choice(people["online_ends"]),
                str(random.randrange(10, 9999)),
            ]
        ),
    }


def named_by_professional(random: Random, person: dict[str, Any]) -> Answers:
    """The person as somebody writes who meets them at work: mostly by full name, often with a date of birth."""
    answers: Answers = {}
    if random.random() < 0.93:
        answers |= {"person_forename": _value(person["forename"]), "person_surname": _value(person["surname"])}
        if random.random() < 0.62:
            born: date = person["born_on"]
            answers["person_born_on"] = _value({"year": born.year, "month": born.month, "day": born.day})
    if "person_born_on" not in answers:
        answers["person_age"] = _value({"years": person["age"], "estimated": random.random() < 0.25})
    if random.random() < 0.6:
        answers |= {"person_address": _value(person["address"]), "person_postcode": _value(person["postcode"])}
    if person["school"] and random.random() < 0.85:
        answers["person_school_now"] = _value(person["school"])
    if random.random() < 0.08:
        answers["person_online_name"] = _value(person["online"])
    return answers


def named_by_public(random: Random, person: dict[str, Any]) -> Answers:
    """The person as a relative or neighbour writes: a name more often than not, an age that may be a guess."""
    answers: Answers = {}
    if random.random() < 0.8:
        answers["person_forename"] = _value(person["forename"])
        if random.random() < 0.8:
            answers["person_surname"] = _value(person["surname"])
    answers["person_age"] = _value({"years": person["age"], "estimated": random.random() < 0.4})
    if random.random() < 0.5:
        answers["person_address"] = _value(person["ward"])
    if person["school"] and random.random() < 0.5:
        answers["person_school_work"] = _value(person["school"])
    return answers


def _value(value: Any) -> dict[str, Any]:
    return {"value": value}


def _letter(random: Random) -> str:
    return random.choice("ABDEFGHJLNPQRSTUWXYZ")


def _born(born: date, *, age: int, on: date) -> date:
    """A date of birth that gives this age on that day."""
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return born.replace(year=born.year + years - age, day=min(born.day, 28))


def _school(town: Town, random: Random, age: int) -> str:
    if age >= _WORKS:
        return ""
    kind = "college" if age >= _COLLEGE else "secondary" if age >= _SECONDARY else "primary"
    return random.choice(town.schools[kind])
