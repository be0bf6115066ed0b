"""What decision tables see of the answers.

| question type | fact | when unknown | when not given or not shown |
|---|---|---|---|
| choice | the choice's `fact`, else its id | "unknown" | null |
| choices | list of choice ids, and for each choice a boolean `<fact>_<choice id>` | null | null |
| texts, email, phone, postcode | string | null | null |
| date | ISO date; null for a partial one | null | null |
| age | years | null | null |
| web_addresses | list of strings | null | null |
| files | how many | null | null |

"I do not know" is told apart only for `choice`, where a table can list it beside the choices; elsewhere a word among
numbers, dates or lists would make comparisons fail.

Every set also gives `kind`, `audience` and `under_18` ("yes", "no" or "unknown"). The last comes from the answers that
match as `born_on` or `age`, and is all that a table may see of the age of the person: the law turns on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from counterpoint.kernel.questions.kinds import kind_of
from counterpoint.kernel.questions.types import Answers, Json, MatchAs, Question, QuestionSet, QuestionType

SET_FACTS: Final = frozenset({"kind", "audience", "under_18"})
_ADULT_YEARS: Final = 18
UNKNOWN_FACT: Final = "unknown"


def fact_names(question_set: QuestionSet) -> frozenset[str]:
    """Every name that `facts_of` gives for this set, whatever the answers."""
    return SET_FACTS.union(*(names_given_by(question) for question in question_set.questions))


def names_given_by(question: Question) -> tuple[str, ...]:
    if question.fact is None:
        return ()
    if question.type is QuestionType.CHOICES:
        return (question.fact, *(f"{question.fact}_{choice_id}" for choice_id in question.choice_ids))
    return (question.fact,)


def facts_of(question_set: QuestionSet, answers: Answers, *, at: date | None) -> Mapping[str, Json]:
    """answers: checked. Where two questions give the same fact, the first that is answered counts. at: the day on which
    a person is under 18 or not; without it a date of birth is not looked at."""
    facts: dict[str, Json] = {
        "kind": question_set.kind.value,
        "audience": question_set.audience.value,
        "under_18": _under_18(question_set, answers, at),
    }
    for question in question_set.questions:
        for name, value in _facts_from(question, answers):
            if facts.get(name) is None:
                facts[name] = value
    return facts


def _facts_from(question: Question, answers: Answers) -> Iterator[tuple[str, Json]]:
    if question.fact is None:
        return
    answer = answers.get(question.id, {})
    value = kind_of(question).fact(question, answer["value"]) if "value" in answer else None
    if question.type is QuestionType.CHOICE:
        values = {choice.id: choice.fact_value for choice in question.choices}
        value = UNKNOWN_FACT if answer.get("unknown") else values.get(str(value))
    yield question.fact, value
    if question.type is QuestionType.CHOICES:
        chosen = value if isinstance(value, (list, tuple)) else None
        for choice_id in question.choice_ids:
            yield f"{question.fact}_{choice_id}", None if chosen is None else choice_id in chosen


def _under_18(question_set: QuestionSet, answers: Answers, at: date | None) -> str:
    """A date of birth decides before an age, where it is known well enough to decide."""
    values = {
        question.match_as: answers[question.id].get("value")
        for question in reversed(question_set.questions)
        if question.match_as and question.id in answers
    }
    born, age = values.get(MatchAs.BORN_ON), values.get(MatchAs.AGE)
    under = _born_under_18(born, at) if at and isinstance(born, Mapping) else None
    if under is None and isinstance(age, Mapping) and isinstance(years := age.get("years"), int):
        under = years < _ADULT_YEARS
    return {True: "yes", False: "no", None: UNKNOWN_FACT}[under]


def _born_under_18(born: Mapping[str, Json], at: date) -> bool | None:
    """None where the part of the date that is known leaves it open."""
    year, month, day = (part if isinstance(part, int) else 0 for part in (born["year"], born["month"], born["day"]))
    first = (year + _ADULT_YEARS, month or 1, day or 1)
    last = (year + _ADULT_YEARS, month or 12, day or 31)
    today = (at.year, at.month, at.day)
    if today < first:
        return True
    return False if today >= last else None
