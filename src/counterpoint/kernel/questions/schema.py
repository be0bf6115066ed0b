"""A question set as JSON Schema (2020-12), for partners who send answers by program."""

from __future__ import annotations

from counterpoint.kernel.questions.kinds import kind_of
from counterpoint.kernel.questions.kinds.kind import Schema
from counterpoint.kernel.questions.types import Json, Provenance, Question, QuestionSet


def json_schema(question_set: QuestionSet) -> Schema:
    """Accepts exactly the answers in which `check` finds no problem, with two exceptions that a schema cannot express:

    - conditions: a question that is not always shown is never required here, and its answer is judged here even when
      `check` would drop it;
    - dates in the future: a schema does not know what day it is.
    """
    properties: dict[str, Json] = {}
    required: list[Json] = []
    for page in question_set.pages:
        for question in page.questions:
            always = page.show_when is None and question.show_when is None
            properties[question.id] = _answer_schema(question, required=always and question.required)
            if always and question.required:
                required.append(question.id)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": question_set.title,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _answer_schema(question: Question, *, required: bool) -> Schema:
    kind = kind_of(question)
    blank: list[Json] = [] if required else [{"type": "null"}, *kind.blank_schemas(question)]
    shapes: list[Json] = [
        {
            "type": "object",
            "properties": {
                "value": {"anyOf": [kind.schema(question), *blank]},
                "provenance": {"enum": [str(provenance) for provenance in Provenance]},
            },
            "required": ["value"],
            "additionalProperties": False,
        }
    ]
    if question.allow_unknown:
        shapes.append(
            {
                "type": "object",
                "properties": {"unknown": {"const": True}},
                "required": ["unknown"],
                "additionalProperties": False,
            }
        )
    if not required:
        shapes.append({"type": "null"})
    return {"title": question.ask, "anyOf": shapes}
