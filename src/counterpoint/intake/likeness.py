"""When two reports may be about the same person: which features must agree together, and what the page calls them.
Pure; keeps nothing, and gives no score: a combination of the table agrees or it does not.

1. `index_values` makes of one person's features the values that are hashed into the blind index, one set for each
   combination of the table.
2. Whoever shares a value is a candidate. `reasons` then compares the two, opened in memory, feature by feature, and
   gives those that agree, in words; none when no combination of the table holds after all, or something contradicts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

from rapidfuzz import fuzz

from counterpoint.intake.names import email_address, folded, name_parts, online_name, phone_number, postcode, sound
from counterpoint.kernel.questions import MatchAs

_SHORTEST_ONLINE_NAME = 5  # shorter ones are anybody's
_SHORTEST_PHONE = 7
_ALIKE = 80  # of 100, by rapidfuzz: one or two letters in a name of usual length
_ALIKE_IF_IT_SOUNDS_ALIKE = 60  # Arabic script leaves vowels out; Ceri and Kerry share three letters of five
_PART_ALIKE = 66  # one part of a name, where everything else agrees
_MOST_VARIANTS = 6  # of a name, however many other names were given


@dataclass(frozen=True)
class Person:
    """What one report says by which a person may be recognised, normalised. Empty where nothing was said."""

    forenames: tuple[str, ...] = ()  # given name and other names, folded, each a whole text
    surname: str = ""
    born_on: str = ""  # whole ISO date
    birth_years: frozenset[int] = frozenset()
    postcode: str = ""
    district: str = ""
    email: str = ""
    phone: str = ""
    handle: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Whole names: each forename with the surname, parts sorted, so that swapped fields do not matter."""
        given = self.forenames if self.surname else tuple(name for name in self.forenames if " " in name)
        return tuple(" ".join(sorted(f"{name} {self.surname}".split())) for name in given)[:_MOST_VARIANTS]


def person_from(keys: Mapping[MatchAs, str], *, received_on: date) -> Person:
    """The normalised features of the answers that match (`kernel.questions.match_keys`)."""
    forenames = tuple(
        dict.fromkeys(
            " ".join(parts)
            for match_as in (MatchAs.FORENAME, MatchAs.KNOWN_AS)
            for text in keys.get(match_as, "").split(",")
            if (parts := name_parts(text))
        )
    )
    whole, district = postcode(keys[MatchAs.POSTCODE]) if MatchAs.POSTCODE in keys else ("", "")
    born_on = keys.get(MatchAs.BORN_ON, "")
    return Person(
        forenames=forenames,
        surname=" ".join(name_parts(keys.get(MatchAs.SURNAME, ""))),
        born_on=born_on if len(born_on) == len("2000-01-01") else "",
        birth_years=_birth_years(keys, received_on),
        postcode=whole,
        district=district,
        email=email_address(keys[MatchAs.EMAIL]) if MatchAs.EMAIL in keys else "",
        phone=_long_enough(phone_number(keys.get(MatchAs.PHONE, "")), _SHORTEST_PHONE),
        handle=_long_enough(online_name(keys.get(MatchAs.HANDLE, "")), _SHORTEST_ONLINE_NAME),
    )


Atom = Callable[[Person], frozenset[str]]


def _one(text: str) -> frozenset[str]:
    return frozenset({text}) if text else frozenset()


def _sounds(person: Person) -> frozenset[str]:
    return frozenset(" ".join(sorted(sound(part) for part in name.split())) for name in person.names)


def _forename_sounds(person: Person) -> frozenset[str]:
    return frozenset(sound(name.split()[0]) for name in person.forenames[:_MOST_VARIANTS])


def _surname_sound(person: Person) -> frozenset[str]:
    return _one(" ".join(sound(part) for part in person.surname.split()))


def _years(person: Person) -> frozenset[str]:
    return frozenset(str(year) for year in person.birth_years)


@dataclass(frozen=True)
class Combination:
    """Features that are strong enough together. `atoms` are hashed together into the index; `agree` must hold when the
    two are compared (names from `_AGREEMENTS`). few_only: counts only while few people here share the value."""

    id: str
    atoms: tuple[Atom, ...]
    agree: frozenset[str]
    why: str
    few_only: bool = False


