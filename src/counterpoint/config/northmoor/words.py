"""Puts sentences of the town's word lists together, so that a report reads as if a person had written it."""

from collections.abc import Sequence
from random import Random

from counterpoint.config.northmoor.town import Town

PRONOUNS = {
    "he": {"He": "He", "he": "he", "him": "him", "his": "his", "His": "His"},
    "she": {"He": "She", "he": "she", "him": "her", "his": "her", "His": "Her"},
}
_CHILD = 18


class Wordsmith:
    """Writes the words of one story: `random` is that story's, `pronoun` fits its person."""

    def __init__(self, town: Town, random: Random, *, pronoun: str) -> None:
        self.town, self.random, self.pronoun = town, random, pronoun
        self.words = town.concerns

    def pick(self, sentences: Sequence[str]) -> str:
        """One of these, fitted to the person."""
        return self.fit(self.random.choice(sentences))

    def fit(self, sentence: str) -> str:
        """The sentence with every blank filled."""
        drawn = {name: self.random.choice(self.words[name]) for name in ("when", "place", "far")}
        return sentence.format(**PRONOUNS[self.pronoun], **drawn)

    def worry(self, *, category: str, age: int | None, sector: str, ticked: str, danger: bool) -> str:
        """What is worrying: how it came up, what was seen, and a little more."""
        parts = [self.pick(self.words["openings"][sector])]
        if ticked == "something_else":
            parts.append(self.pick(self.words["else"]))
        else:
            parts.append(self.pick(self.words["saw"][category][_age_group(age)]))
            parts += [self.fit(each) for each in self.random.sample(self.words["more"], self.random.choice([1, 1, 2]))]
        if danger:
            parts.insert(0, self.pick(self.words["danger"]))
        return " ".join(parts)

    def changed(self, age: int | None) -> str:
        """What is different about the person."""
        return " ".join(
            self.fit(each)
            for each in self.random.sample(self.words["changed"][_age_group(age)], self.random.choice([1, 1, 2]))
        )

    def feared(self, *, public: bool) -> str:
        """What the writer fears or hopes for."""
        return self.pick(self.words["feared"]["family" if public else "professional"])


def _age_group(age: int | None) -> str:
    return "child" if age is not None and age < _CHILD else "adult"
