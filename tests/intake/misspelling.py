"""How people misspell, guess and leave out: people of Northmoor as one reporter and then another tells of them.

Drawn from a seeded generator, so that a measured share stays the same."""

from dataclasses import dataclass, replace
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FORENAMES = _words("""
    Adam Aisha Alexander Amelia Amina Andrew Anna Benjamin Bethan Callum Catherine Charlotte Connor Dafydd Daniel
    Dylan Elizabeth Ellie Emily Ethan Farah Fatima Freya George Grace Hannah Harry Hassan Ibrahim Isla Jack Jacob
    James Jasmine Jessica Joseph Joshua Kayleigh Khadija Kieran Lauren Leah Lewis Liam Lucy Luke Maryam Mason
    Matthew Megan Mohammed Molly Nathan Niamh Nicholas Oliver Olivia Owen Patrick Rebecca Rhys Ryan Samuel Sarah
    Sean Sophie Stephen Tariq Thomas Tyler William Yusuf Zachary Zainab Zoe
""")
SURNAMES = _words("""
    Abbott Ahmed Akhtar Ali Atkinson Bailey Barnes Begum Bennett Brooks Carpenter Chapman Clarke Cooper Cunningham
    Davies Dawson Edwards Ellison Evans Fairhurst Fletcher Foster Gallagher Gibson Goodwin Graham Griffiths Hamilton
    Harrison Hassan Henderson Holloway Hughes Hussain Iqbal Jackson Jenkins Johnson Kaur Kennedy Khan Lambert Lawson
    Lewis MacDonald Mahmood Marshall Matthews McCarthy Mitchell Montgomery Murphy Nicholson Norris Okafor Palmer
    Parkinson Patel Pemberton Phillips Quinn Ramsbottom Richardson Robertson Sanderson Shaw Sheikh Simpson Sinclair
    Stephenson Sutherland Thompson Underwood Vaughan Wainwright Walker Wilkinson Wozniak Yates
""")
NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi",
    "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
SOUNDS_LIKE = (("ph", "f"), ("ck", "k"), ("ie", "ei"), ("ll", "l"), ("ss", "s"), ("tt", "t"), ("mm", "m"), ("ee", "ea"))


@dataclass(frozen=True)
class Told:
    """What one report says of a person. None or "": not said."""

    forename: str
    surname: str
    born_on: str = ""
    age: int | None = None
    postcode: str = ""
    phone: str = ""
    handle: str = ""


def a_person(random: Random, *, received_year: int = 2026) -> Told:
    year = random.randint(received_year - 60, received_year - 11)
    return Told(
        forename=random.choice(FORENAMES),
        surname=random.choice(SURNAMES),
        born_on=f"{year}-{random.randint(1, 12):02}-{random.randint(1, 28):02}",
        postcode=f"NM{random.randint(1, 24)} {random.randint(1, 9)}{random.choice('ABDEF')}{random.choice('LNPQRSTU')}",
        phone=f"07700 9{random.randint(0, 99999):05}",
    )


def told_well(person: Told, random: Random) -> Told:
    """A professional's report: most is known."""
    return replace(person, phone=person.phone if random.random() < 0.3 else "")


def told_badly(person: Told, random: Random) -> Told:
    """Another reporter's: a slip in a name in two of three, half the rest guessed or left out."""
    forename, surname = person.forename, person.surname
    if random.random() < 0.33:
        forename = slip(forename, random)
    if random.random() < 0.33:
        surname = slip(surname, random)
    if random.random() < 0.05:
        forename, surname = surname, forename
    told = Told(forename=forename, surname=surname)
    told = told_birth(told, person, random)
    if random.random() < 0.7:
        told = replace(told, postcode=person.postcode if random.random() < 0.7 else person.postcode.split()[0])
    return replace(told, phone=person.phone if random.random() < 0.2 else "")


def told_birth(told: Told, person: Told, random: Random) -> Told:
    year, month, day = person.born_on.split("-")
    chance = random.random()
    if chance < 0.35:
        return replace(told, born_on=person.born_on)
    if chance < 0.42 and int(day) <= 12:
        return replace(told, born_on=f"{year}-{day}-{month}")
    return replace(told, age=2026 - int(year) - random.choice([0, 1]) + random.choice([-1, 0, 0, 0, 1]))


def slip(word: str, random: Random) -> str:
    """One letter too few, too many, swapped, beside the right key, or written as it sounds."""
    plain = word.lower()
    place = random.randrange(1, len(plain))
    kind = random.choice(["drop", "double", "swap", "key", "sound"])
    if kind == "drop":
        return plain[:place] + plain[place + 1 :]
    if kind == "double":
        return plain[:place] + plain[place] + plain[place:]
    if kind == "swap" and place + 1 < len(plain):
        return plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    if kind == "sound":
        for spelt, other in SOUNDS_LIKE:
            if spelt in plain:
                return plain.replace(spelt, other, 1)
    beside = NEIGHBOURS.get(plain[place], plain[place])
    return plain[:place] + random.choice(beside) + plain[place + 1 :]
