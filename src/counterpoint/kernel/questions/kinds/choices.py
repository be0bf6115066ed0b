"""Several of the listed choices."""

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


class ChoicesKind(Kind):
    """Kept without repeats, in the order in which they are offered."""

    type = QuestionType.CHOICES
    own_keys = frozenset({"choices"})

    def from_form(self, question: Question, fields: Fields) -> Json:
        ticked = dict.fromkeys(text for text in fields.many(question.id) if text and text != UNKNOWN_VALUE)
        return list(ticked) or None

    def to_form(self, question: Question, value: Json) -> dict[str, list[str]]:
        ticked = value if isinstance(value, (list, tuple)) else ()
        return {question.id: [item for item in ticked if isinstance(item, str)]}

    def judged(self, question: Question, value: object) -> Judged:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            return WRONG_SHAPE
        if len(value) > len(question.choices):
            return flawed(AnswerProblemCode.TOO_MANY, max=len(question.choices))
        if not value:
            return BLANK
        if not set(value) <= set(question.choice_ids):
            return flawed(AnswerProblemCode.NOT_A_CHOICE)
        return Judged([choice_id for choice_id in question.choice_ids if choice_id in value])

    def schema(self, question: Question) -> Schema:
        return {
            "type": "array",
            "minItems": 1,
            "maxItems": len(question.choices),
            "items": {"type": "string", "enum": list(question.choice_ids)},
        }

    def blank_schemas(self, question: Question) -> tuple[Schema, ...]:  # noqa: ARG002 - the same for all
        return ({"type": "array", "maxItems": 0},)

    def lines(self, question: Question, value: Json, words: Words) -> tuple[str, ...]:  # noqa: ARG002 - needs no words
        chosen = value if isinstance(value, (list, tuple)) else ()
        return tuple(choice.label for choice in question.choices if choice.id in chosen)
