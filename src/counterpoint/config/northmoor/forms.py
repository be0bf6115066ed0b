# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""Fills in the forms of concerns. Pure; the words are the town's."""

from random import Random
from typing import Any

from counterpoint.config.northmoor.people import named_by_professional, named_by_public
from counterpoint.config.northmoor.story import Answers, drawn
from counterpoint.config.northmoor.town import Town
from counterpoint.config.northmoor.words import Wordsmith

_CHILD = 18
_RELATIONS = {
    "friends_family": {"child": 26, "brother_sister": 20, "partner": 8, "family": 20, "friend": 26},
    "community": {"neighbour": 45, "role": 40, "school_work": 15},
}
_ROLES = {
    "education": ["Safeguarding lead", "Head of year", "Form tutor", "Pastoral manager"],
    "police": ["Neighbourhood officer", "Schools officer", "Public protection desk"],
    "local_authority": ["Social worker", "Early help worker", "Housing officer"],
    "health": ["Community nurse", "Practice doctor", "Mental health practitioner"],
    "prison_probation": ["Probation officer", "Offender manager"],
    "other": ["Manager", "Team leader", "Tutor"],
}
_ORGANISATIONS = {
    "police": "Northmoor Police",
    "local_authority": "Northmoor Council",
    "health": "Moorside Health",
    "prison_probation": "Northmoor Probation",
    "other": "A business in Northmoor",
}
_NEEDS = (
    "family_peers", "bullying", "identity_belonging", "mental_health", "isolation_trust", "work_money", "substances",
    "learning_autism", "crime", "online_harm", "domestic_abuse", "homelessness",
)  # fmt: skip
_PROVENANCE = {"first_hand": 50, "reported": 40, "inferred": 10}


class Writer:
    """Fills in one form, as somebody of `sector` would."""

    def __init__(
        self, town: Town, random: Random, *, person: dict[str, Any], sector: str, category: str, ticked: str
    ) -> None:
        self.town, self.random, self.person = town, random, person
        self.sector, self.category, self.ticked = sector, category, ticked
        self.smith = Wordsmith(town, random, pronoun=person["pronoun"])

    def professional(self, danger: bool) -> Answers:  # noqa: FBT001 - the one thing that differs
        """The longer form."""
        answers = self._start(danger)
        answers |= {
            "lead_consulted": self._chosen({"yes": 60, "i_am_lead": 25, "no": 10, "no_lead": 5}),
            "person_told": self._chosen({"agrees": 30, "disagrees": 8, "no": 50, "unsafe": 12}),
            "feared": _value(self.smith.feared(public=False)),
            "complex_needs": _value(sorted(self.random.sample(_NEEDS, self.random.choice([1, 2, 2, 3])))),
            "additional_needs": self._chosen({"known": 18, "suspected": 16, "no": 40, "unknown": 26}),
            "noticed_by": _value("me"),
            "reporter_role": _value(self.random.choice(_ROLES[self.sector])),
            "reporter_organisation": _value(_ORGANISATIONS.get(self.sector) or self._school()),
            "reporter_sector": _value(self.sector),
            "may_contact": self._chosen({"email_or_phone": 55, "mailbox": 40, "no": 5}),
            "may_name": self._chosen({"yes": 25, "ask_first": 45, "no": 30}),
        }
        if self.person["age"] < _CHILD:
            answers["parent_told"] = self._chosen({"yes": 45, "no": 40, "unsafe": 15})
        if self.random.random() < 0.3:
            answers["under_18_at_home"] = self._chosen({"yes": 60, "no": 25, "unknown": 15})
        if self.random.random() < 0.25:
            answers["agencies_involved"] = _value("The school's pastoral team and early help, both since autumn.")
        if answers["may_contact"]["value"] == "email_or_phone":
            answers |= {
                "reporter_email": _value(
                    f"{self.sector.replace('_', '.')}.desk@northmoor-{self.sector.replace('_', '-')}.example"
                ),
                "safe_contact": _value(self.random.choice(["Mornings", "Any time in office hours", "After four"])),
            }
        return {**answers, **named_by_professional(self.random, self.person)}

    def public(self, language: str, danger: bool) -> Answers:  # noqa: FBT001 - the one thing that differs
        """The light form, in one of the languages of the pack."""
        answers = {**self._start(danger), "relation": self._chosen(_RELATIONS[self.sector])}
        words = self.town.concerns
        if self.random.random() < 0.6:
            answers["how_know"] = _value(self.smith.pick(words["how_know"]))
        if self.random.random() < 0.6:
            answers["hope"] = _value(self.smith.pick(words["hopes"]))
        answers |= {
            "told_already": _value(sorted({self.random.choice(["nobody", "family", "school", "health"])})),
            "may_contact": self._chosen({"mailbox": 70, "email_or_phone": 10, "no": 20}),
            "may_name": self._chosen({"yes": 8, "ask_first": 32, "no": 60}),
            **named_by_public(self.random, self.person),
        }
        if answers["may_contact"]["value"] == "email_or_phone":
            answers["reporter_phone"] = _value(f"01632 960{self.random.randrange(100, 999)}")  # kept free for fiction
        if language != "en":
            for name in ("how_know", "hope", "what_changed"):
                answers.pop(name, None)
            answers["worry"] = _value(self.random.choice(self.town.translated[language]["worry"]))
        return answers

    def _start(self, danger: bool) -> Answers:  # noqa: FBT001
        answers: Answers = {
            "immediate_danger": _value("yes") if danger else self._chosen({"no": 96, "unknown": 4}),
            "imminent_travel": self._chosen({"no": 97, "unknown": 3}),
            "worry": {
                "value": self.smith.worry(
                    category=self.category,
                    age=self.person["age"],
                    sector=self.sector,
                    ticked=self.ticked,
                    danger=danger,
                ),
                "provenance": drawn(self.random, _PROVENANCE),
            },
            "concern_about": {"unknown": True} if self.ticked == "unknown" else _value(self.ticked),
        }
        if self.random.random() < 0.75 and self.ticked != "something_else":
            answers["what_changed"] = {
                "value": self.smith.changed(self.person["age"]),
                "provenance": drawn(self.random, _PROVENANCE),
            }
        return answers

    def _chosen(self, weights: dict[str, int]) -> dict[str, Any]:
        choice = drawn(self.random, weights)
        return {"unknown": True} if choice == "unknown" else _value(choice)

    def _school(self) -> str:
        return str(self.person["school"] or self.random.choice(self.town.schools["college"]))


def _value(value: Any) -> dict[str, Any]:
    return {"value": value}
