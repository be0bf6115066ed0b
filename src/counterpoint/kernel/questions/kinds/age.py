"""An age in whole years, told apart from an estimate."""

from collections.abc import Mapping

from counterpoint.kernel.questions.kinds.kind import BLANK, WRONG_SHAPE, Fields, Judged, Kind, Schema, flawed
from counterpoint.kernel.questions.text import as_field, number_or_text, whole_number
from counterpoint.kernel.questions.types import AnswerProblemCode, Json, Question, QuestionType, Words

MAX_YEARS = 120


class AgeKind(Kind):
    """`{"years": 15, "estimated": true}`; `estimated` may be left out and is then false. The fact is the years."""

    type = QuestionType.AGE

    def from_form(self, question: Question, fields: Fields) -> Json:
        years = number_or_text(fields.one(f"{question.id}-years"))
        if years == "":
            return None
        return {"years": years, "estimated": fields.ticked(f"{question.id}-estimated")}

    def to_form(self, question: Question, value: Json) -> dict[str, list[str]]:
        parts = value if isinstance(value, Mapping) else {}
        ticked = ["true"] if parts.get("estimated") is True else []
        return {f"{question.id}-years": [as_field(parts.get("years"))], f"{question.id}-estimated": ticked}

    def judged(self, question: Question, value: object) -> Judged:  # noqa: ARG002 - ages have no settings
        if not isinstance(value, Mapping) or not value.keys() <= {"years", "estimated"}:
            return WRONG_SHAPE
        estimated = value.get("estimated", False)
        if not isinstance(estimated, bool):
            return WRONG_SHAPE
        if value.get("years") is None:
            return BLANK
        years = whole_number(value["years"])
        if years is None or not 0 <= years <= MAX_YEARS:
            return flawed(AnswerProblemCode.NOT_AN_AGE, min=0, max=MAX_YEARS)
        return Judged({"years": years, "estimated": estimated})

    def schema(self, question: Question) -> Schema:  # noqa: ARG002 - ages have no settings
        return {
            "type": "object",
            "properties": {
                "years": {"type": "integer", "minimum": 0, "maximum": MAX_YEARS},
                "estimated": {"type": "boolean"},
            },
            "required": ["years"],
            "additionalProperties": False,
        }

    def blank_schemas(self, question: Question) -> tuple[Schema, ...]:  # noqa: ARG002 - the same for all
        properties: Json = {"years": {"type": "null"}, "estimated": {"type": "boolean"}}
        return ({"type": "object", "properties": properties, "additionalProperties": False},)

    def lines(self, question: Question, value: Json, words: Words) -> tuple[str, ...]:  # noqa: ARG002 - the same for all
        if not isinstance(value, Mapping):
            return ()
        years = str(value["years"])
        return (words.about_age.replace("{years}", years) if value.get("estimated") else years,)

    def fact(self, question: Question, value: Json) -> Json:  # noqa: ARG002 - the same for all
        return value["years"] if isinstance(value, Mapping) else None
