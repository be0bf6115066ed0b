"""The shapes of questions and answers: what a question set is, and what checking answers against it gives.

Everything here is a frozen value. Answers keep their JSON shape throughout (see `Answer`), so that what was checked
can be stored, compared and checked again without a conversion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias, TypedDict

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class SetKind(StrEnum):
    """What a question set is for. STEP: a form of a process, filled in by staff, never offered at a door."""

    CONCERN = "concern"
    ONLINE_MATERIAL = "online_material"
    ADVICE = "advice"
    STEP = "step"


class Audience(StrEnum):
    PUBLIC = "public"
    PROFESSIONAL = "professional"


class QuestionType(StrEnum):
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    AGE = "age"
    WEB_ADDRESSES = "web_addresses"
    EMAIL = "email"
    PHONE = "phone"
    POSTCODE = "postcode"
    FILES = "files"


class Holds(StrEnum):
    """Whom or what an answer is about; decides who may read it and when it is erased."""

    CONCERN = "concern"
    PERSON = "person"
    REPORTER = "reporter"
    MATERIAL = "material"


class MatchAs(StrEnum):
    """By which trait of a person an answer may propose a possible repeat."""

    FORENAME = "forename"
    SURNAME = "surname"
    KNOWN_AS = "known_as"
    BORN_ON = "born_on"
    AGE = "age"
    POSTCODE = "postcode"
    EMAIL = "email"
    PHONE = "phone"
    HANDLE = "handle"


class Provenance(StrEnum):
    """How the reporter comes to know what they say."""

    FIRST_HAND = "first_hand"
    REPORTED = "reported"
    INFERRED = "inferred"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Holds when the question was given a value; "I do not know" is not a value."""

    question: str


@dataclass(frozen=True, kw_only=True)
class AnswerIn:
    """Holds when the chosen one, or any of the chosen ones, is among `choices`."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class Not:
    part: Condition


Condition: TypeAlias = Answered | AnswerIn | AllOf | AnyOf | Not


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of the answers offered. `fact`: what decision tables see of it, where that is not its id, so that several
    choices may count as one ("a neighbour" and "a coach" as "community")."""

    id: str
    label: str
    hint: str | None = None
    fact: str | None = None

    @property
    def fact_value(self) -> str:
        return self.fact or self.id


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing asked. `choices`, `max_length`, `partial`, `allow_future` matter only to the types that have them."""

    id: str
    type: QuestionType
    ask: str
    hint: str | None = None
    required: bool = False
    allow_unknown: bool = False
    ask_provenance: bool = False
    choices: tuple[Choice, ...] = ()
    holds: Holds = Holds.CONCERN
    fact: str | None = None
    match_as: MatchAs | None = None
    max_length: int = 0
    partial: bool = False
    allow_future: bool = False
    show_when: Condition | None = None

    @property
    def choice_ids(self) -> tuple[str, ...]:
        return tuple(choice.id for choice in self.choices)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One thing to think about: a question, or a few that belong together."""

    id: str
    questions: tuple[Question, ...]
    title: str | None = None
    intro: str | None = None
    show_when: Condition | None = None

    @property
    def heading(self) -> str:
        """The page's title, or what its first question asks."""
        return self.title if self.title is not None else self.questions[0].ask


@dataclass(frozen=True, kw_only=True)
class Section:
    id: str
    title: str
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class QuestionSet:
    """What is asked, in order. One set serves every door."""

    id: str
    kind: SetKind
    audience: Audience
    title: str
    sections: tuple[Section, ...]

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        return tuple(page for section in self.sections for page in section.pages)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for page in self.pages for question in page.questions)

    @cached_property
    def _pages_by_id(self) -> Mapping[str, Page]:
        return {page.id: page for page in self.pages}

    @cached_property
    def _questions_by_id(self) -> Mapping[str, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def _page_of_question(self) -> Mapping[str, Page]:
        return {question.id: page for page in self.pages for question in page.questions}

    def page(self, page_id: str) -> Page:
        """Raises KeyError for an id that the set lacks."""
        return self._pages_by_id[page_id]

    def question(self, question_id: str) -> Question:
        """Raises KeyError for an id that the set lacks."""
        return self._questions_by_id[question_id]

    def page_of(self, question_id: str) -> Page:
        """The page that asks this question. Raises KeyError for an id that the set lacks."""
        return self._page_of_question[question_id]

    def has_page(self, page_id: str) -> bool:
        return page_id in self._pages_by_id

    def has_question(self, question_id: str) -> bool:
        return question_id in self._questions_by_id

    def section_of(self, page_id: str) -> Section:
        """The section that holds this page. Raises KeyError for an id that the set lacks."""
        page = self.page(page_id)
        return next(section for section in self.sections if page in section.pages)


class Answer(TypedDict, total=False):
    """`{"value": V}`, `{"value": V, "provenance": P}` or `{"unknown": True}`; V by type: docs/guides/packs.md."""

    value: Json
    provenance: str
    unknown: bool


Answers: TypeAlias = Mapping[str, Answer]


class AnswerProblemCode(StrEnum):
    """Stable names of what can be wrong with an answer; a door translates them. Beside each: its `values`."""

    MISSING = "missing"
    TOO_LONG = "too_long"  # max, length
    UNUSABLE_CHARACTERS = "unusable_characters"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_DATE = "not_a_date"
    DATE_IN_FUTURE = "date_in_future"
    NOT_AN_AGE = "not_an_age"  # min, max
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_PHONE = "not_a_phone"
    NOT_A_POSTCODE = "not_a_postcode"
    NOT_A_WEB_ADDRESS = "not_a_web_address"  # line, from 1
    NOT_A_FILE = "not_a_file"  # line, from 1
    NOT_A_PROVENANCE = "not_a_provenance"
    NOT_A_QUESTION = "not_a_question"
    TOO_MANY = "too_many"  # max
    UNKNOWN_NOT_ALLOWED = "unknown_not_allowed"
    VALUE_AND_UNKNOWN = "value_and_unknown"
    WRONG_SHAPE = "wrong_shape"


@dataclass(frozen=True)
class Flaw:
    """What a question type finds wrong with a value. `values` never repeat what was typed: it may be about a person."""

    code: AnswerProblemCode
    values: Mapping[str, int]


@dataclass(frozen=True)
class AnswerProblem:
    """One thing to put right. question_id is "" where the answers as a whole are not a mapping of ids to answers."""

    question_id: str
    code: AnswerProblemCode
    values: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Answers after checking.

    answers: normalised, only of questions that are shown, only those without a problem; checking them again gives the
        same, as long as there were no problems.
    dropped: well-formed answers to questions that are not shown; they count as not given.
    facts: see `check`.
    """

    question_set_id: str
    answers: Answers
    dropped: Answers
    pages_shown: tuple[Page, ...]
    questions_shown: tuple[Question, ...]
    facts: Mapping[str, Json]
    problems: tuple[AnswerProblem, ...]

    @property
    def is_good(self) -> bool:
        return not self.problems

    def problems_on(self, page: Page) -> tuple[AnswerProblem, ...]:
        """This page's problems, in the order of its questions."""
        ids = {question.id for question in page.questions}
        return tuple(problem for problem in self.problems if problem.question_id in ids)


@dataclass(frozen=True)
class PageAnswers:
    """What one posted page says. `blank`: its questions that were left empty."""

    answers: Answers
    blank: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """The few words that turn a value into text for people, in one language. `about_age` has a place {years}."""

    unknown: str
    about_age: str
    months: tuple[str, ...]


ENGLISH = Words(
    unknown="I do not know",
    about_age="about {years}",
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
)
