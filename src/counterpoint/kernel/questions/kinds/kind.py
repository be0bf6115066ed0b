"""What every question type can do, and what checking one value gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from counterpoint.kernel.questions.text import cleaned
from counterpoint.kernel.questions.types import AnswerProblemCode, Flaw, Json, Question, QuestionType, Words

Schema: TypeAlias = dict[str, Json]

UNKNOWN_VALUE = "__unknown__"
"""The "I do not know" radio or check box among the choices. No choice id can start with an underscore."""


@dataclass(frozen=True)
class Judged:
    """A normalised value, or what is wrong with it. Neither: it was left blank."""

    value: Json = None
    flaws: tuple[Flaw, ...] = ()

    @property
    def is_blank(self) -> bool:
        return self.value is None and not self.flaws


BLANK = Judged()


def flawed(code: AnswerProblemCode, **values: int) -> Judged:
    return Judged(flaws=(Flaw(code, values),))


WRONG_SHAPE = flawed(AnswerProblemCode.WRONG_SHAPE)


class Fields:
    """The posted fields of one page, cleaned on reading. Of a repeated single field the last counts, as in Django."""

    def __init__(self, form: Mapping[str, Sequence[str]]) -> None:
        self._form = form

    def one(self, name: str) -> str:
        posted = self._values(name)
        return cleaned(posted[-1]) if posted else ""

    def many(self, name: str) -> tuple[str, ...]:
        return tuple(cleaned(text) for text in self._values(name)[:1000])

    def ticked(self, name: str) -> bool:
        return self.one(name).strip().casefold() in {"true", "on", "yes", "1"}

    def _values(self, name: str) -> list[str]:
        posted = self._form.get(name, ())
        return [posted] if isinstance(posted, str) else [text for text in posted if isinstance(text, str)]


class Kind(ABC):
    """A question type. Values are JSON; `judged` never raises, whatever it is given.

    schema and blank_schemas together accept exactly what `judged` accepts: the values that count as given, and those
    that count as left blank.
    """

    type: ClassVar[QuestionType]
    own_keys: ClassVar[frozenset[str]] = frozenset()
    default_max_length: ClassVar[int] = 0
    in_forms: ClassVar[bool] = True
    can_be_unknown: ClassVar[bool] = True

    @abstractmethod
    def from_form(self, question: Question, fields: Fields) -> Json:
        """The value as typed, None when all its fields are empty. What is no number stays text, to be shown again."""

    @abstractmethod
    def to_form(self, question: Question, value: Json) -> dict[str, list[str]]:
        """The fields that show this value again; the reverse of `from_form`."""

    @abstractmethod
    def judged(self, question: Question, value: object) -> Judged: ...

    @abstractmethod
    def schema(self, question: Question) -> Schema:
        """JSON Schema of the values that count as given."""

    @abstractmethod
    def blank_schemas(self, question: Question) -> tuple[Schema, ...]:
        """JSON Schemas of the values, null apart, that count as left blank."""

    @abstractmethod
    def lines(self, question: Question, value: Json, words: Words) -> tuple[str, ...]:
        """A normalised value as text for people, one line or several."""

    def fact(self, question: Question, value: Json) -> Json:  # noqa: ARG002 - others need the question
        """A normalised value as decision tables see it."""
        return value
