"""Free text, and text that follows one pattern: the shared manner of six question types."""

from __future__ import annotations

import re
from typing import ClassVar

from counterpoint.kernel.questions.kinds.kind import BLANK, WRONG_SHAPE, Fields, Judged, Kind, Schema, flawed
from counterpoint.kernel.questions.text import (
    BLANK_PATTERN,
    END,
    GIVEN_PATTERN,
    USABLE_PATTERN,
    WHITE,
    trimmed,
    usable,
)
from counterpoint.kernel.questions.types import AnswerProblemCode, Json, Question, Words


class TextKind(Kind):
    """Any usable characters up to max_length, counted in code points before trimming, as JSON Schema counts them."""

    def from_form(self, question: Question, fields: Fields) -> Json:
        return trimmed(fields.one(question.id)) or None

    def to_form(self, question: Question, value: Json) -> dict[str, list[str]]:
        return {question.id: [value if isinstance(value, str) else ""]}

    def judged(self, question: Question, value: object) -> Judged:
        if not isinstance(value, str):
            return WRONG_SHAPE
        limit = self.limit(question)
        if len(value) > limit:
            return flawed(AnswerProblemCode.TOO_LONG, max=limit, length=len(value))
        if not usable(value):
            return flawed(AnswerProblemCode.UNUSABLE_CHARACTERS)
        text = trimmed(value)
        return self.judged_text(text) if text else BLANK

    def judged_text(self, text: str) -> Judged:
        """text: usable, trimmed, not empty."""
        return Judged(text)

    def limit(self, question: Question) -> int:
        return question.max_length or self.default_max_length

    def schema(self, question: Question) -> Schema:
        return {
            "type": "string",
            "maxLength": self.limit(question),
            "allOf": [{"pattern": USABLE_PATTERN}, {"pattern": GIVEN_PATTERN}],
        }

    def blank_schemas(self, question: Question) -> tuple[Schema, ...]:
        return ({"type": "string", "maxLength": self.limit(question), "pattern": BLANK_PATTERN},)

    def lines(self, question: Question, value: Json, words: Words) -> tuple[str, ...]:  # noqa: ARG002 - needs no words
        return tuple(str(value).split("\n"))


class PatternKind(TextKind):
    """One line that matches `core`, white space around it apart."""

    core: ClassVar[str]
    refusal: ClassVar[AnswerProblemCode]

    def __init__(self) -> None:
        self.pattern = f"^[{WHITE}]*(?:{self.core})[{WHITE}]*{END}"
        self._compiled = re.compile(self.pattern)

    def judged_text(self, text: str) -> Judged:
        return Judged(self.normal(text)) if self._compiled.search(text) else flawed(self.refusal)

    def normal(self, text: str) -> str:
        return text

    def schema(self, question: Question) -> Schema:
        return {
            "type": "string",
            "maxLength": self.limit(question),
            "allOf": [{"pattern": USABLE_PATTERN}, {"pattern": self.pattern}],
        }
