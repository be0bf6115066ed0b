"""One of the listed choices."""

from counterpoint.kernel.questions.kinds.kind import (
    BLANK,
    UNKNOWN_VALUE,
    WRONG_SHAPE,
    Fields,
    Judged,
    Kind,
    Schema,
    flawed,
)
from counterpoint.kernel.questions.types import AnswerProblemCode, Json, Question, QuestionType, Words


class ChoiceKind(Kind):
    type = QuestionType.CHOICE
    own_keys = frozenset({"choices"})

    def from_form(self, question: Question, fields: Fields) -> Json:
        chosen = fields.one(question.id)
        return chosen if chosen and chosen != UNKNOWN_VALUE else None

    def to_form(self, question: Question, value: Json) -> dict[str, list[str]]:
        return {question.id: [value] if isinstance(value, str) and value else []}

    def judged(self, question: Question, value: object) -> Judged:
        if not isinstance(value, str):
            return WRONG_SHAPE
        if not value:
            return BLANK
        return Judged(value) if value in question.choice_ids else flawed(AnswerProblemCode.NOT_A_CHOICE)

    def schema(self, question: Question) -> Schema:
        return {"type": "string", "enum": list(question.choice_ids)}

    def blank_schemas(self, question: Question) -> tuple[Schema, ...]:  # noqa: ARG002 - the same for all
        return ({"type": "string", "maxLength": 0},)

    def lines(self, question: Question, value: Json, words: Words) -> tuple[str, ...]:  # noqa: ARG002 - needs no words
        return tuple(choice.label for choice in question.choices if choice.id == value)
