"""A question set as one page for a member of staff who asks on the telephone: everything that may be asked, in order.

Field names are those that `counterpoint.kernel.questions.answers_from_form` reads. Questions that the answers make
needless may be left out: what is given for them is not counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from counterpoint.kernel.packs import Pack
from counterpoint.kernel.questions import (
    UNKNOWN_VALUE,
    Answer,
    AnswerProblem,
    Provenance,
    Question,
    QuestionSet,
    QuestionType,
    answers_from_form,
    check,
    form_from_answers,
)

Params = dict[str, Any]
_UNKNOWN = "Not known"
_HOW_KNOWN = {
    Provenance.FIRST_HAND: "Saw or heard it",
    Provenance.REPORTED: "Was told by somebody",
    Provenance.INFERRED: "Own conclusion",
}
_FIRST_FIELD = {QuestionType.DATE: "-day", QuestionType.AGE: "-years"}


@dataclass(frozen=True)
class Field:
    """One macro call: the component's name as in `desk/forms.html`, and its parameters."""

    component: str
    params: Params


@dataclass(frozen=True)
class Script:
    """What is asked, section by section, with what was answered so far and what is wrong with it."""

    sections: tuple[tuple[str, tuple[Field, ...]], ...]
    problems: tuple[Mapping[str, str], ...]
    answers: Mapping[str, Answer]

    @property
    def is_good(self) -> bool:
        return not self.problems


def script(question_set: QuestionSet, form: Mapping[str, Sequence[str]] | None, *, pack: Pack, on: date) -> Script:
    """The page for this question set. form: what was posted, field name to values; None for a fresh page."""
    answers: dict[str, Answer] = {}
    for page in question_set.pages if form is not None else ():
        answers |= answers_from_form(page, form or {}).answers
    found = check(question_set, answers, at=on).problems if form is not None else ()
    wrong = {problem.question_id: _words(problem, pack) for problem in reversed(found)}
    sections = tuple(
        (section.title, tuple(field for page in section.pages for field in _fields(page, answers, wrong)))
        for section in question_set.sections
    )
    links = tuple(
        {
            "text": f"{question.ask}: {wrong[question.id]}",
            "href": f"#{question.id}{_FIRST_FIELD.get(question.type, '')}",
        }
        for question in question_set.questions
        if question.id in wrong
    )
    return Script(tuple(part for part in sections if part[1]), links, answers)


def _words(problem: AnswerProblem, pack: Pack) -> str:
    key = f"errors.{problem.code}"
    if key not in pack.texts:
        key = "errors.wrong_shape"
    values = {"limit": problem.values.get("max", 0), "count": problem.values.get("length", 0), "example": "27 3 2026"}
    return pack.text(key, pack.source_language, **values)


def _fields(page: Any, answers: Mapping[str, Answer], wrong: Mapping[str, str]) -> list[Field]:
    held = form_from_answers(page, answers)
    fields: list[Field] = []
    for question in page.questions:
        maker = _MAKERS.get(question.type)
        if maker is None:
            continue  # files cannot be given by telephone
        asked = _Asked(question, held, wrong.get(question.id, ""))
        fields.append(maker(asked))
        fields += asked.beside()
    return fields


