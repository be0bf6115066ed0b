"""A decision table can take every answer that a question may give it: otherwise triage would stop at that answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from counterpoint.kernel.packs.draft import Draft, file_of_form, file_of_set
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.tables import sees_doors, sees_forms
from counterpoint.kernel.questions.facts import UNKNOWN_FACT
from counterpoint.kernel.questions.kinds.age import MAX_YEARS
from counterpoint.kernel.questions.rules import places
from counterpoint.kernel.questions.types import Question, QuestionSet, QuestionType

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import Input

_TYPES: Final[Mapping[QuestionType, str]] = {
    QuestionType.SHORT_TEXT: "string",
    QuestionType.LONG_TEXT: "string",
    QuestionType.CHOICE: "string",
    QuestionType.CHOICES: "list",
    QuestionType.DATE: "date",
    QuestionType.AGE: "number",
    QuestionType.WEB_ADDRESSES: "list",
    QuestionType.EMAIL: "string",
    QuestionType.PHONE: "string",
    QuestionType.POSTCODE: "string",
    QuestionType.FILES: "number",
}


def facts_fit_tables(draft: Draft) -> Iterator[Problem]:
    for table_id, table in draft.tables.items():
        read = {column.name: column for column in table.inputs}
        for file, question_set in _sets_for(draft, table_id):
            for path, question in places.questions(question_set):
                for name, type_ in _given(question):
                    column = read.get(name)
                    for what in _misfits(question, name, type_, column) if column else ():
                        told = f"{what} in decisions/{table_id}.dmn"
                        remedy = "Add it to the values of that column, or change the question"
                        place = (*path, "fact")
                        yield draft.problem(file, place, "fact_does_not_fit", what=told, remedy=remedy)


def _sets_for(draft: Draft, table_id: str) -> Iterator[tuple[str, QuestionSet]]:
    """Whatever the table may see: what is asked at the doors, the forms of steps."""
    if sees_doors(table_id):
        yield from ((file_of_set(set_id), question_set) for set_id, question_set in draft.question_sets.items())
    if sees_forms(table_id):
        yield from ((file_of_form(form_id), form) for form_id, form in draft.forms.items())


def _given(question: Question) -> Iterator[tuple[str, str]]:
    """The facts of a question by name, with their types as decision tables call them."""
    if question.fact is None:
        return
    yield question.fact, _TYPES[question.type]
    if question.type is QuestionType.CHOICES:
        for choice_id in question.choice_ids:
            yield f"{question.fact}_{choice_id}", "boolean"


def _misfits(question: Question, name: str, type_: str, column: Input) -> Iterator[str]:
    if str(column.type) != type_:
        yield f"The fact `{name}` is a {type_} here, and a {column.type}"
    elif question.type is QuestionType.CHOICE:
        unknown = (UNKNOWN_FACT,) if question.allow_unknown else ()
        for value in (*(choice.fact_value for choice in question.choices), *unknown):
            if not column.admits(value):
                yield f"The fact `{name}` can be `{value}`, which is not among its values"
    elif type_ == "string" and column.allowed:
        yield f"The fact `{name}` can be any text, and only some are among its values"
    elif question.type is QuestionType.AGE and not all(column.admits(Decimal(years)) for years in (0, MAX_YEARS)):
        yield f"The fact `{name}` can be 0 to {MAX_YEARS}, and not all of these are among its values"
