"""What decision tables see of the answers.

| question type | fact | when unknown | when not given or not shown |
|---|---|---|---|
| choice | choice id | "unknown" | null |
| choices | list of choice ids, and for each choice a boolean `<fact>_<choice id>` | null | null |
| texts, email, phone, postcode | string | null | null |
| date | ISO date; null for a partial one | null | null |
| age | years | null | null |
| web_addresses | list of strings | null | null |
| files | how many | null | null |

"I do not know" is told apart only for `choice`, where a table can list it beside the choices; elsewhere a word among
numbers, dates or lists would make comparisons fail. Every set also gives `kind` and `audience`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from counterpoint.kernel.questions.kinds import kind_of
from counterpoint.kernel.questions.types import Answers, Json, Question, QuestionSet, QuestionType

SET_FACTS: Final = frozenset({"kind", "audience"})
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


def facts_of(question_set: QuestionSet, answers: Answers) -> Mapping[str, Json]:
    """answers: checked. Where two questions give the same fact, the first that is answered counts."""
    facts: dict[str, Json] = {"kind": question_set.kind.value, "audience": question_set.audience.value}
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
    if question.type is QuestionType.CHOICE and answer.get("unknown"):
        value = UNKNOWN_FACT
    yield question.fact, value
    if question.type is QuestionType.CHOICES:
        chosen = value if isinstance(value, (list, tuple)) else None
        for choice_id in question.choice_ids:
            yield f"{question.fact}_{choice_id}", None if chosen is None else choice_id in chosen
