"""Between a posted HTML page and answers.

| question | fields |
|---|---|
| short_text, long_text, email, phone, postcode | `<id>` |
| web_addresses | `<id>`, one address a line |
| choice | `<id>`, a choice id; `__unknown__` for "I do not know" |
| choices | `<id>`, repeated; `__unknown__` for "I do not know" |
| date | `<id>-day`, `<id>-month`, `<id>-year` |
| age | `<id>-years`, `<id>-estimated` (`true` when ticked) |
| files | none: the door stores uploads and writes the answer itself; a post leaves it as it is |
| any of them | `<id>-unknown` (`true` when ticked), `<id>-provenance` (first_hand, reported or inferred) |

Nothing a form can send raises. Fields the page does not have are ignored; of a single field sent twice the last
counts; text is cut at `MAX_FIELD_LENGTH` and cleaned of control characters and lone surrogates; digits of any script
become 0 to 9 in dates, ages, telephone numbers and postcodes. What is wrong otherwise (a month "May", a choice that
is not offered) is kept as typed, so that `check` can say so and the page can show it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterpoint.kernel.questions.kinds import Fields, kind_of
from counterpoint.kernel.questions.kinds.kind import UNKNOWN_VALUE
from counterpoint.kernel.questions.text import cleaned
from counterpoint.kernel.questions.types import Answer, Page, PageAnswers, Question, QuestionType

_WITH_CHOICES = frozenset({QuestionType.CHOICE, QuestionType.CHOICES})


def answers_from_form(page: Page, form: Mapping[str, Sequence[str]]) -> PageAnswers:
    """What a posted page says; see the table above. form: field name to its values, as Django's QueryDict.lists()."""
    fields = Fields(form)
    asked = [question for question in page.questions if kind_of(question).in_forms]
    read = {question.id: _answer(question, fields) for question in asked}
    return PageAnswers(
        answers={question_id: answer for question_id, answer in read.items() if answer},
        blank=tuple(question_id for question_id, answer in read.items() if not answer),
    )


def form_from_answers(page: Page, answers: object) -> dict[str, list[str]]:
    """The fields that show these answers again: the reverse of `answers_from_form`, for good answers and bad ones.
    Every field of every question of the page is there, an empty one as `[""]` or `[]`."""
    source = answers if isinstance(answers, Mapping) else {}
    fields: dict[str, list[str]] = {}
    for question in page.questions:
        answer = source.get(question.id)
        fields |= _fields(question, answer if isinstance(answer, Mapping) else {})
    return fields


def _answer(question: Question, fields: Fields) -> Answer | None:
    value = kind_of(question).from_form(question, fields)
    unknown = _unknown(question, fields)
    answer: Answer = {}
    if unknown:
        answer["unknown"] = True
    if value is not None:
        answer["value"] = value
        if provenance := fields.one(f"{question.id}-provenance").strip():
            answer["provenance"] = provenance
    return answer or None


def _unknown(question: Question, fields: Fields) -> bool:
    if question.type in _WITH_CHOICES and UNKNOWN_VALUE in fields.many(question.id):
        return True
    return fields.ticked(f"{question.id}-unknown")


def _fields(question: Question, answer: Mapping[str, object]) -> dict[str, list[str]]:
    kind = kind_of(question)
    if not kind.in_forms:
        return {}
    value = answer.get("value")
    fields = kind.to_form(question, value)  # type: ignore[arg-type]  # to_form takes whatever stands there
    unknown = answer.get("unknown") is True
    if question.type in _WITH_CHOICES:
        fields[question.id] += [UNKNOWN_VALUE] if unknown else []
    else:
        fields[f"{question.id}-unknown"] = ["true"] if unknown else []
    provenance = answer.get("provenance")
    fields[f"{question.id}-provenance"] = [cleaned(provenance)] if isinstance(provenance, str) else []
    return fields