COMBINATIONS: tuple[Combination, ...] = (
    Combination("email", (lambda p: _one(p.email),), frozenset({"email"}), "an address is one person's"),
    Combination("phone", (lambda p: _one(p.phone),), frozenset({"phone"}), "a number is one person's or one family's"),
    Combination(
        "handle", (lambda p: _one(p.handle),), frozenset({"handle"}), "a name online is chosen to be one's own"
    ),
    Combination(
        "name_born_on", (_sounds, lambda p: _one(p.born_on)), frozenset({"name", "born_on"}), "name and date of birth"
    ),
    Combination(
        "surname_born_on",
        (_surname_sound, lambda p: _one(p.born_on)),
        frozenset({"surname", "forename_like", "born_on"}),
        "a forename written otherwise, the rest the same",
    ),
    Combination(
        "forename_born_on",
        (_forename_sounds, lambda p: _one(p.born_on)),
        frozenset({"forename", "surname_like", "born_on"}),
        "a surname written otherwise, the rest the same",
    ),
    Combination(
        "name_postcode", (_sounds, lambda p: _one(p.postcode)), frozenset({"name", "postcode"}), "name and address"
    ),
    Combination(
        "name_year_district",
        (_sounds, _years, lambda p: _one(p.district)),
        frozenset({"name", "age", "district"}),
        "name, age and part of town",
    ),
    Combination(
        "surname_year_postcode",
        (_surname_sound, _years, lambda p: _one(p.postcode)),
        frozenset({"surname", "forename_like", "age", "postcode"}),
        "a forename written otherwise, at one address and of one age",
    ),
    Combination(
        "forename_year_postcode",
        (_forename_sounds, _years, lambda p: _one(p.postcode)),
        frozenset({"forename", "surname_like", "age", "postcode"}),
        "a surname written otherwise, at one address and of one age",
    ),
    Combination(
        "surname_year_district",
        (_surname_sound, _years, lambda p: _one(p.district)),
        frozenset({"name", "surname", "age", "district"}),
        "a forename written otherwise, of one age and part of town",
    ),
    Combination(
        "forename_year_district",
        (_forename_sounds, _years, lambda p: _one(p.district)),
        frozenset({"name", "forename", "age", "district"}),
        "a surname written otherwise, of one age and part of town",
    ),
    Combination(
        "surname_year",
        (_surname_sound, _years),
        frozenset({"name", "surname", "age"}),
        "a forename written otherwise, of one age, where few share surname and age",
        few_only=True,
    ),
    Combination(
        "name_year", (_sounds, _years), frozenset({"name", "age"}), "name and age, where few share them", few_only=True
    ),
    Combination(
        "name_district",
        (_sounds, lambda p: _one(p.district)),
        frozenset({"name", "district"}),
        "name and part of town, where few share them",
        few_only=True,
    ),
    Combination(
        "name",
        (lambda p: frozenset(p.names),),
        frozenset({"same_name"}),
        "the very same name, where few have it and nothing else is known",
        few_only=True,
    ),
)

# What is read on the page for each agreement.
WORDS: Mapping[str, str] = {
    "email": "e-mail address",
    "phone": "phone number",
    "handle": "name used online",
    "same_name": "name",
    "name": "name, spelt a little differently",
    "born_on": "date of birth",
    "born_on_like": "date of birth, nearly",
    "age": "age, within a year or two",
    "postcode": "postcode",
    "district": "part of town",
}


def index_values(person: Person) -> dict[str, frozenset[str]]:
    """Combination id to the values under which this person is found again. A day and month that may be swapped are
    looked for too: see `swapped`."""
    values = {}
    for combination in COMBINATIONS:
        atoms = [atom(person) for atom in combination.atoms]
        if all(atoms):
            values[combination.id] = frozenset("\x1f".join(chosen) for chosen in product(*map(sorted, atoms)))
    return values


def swapped(person: Person) -> Person | None:
    """The same person with day and month of birth swapped, as happens; None where that gives no other date."""
    if not person.born_on:
        return None
    year, month, day = person.born_on.split("-")
    if month == day or int(day) > 12:  # noqa: PLR2004 - months
        return None
    return Person(**{**person.__dict__, "born_on": f"{year}-{day}-{month}"})