@dataclass(frozen=True)
class _Asked:
    question: Question
    held: Mapping[str, Sequence[str]]
    wrong: str

    def one(self, ending: str = "") -> str:
        values = self.held.get(f"{self.question.id}{ending}", ())
        return values[-1] if values else ""

    def common(self) -> Params:
        params: Params = {"id": self.question.id, "name": self.question.id}
        if self.question.hint:
            params["hint"] = {"text": self.question.hint}
        if self.wrong:
            params["errorMessage"] = {"text": self.wrong}
        return params

    def beside(self) -> list[Field]:
        """Whether an age is a guess, how they know, and "not known", where the question offers them."""
        fields = []
        if self.question.type is QuestionType.AGE:
            guess = _ticks(
                f"{self.question.id}-estimated", "This is a guess", self.one("-estimated"), about=self.question.ask
            )
            fields.append(guess)
        if self.question.ask_provenance:
            fields.append(self._how_known())
        has_choices = self.question.type in (QuestionType.CHOICE, QuestionType.CHOICES)
        if self.question.allow_unknown and not has_choices:
            fields.append(
                _ticks(f"{self.question.id}-unknown", _UNKNOWN, self.one("-unknown"), about=self.question.ask)
            )
        return fields

    def _how_known(self) -> Field:
        name = f"{self.question.id}-provenance"
        given = self.one("-provenance")
        items = [{"value": how.value, "text": words, "checked": how == given} for how, words in _HOW_KNOWN.items()]
        legend = {"legend": {"text": f"How do they know? ({self.question.ask})"}}
        small = "govuk-radios--small govuk-radios--inline"
        return Field("radios", {"idPrefix": name, "name": name, "items": items, "fieldset": legend, "classes": small})


def _ticks(name: str, words: str, given: str, *, about: str) -> Field:
    item = {"value": "true", "text": words, "checked": given == "true"}
    legend = {"legend": {"text": about, "classes": "govuk-visually-hidden"}}
    classes = "govuk-checkboxes--small"
    return Field(
        "checkboxes", {"idPrefix": name, "name": name, "items": [item], "classes": classes, "fieldset": legend}
    )


def _text(asked: _Asked) -> Field:
    params = {"label": {"text": asked.question.ask}, "value": asked.one(), "autocomplete": "off"}
    return Field("input", asked.common() | params)


def _long(asked: _Asked) -> Field:
    return Field("textarea", asked.common() | {"label": {"text": asked.question.ask}, "value": asked.one(), "rows": 4})


def _one_of(asked: _Asked) -> Field:
    return Field("radios", _group(asked, {asked.one()}))


def _some_of(asked: _Asked) -> Field:
    return Field("checkboxes", _group(asked, set(asked.held.get(asked.question.id, ()))))


def _group(asked: _Asked, chosen: set[str]) -> Params:
    items = [{"value": row.id, "text": row.label, "checked": row.id in chosen} for row in asked.question.choices]
    if asked.question.allow_unknown:
        items.append({"value": UNKNOWN_VALUE, "text": _UNKNOWN, "checked": UNKNOWN_VALUE in chosen})
    legend = {"legend": {"text": asked.question.ask}}
    return asked.common() | {"idPrefix": asked.question.id, "items": items, "fieldset": legend}


def _date(asked: _Asked) -> Field:
    items = [
        {
            "name": f"{asked.question.id}-{part}",
            "id": f"{asked.question.id}-{part}",
            "label": part.capitalize(),
            "value": asked.one(f"-{part}"),
            "classes": f"govuk-input--width-{4 if part == 'year' else 2}",
        }
        for part in ("day", "month", "year")
    ]
    return Field("date", asked.common() | {"items": items, "fieldset": {"legend": {"text": asked.question.ask}}})


def _age(asked: _Asked) -> Field:
    name = f"{asked.question.id}-years"
    params = {
        "id": name,
        "name": name,
        "label": {"text": asked.question.ask},
        "value": asked.one("-years"),
        "inputmode": "numeric",
        "classes": "govuk-input--width-3",
    }
    return Field("input", asked.common() | params)


_MAKERS: Mapping[QuestionType, Callable[[_Asked], Field]] = {
    QuestionType.SHORT_TEXT: _text,
    QuestionType.LONG_TEXT: _long,
    QuestionType.CHOICE: _one_of,
    QuestionType.CHOICES: _some_of,
    QuestionType.DATE: _date,
    QuestionType.AGE: _age,
    QuestionType.WEB_ADDRESSES: _long,
    QuestionType.EMAIL: _text,
    QuestionType.PHONE: _text,
    QuestionType.POSTCODE: _text,
}
