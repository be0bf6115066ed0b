"""Questions as GOV.UK Frontend fields: which macro shows a question, with which parameters.

The field names are those that `counterpoint.kernel.questions.answers_from_form` reads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from counterpoint.channels.portal.problems import Shown
from counterpoint.channels.portal.wording import Wording
from counterpoint.kernel.questions import (
    UNKNOWN_VALUE,
    Holds,
    Page,
    Provenance,
    Question,
    QuestionType,
    form_from_answers,
)

Params: TypeAlias = dict[str, Any]

_PICKED = frozenset({QuestionType.CHOICE, QuestionType.CHOICES})
_HIDDEN = "govuk-visually-hidden"
_COUNT_SHOWN_FROM = 500  # shorter fields hold what people write in them
_OWN_DETAILS = {QuestionType.EMAIL: "email", QuestionType.PHONE: "tel"}  # WCAG 1.3.5, of the reporter only


@dataclass(frozen=True)
class Part:
    """One macro call. `macro` is the name under which the template knows it."""

    macro: str
    params: Params


@dataclass(frozen=True)
class Asking:
    """A question on its page, with what the person put in and what is wrong with it."""

    question: Question
    wording: Wording
    values: Mapping[str, Sequence[str]]
    error: str | None
    is_heading: bool
    is_told_above: bool  # the page shows the question as its heading, and an introduction before the field

    def one(self, ending: str = "") -> str:
        held = self.values.get(f"{self.question.id}{ending}", ())
        return held[-1] if held else ""

    def many(self) -> Sequence[str]:
        return self.values.get(self.question.id, ())


def parts_of(
    page: Page, answers: object, *, wording: Wording, problems: Sequence[Shown] = (), shown: Sequence[Question] = ()
) -> list[Part]:
    """The page's fields in order. shown: the questions to show, all of the page when left out; `files` are not among
    the parts, because a form does not carry their answer."""
    values = form_from_answers(page, answers)
    texts = {problem.question_id: problem.text for problem in reversed(problems)}
    listed = [question for question in page.questions if not shown or question in shown]
    alone = page.title is None and len(listed) == 1
    parts: list[Part] = []
    for question in listed:
        if question.type is QuestionType.FILES:
            continue
        asking = Asking(
            question,
            wording,
            values,
            texts.get(question.id),
            is_heading=alone and not page.intro,
            is_told_above=alone and bool(page.intro),
        )
        parts.append(_KINDS[question.type](asking))
        parts.extend(_beside(asking))
    return parts


def question_title(question: Question, wording: Wording) -> str:
    """What is asked; a field that may stay empty says so. Choices do not: they are pressed or passed by."""
    if question.required or question.type in _PICKED:
        return question.ask
    return wording("word.optional", question=question.ask)


def _title(asking: Asking) -> Params:
    text = question_title(asking.question, asking.wording)
    if asking.is_heading:
        return {"text": text, "isPageHeading": True, "classes": "l"}
    return {"text": text, "classes": "s"}


def _label(asking: Asking) -> Params:
    title = _title(asking)
    return {**title, "classes": _HIDDEN if asking.is_told_above else f"govuk-label--{title['classes']}"}


def _legend(asking: Asking) -> Params:
    title = _title(asking)
    classes = _HIDDEN if asking.is_told_above else f"govuk-fieldset__legend--{title['classes']}"
    return {"legend": {**title, "classes": classes}}


def _common(asking: Asking, *, hints: Sequence[str] = ()) -> Params:
    """Hint and error, where there are any."""
    told = [hint for hint in (asking.question.hint, *hints) if hint]
    params: Params = {}
    if told:
        params["hint"] = {"text": " ".join(told)}
    if asking.error:
        params["errorMessage"] = {
            "text": asking.error,
            "visuallyHiddenText": asking.wording("errors.prefix").rstrip(":"),
        }
    return params


def _text(asking: Asking, **more: Any) -> Part:
    question = asking.question
    is_own = question.holds is Holds.REPORTER and question.type in _OWN_DETAILS
    return Part(
        "input",
        {
            "id": question.id,
            "name": question.id,
            "label": _label(asking),
            "value": asking.one(),
            "autocomplete": _OWN_DETAILS[question.type] if is_own else "off",
            **_common(asking),
            **more,
        },
    )


def _email(asking: Asking) -> Part:
    return _text(asking, type="email", inputmode="email", spellcheck=False, attributes={"dir": "ltr"})


def _phone(asking: Asking) -> Part:
    return _text(asking, type="tel", inputmode="tel", classes="govuk-input--width-20", attributes={"dir": "ltr"})


def _postcode(asking: Asking) -> Part:
    return _text(asking, classes="govuk-input--width-10", attributes={"dir": "ltr"})


def _long_text(asking: Asking) -> Part:
    question = asking.question
    params = {
        "id": question.id,
        "name": question.id,
        "label": _label(asking),
        "value": asking.one(),
        "rows": "8",
        "attributes": {"autocomplete": "off"},
        **_common(asking),
    }
    if not question.max_length >= _COUNT_SHOWN_FROM:
        return Part("textarea", params)
    w = asking.wording
    return Part(
        "character_count",
        {
            **params,
            "maxlength": question.max_length,
            "threshold": "75",
            "textareaDescriptionText": w("question.characters_left", count="%{count}"),
            "charactersUnderLimitText": _counted(w, "question.characters_left_now"),
            "charactersAtLimitText": w("question.characters_left_now.other", count="0"),
            "charactersOverLimitText": _counted(w, "question.characters_over_now"),
        },
    )


def _counted(wording: Wording, key: str) -> Params:
    return {form: wording(f"{key}.{form}", count="%{count}") for form in ("one", "other")}


def _web_addresses(asking: Asking) -> Part:
    params = {
        "id": asking.question.id,
        "name": asking.question.id,
        "label": _label(asking),
        "value": asking.one(),
        "rows": "4",
        "spellcheck": False,
        "attributes": {"dir": "ltr", "autocomplete": "off"},
        **_common(asking),
    }
    return Part("textarea", params)


def _choice(asking: Asking) -> Part:
    chosen = asking.one()
    items = [
        _item(choice.id, choice.label, choice.hint, checked=choice.id == chosen) for choice in asking.question.choices
    ]
    if asking.question.allow_unknown:
        items.append({"divider": asking.wording("word.or")})
        items.append(_item(UNKNOWN_VALUE, asking.wording("question.unknown"), None, checked=chosen == UNKNOWN_VALUE))
    return Part("radios", _group(asking, items))


def _choices(asking: Asking) -> Part:
    chosen = asking.many()
    items = [
        _item(choice.id, choice.label, choice.hint, checked=choice.id in chosen) for choice in asking.question.choices
    ]
    if asking.question.allow_unknown:
        items.append({"divider": asking.wording("word.or")})
        unknown = _item(UNKNOWN_VALUE, asking.wording("question.unknown"), None, checked=UNKNOWN_VALUE in chosen)
        items.append({**unknown, "behaviour": "exclusive"})
    several = asking.wording("question.choose_several")
    hints = () if asking.question.hint == several else (several,)
    return Part("checkboxes", {**_group(asking, items), **_common(asking, hints=hints)})


def _group(asking: Asking, items: list[Params]) -> Params:
    return {
        "idPrefix": asking.question.id,
        "name": asking.question.id,
        "fieldset": _legend(asking),
        "items": items,
        **_common(asking),
    }


def _item(value: str, text: str, hint: str | None, *, checked: bool) -> Params:
    return {"value": value, "text": text, "checked": checked, **({"hint": {"text": hint}} if hint else {})}


def _date(asking: Asking) -> Part:
    w, question = asking.wording, asking.question
    hints = [w("question.date_hint", example=w("question.date_example"))]
    if question.partial and not question.hint:
        hints.insert(0, w("question.date_partial_hint"))
    in_error = " govuk-input--error" if asking.error else ""
    items = [
        {
            "id": f"{question.id}-{part}",
            "name": f"{question.id}-{part}",
            "label": w(f"question.{part}"),
            "classes": f"govuk-input--width-{width}{in_error}",
            "value": asking.one(f"-{part}"),
            "autocomplete": "off",
        }
        for part, width in (("day", 2), ("month", 2), ("year", 4))
    ]
    return Part(
        "date_input",
        {"id": question.id, "fieldset": _legend(asking), "items": items, **_common(asking, hints=hints)},
    )


def _age(asking: Asking) -> Part:
    """Two fields of one question; the template sets them into one fieldset."""
    w, question = asking.wording, asking.question
    common = _common(asking)
    years = {
        "id": f"{question.id}-years",
        "name": f"{question.id}-years",
        "label": {"text": w("question.age_years")},
        "value": asking.one("-years"),
        "inputmode": "numeric",
        "classes": "govuk-input--width-3" + (" govuk-input--error" if asking.error else ""),
        "autocomplete": "off",
    }
    guess = {"value": "true", "text": w("question.age_estimated"), "checked": asking.one("-estimated") == "true"}
    return Part(
        "age",
        {
            "id": question.id,
            "fieldset": _legend(asking),
            "hint": common.get("hint"),
            "errorMessage": common.get("errorMessage"),
            "years": years,
            "estimated": {
                "idPrefix": f"{question.id}-estimated",
                "name": f"{question.id}-estimated",
                "classes": "govuk-checkboxes--small",
                "items": [guess],
            },
        },
    )


def _beside(asking: Asking) -> list[Part]:
    """ "I do not know" where the question type has no place for it, and how the person comes to know."""
    parts: list[Part] = []
    w, question = asking.wording, asking.question
    if question.allow_unknown and question.type not in {QuestionType.CHOICE, QuestionType.CHOICES}:
        name = f"{question.id}-unknown"
        item = {"value": "true", "text": w("question.unknown"), "checked": asking.one("-unknown") == "true"}
        label = f"{question.ask}: {w('question.unknown')}"
        item["attributes"] = {"aria-label": label}
        parts.append(
            Part("checkboxes", {"idPrefix": name, "name": name, "classes": "govuk-checkboxes--small", "items": [item]})
        )
    if question.ask_provenance:
        name, chosen = f"{question.id}-provenance", asking.one("-provenance")
        items = [_item(value, w(f"provenance.{value}"), None, checked=value == chosen) for value in Provenance]
        legend = {"text": w("word.optional", question=w("provenance.title")), "classes": "govuk-fieldset__legend--s"}
        parts.append(
            Part(
                "radios",
                {
                    "idPrefix": name,
                    "name": name,
                    "classes": "govuk-radios--small",
                    "fieldset": {"legend": legend},
                    "items": items,
                },
            )
        )
    return parts


_KINDS: Mapping[QuestionType, Callable[[Asking], Part]] = {
    QuestionType.SHORT_TEXT: _text,
    QuestionType.LONG_TEXT: _long_text,
    QuestionType.CHOICE: _choice,
    QuestionType.CHOICES: _choices,
    QuestionType.DATE: _date,
    QuestionType.AGE: _age,
    QuestionType.WEB_ADDRESSES: _web_addresses,
    QuestionType.EMAIL: _email,
    QuestionType.PHONE: _phone,
    QuestionType.POSTCODE: _postcode,
}