def reasons(one: Person, other: Person, *, shared: frozenset[str]) -> tuple[str, ...]:
    """The features that agree, in words fit for the page, strongest first; empty when the two are not to be proposed.

    shared: ids of the combinations by which the other was found; those that are `few_only` and too common are left out
    by the caller."""
    agree = frozenset(_agreements(one, other))
    direct = agree & {"email", "phone", "handle"}
    if not direct and _contradict(one, other):
        return ()
    if not any(combination.agree <= agree for combination in COMBINATIONS if combination.id in shared):
        return ()
    told = (agree - {"name"}) if "same_name" in agree else agree
    told = (told - {"age"}) if told & {"born_on", "born_on_like"} else told
    told = (told - {"district"}) if "postcode" in told else told
    return tuple(words for name, words in WORDS.items() if name in told)


def _agreements(one: Person, other: Person) -> Iterator[str]:
    for name in ("email", "phone", "handle", "postcode", "district"):
        if getattr(one, name) and getattr(one, name) == getattr(other, name):
            yield name
    yield from _name_agreements(one, other)
    if one.born_on and one.born_on == other.born_on:
        yield "born_on"
    elif _dates_alike(one, other):
        yield from ("born_on", "born_on_like")
    if one.birth_years & other.birth_years:
        yield "age"


def _name_agreements(one: Person, other: Person) -> Iterator[str]:
    if set(one.names) & set(other.names):
        yield "same_name"
    sounds_alike = bool(_sounds(one) & _sounds(other))
    if _alike(one.names, other.names, _ALIKE_IF_IT_SOUNDS_ALIKE if sounds_alike else _ALIKE):
        yield "name"
    if _surname_sound(one) & _surname_sound(other):
        yield "surname"
    if _alike((one.surname,), (other.surname,), _PART_ALIKE):
        yield "surname_like"
    if _forename_sounds(one) & _forename_sounds(other):
        yield "forename"
    if not one.forenames or not other.forenames or _alike(one.forenames, other.forenames, _PART_ALIKE):
        yield "forename_like"


def _alike(some: tuple[str, ...], others: tuple[str, ...], least: int) -> bool:
    return any(fuzz.token_sort_ratio(a, b) >= least for a in some for b in others if a and b)


def _dates_alike(one: Person, other: Person) -> bool:
    """Two dates that differ by a swap of day and month, or by one digit."""
    if not (one.born_on and other.born_on):
        return False
    swap = swapped(one)
    if swap is not None and swap.born_on == other.born_on:
        return True
    return sum(a != b for a, b in zip(one.born_on, other.born_on, strict=True)) == 1


def _contradict(one: Person, other: Person) -> bool:
    if one.born_on and other.born_on:
        return one.born_on != other.born_on and not _dates_alike(one, other)
    return bool(one.birth_years and other.birth_years) and not one.birth_years & other.birth_years


def _birth_years(keys: Mapping[MatchAs, str], received_on: date) -> frozenset[int]:
    """The year of the date of birth; or the years that an age, perhaps guessed wrong by one, leaves open."""
    born_on, age = keys.get(MatchAs.BORN_ON, ""), keys.get(MatchAs.AGE, "")
    if born_on[:4].isdigit():
        return frozenset({int(born_on[:4])})
    if not age.isdigit():
        return frozenset()
    birthday_is_over = received_on.year - int(age)
    return frozenset(range(birthday_is_over - 2, birthday_is_over + 2))


def _long_enough(text: str, least: int) -> str:
    return text if len(text) >= least else ""


def looked_for(text: str) -> dict[str, frozenset[str]]:
    """Combination id to values for what somebody typed into a search: an address, number or name as it may be meant."""
    values = {}
    if "@" in text.strip("@ "):
        values["email"] = _one(email_address(text))
    digits = phone_number(text)
    if len(digits) >= _SHORTEST_PHONE:
        values["phone"] = _one(digits)
    handle = _long_enough(online_name(text), _SHORTEST_ONLINE_NAME)
    if handle:
        values["handle"] = _one(handle)
    parts = folded(text).split()
    if len(parts) > 1:
        values["name"] = _one(" ".join(sorted(name_parts(text))))
    return values
