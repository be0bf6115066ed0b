"""From a plain mapping (as YAML or JSON gives) to a QuestionSet, or to every problem of it.

This module takes the document's shape; what must hold between its parts stands in `rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from counterpoint.kernel.questions.document import ID_PATTERN, Part, meant, short
from counterpoint.kernel.questions.kinds import KINDS
from counterpoint.kernel.questions.problems import Problem, QuestionSetProblems
from counterpoint.kernel.questions.rules import problems_between_parts
from counterpoint.kernel.questions.types import (
    AllOf,
    Answered,
    AnswerIn,
    AnyOf,
    Audience,
    Choice,
    Condition,
    Holds,
    MatchAs,
    Not,
    Page,
    Question,
    QuestionSet,
    QuestionType,
    Section,
    SetKind,
)

_SET_KEYS: Final = ("id", "kind", "audience", "title", "sections")
_SECTION_KEYS: Final = ("id", "title", "pages")
_PAGE_KEYS: Final = ("id", "title", "intro", "show_when", "questions")
_CHOICE_KEYS: Final = ("id", "label", "hint", "fact")
_OWN_KEYS: Final = frozenset(key for kind in KINDS.values() for key in kind.own_keys)
_QUESTION_KEYS: Final = frozenset(
    {"id", "type", "ask", "hint", "required", "allow_unknown", "ask_provenance"}
    | {"holds", "fact", "match_as", "show_when"}
)
_CONDITION_KEYS: Final = ("question", "in", "answered", "all", "any", "not")
_MAX_CONDITION_DEPTH: Final = 8
_MAX_TEXT_LENGTH: Final = 50_000
_NEVER: Final = AnyOf(parts=())


def read_question_set(source: object) -> QuestionSet:
    """The question set that a document describes.

    source: plain mappings, lists, strings, numbers and booleans; shape: docs/guides/packs.md.
    Raises QuestionSetProblems with all problems, each with its path into the document.
    """
    problems: list[Problem] = []
    question_set = _question_set(Part(source, (), problems))
    problems.extend(problems_between_parts(question_set, already=problems))
    if problems:
        raise QuestionSetProblems(problems)
    return question_set


def _question_set(part: Part) -> QuestionSet:
    part = part.keyed(_SET_KEYS, what="A question set")
    return QuestionSet(
        id=part.id(),
        kind=part.one_of_required("kind", SetKind, stand_in=SetKind.CONCERN),
        audience=part.one_of_required("audience", Audience, stand_in=Audience.PUBLIC),
        title=part.text("title"),
        sections=tuple(_section(item) for item in part.items("sections")),
    )


def _section(part: Part) -> Section:
    part = part.keyed(_SECTION_KEYS, what="A section")
    pages = tuple(_page(item) for item in part.items("pages"))
    return Section(id=part.id(), title=part.text("title"), pages=pages)


def _page(part: Part) -> Page:
    part = part.keyed(_PAGE_KEYS, what="A page")
    page = Page(
        id=part.id(),
        title=part.text_if_any("title"),
        intro=part.text_if_any("intro"),
        show_when=_condition_if_any(part),
        questions=tuple(_question(item) for item in part.items("questions")),
    )
    if len(page.questions) > 1 and not part.has("title"):
        part.note("page_without_title", "A page with several questions has no title", "Add `title:` to the page")
    return page


def _question(part: Part) -> Question:
    part = part.keyed(_QUESTION_KEYS | _OWN_KEYS, what="A question")
    type_ = part.one_of_required("type", QuestionType, stand_in=QuestionType.SHORT_TEXT)
    kind = KINDS[type_]
    _note_foreign_keys(part, type_)
    if part.flag("allow_unknown") and not kind.can_be_unknown:
        part.at("allow_unknown").note(
            "unknown_makes_no_sense", f"`{type_}` cannot be answered with “I do not know”", "Remove `allow_unknown`"
        )
    return Question(
        id=part.id(),
        type=type_,
        ask=part.text("ask"),
        hint=part.text_if_any("hint"),
        required=part.flag("required"),
        allow_unknown=part.flag("allow_unknown"),
        ask_provenance=part.flag("ask_provenance"),
        choices=tuple(_choice(item) for item in part.items("choices")) if "choices" in kind.own_keys else (),
        holds=part.one_of("holds", Holds, default=Holds.CONCERN) or Holds.CONCERN,
        fact=part.id("fact") if part.has("fact") else None,
        match_as=part.one_of("match_as", MatchAs, default=MatchAs.SURNAME) if part.has("match_as") else None,
        max_length=part.number("max_length", low=1, high=_MAX_TEXT_LENGTH) or kind.default_max_length,
        partial=part.flag("partial"),
        allow_future=part.flag("allow_future"),
        show_when=_condition_if_any(part),
    )


def _note_foreign_keys(part: Part, type_: QuestionType) -> None:
    """A known key that this type has no use for; an unknown type is noted already."""
    if part.at("type").value != type_:
        return
    for key in sorted(_OWN_KEYS - KINDS[type_].own_keys):
        if part.has(key):
            users = ", ".join(sorted(type_ for type_, kind in KINDS.items() if key in kind.own_keys))
            part.at(key).note("key_of_other_type", f"`{type_}` has no `{key}`", f"Remove it; it belongs to {users}")


def _choice(part: Part) -> Choice:
    part = part.keyed(_CHOICE_KEYS, what="A choice")
    fact = part.id("fact") if part.has("fact") else None
    return Choice(id=part.id(), label=part.text("label"), hint=part.text_if_any("hint"), fact=fact)


def _condition_if_any(part: Part) -> Condition | None:
    return _condition(part.at("show_when"), depth=1) if part.has("show_when") else None


def _condition(part: Part, *, depth: int) -> Condition:
    if depth > _MAX_CONDITION_DEPTH:
        part.note(
            "condition_too_deep", f"A condition is nested more than {_MAX_CONDITION_DEPTH} deep", "Split the page"
        )
        return _NEVER
    if not isinstance(part.value, Mapping):
        part.keyed(_CONDITION_KEYS, what="A condition")
        return _NEVER
    keys = frozenset(str(key) for key in part.value)
    read = _CONDITIONS.get(keys, _strange_condition)
    return read(part, depth)


def _answer_in(part: Part, depth: int) -> Condition:  # noqa: ARG001 - the same signature for every form
    return AnswerIn(question=_question_id(part), choices=_names(part))


def _all_of(part: Part, depth: int) -> Condition:
    return AllOf(parts=tuple(_condition(item, depth=depth + 1) for item in part.items("all")))


def _any_of(part: Part, depth: int) -> Condition:
    return AnyOf(parts=tuple(_condition(item, depth=depth + 1) for item in part.items("any")))


def _not(part: Part, depth: int) -> Condition:
    return Not(part=_condition(part.at("not"), depth=depth + 1))


def _answered(part: Part, depth: int) -> Condition:  # noqa: ARG001 - the same signature for every form
    if part.at("answered").value is not True:
        part.at("answered").note(
            "not_a_condition", "`answered` can only be true", "Write `{not: {question: …, answered: true}}`"
        )
    return Answered(question=_question_id(part))


def _strange_condition(part: Part, depth: int) -> Condition:  # noqa: ARG001 - the same signature for every form
    keys = frozenset(key for key, _ in part.entries())
    near = "".join(meant(key, _CONDITION_KEYS) for key in sorted(keys.difference(_CONDITION_KEYS)))
    part.note(
        "not_a_condition",
        f"A condition cannot have the keys {', '.join(short(key) for key in sorted(keys)[:6]) or '(none)'}{near}",
        "Write {question: …, in: […]}, {question: …, answered: true}, {all: […]}, {any: […]} or {not: …}",
    )
    return _NEVER


def _question_id(part: Part) -> str:
    return part.id("question")


def _names(part: Part) -> tuple[str, ...]:
    names = []
    for item in part.items("in"):
        if isinstance(item.value, str) and ID_PATTERN.fullmatch(item.value):
            names.append(item.value)
        else:
            item.note("not_an_id", "This is not the id of a choice", "Use the id of one of the question's choices")
    return tuple(names)


_CONDITIONS: Final[Mapping[frozenset[str], Callable[[Part, int], Condition]]] = {
    frozenset({"question", "in"}): _answer_in,
    frozenset({"question", "answered"}): _answered,
    frozenset({"all"}): _all_of,
    frozenset({"any"}): _any_of,
    frozenset({"not"}): _not,
}
