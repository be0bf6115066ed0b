"""Files that a door has received and stored; the answer only names them. Forms do not carry it: see `in_forms`."""

import re
from collections.abc import Mapping

from counterpoint.kernel.questions.kinds.kind import BLANK, WRONG_SHAPE, Fields, Judged, Kind, Schema, flawed
from counterpoint.kernel.questions.text import END, USABLE_PATTERN, usable, whole_number
from counterpoint.kernel.questions.types import AnswerProblemCode, Flaw, Json, Question, QuestionType, Words

MAX_FILES = 50
"""A bound against abuse. How many and how large a door accepts stands in the pack's `uploads`."""
MAX_NAME_LENGTH = 255
MAX_BYTES = 2**53 - 1
_FILE_ID = rf"^[A-Za-z0-9_\-]{{1,64}}{END}"
_MEDIA_TYPE = rf"^[A-Za-z0-9.+_\-]{{1,80}}/[A-Za-z0-9.+_\-]{{1,120}}{END}"
_KEYS = ("file_id", "name", "media_type", "size_bytes")


class FilesKind(Kind):
    """A list of `{"file_id", "name", "media_type", "size_bytes"}`. The fact is how many there are."""

    type = QuestionType.FILES
    in_forms = False
    can_be_unknown = False

    def from_form(self, question: Question, fields: Fields) -> Json:  # noqa: ARG002 - forms do not carry it
        return None

    def to_form(self, question: Question, value: Json) -> dict[str, list[str]]:  # noqa: ARG002 - forms do not carry it
        return {}

    def judged(self, question: Question, value: object) -> Judged:  # noqa: ARG002 - files have no settings
        if not isinstance(value, (list, tuple)):
            return WRONG_SHAPE
        if len(value) > MAX_FILES:
            return flawed(AnswerProblemCode.TOO_MANY, max=MAX_FILES)
        if not value:
            return BLANK
        files = [_file(item) for item in value]
        flaws = tuple(
            Flaw(AnswerProblemCode.NOT_A_FILE, {"line": line}) for line, file in enumerate(files, start=1) if not file
        )
        return Judged(flaws=flaws) if flaws else Judged(files)

    def schema(self, question: Question) -> Schema:  # noqa: ARG002 - files have no settings
        name: Json = {"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH, "pattern": USABLE_PATTERN}
        properties: Json = {
            "file_id": {"type": "string", "pattern": _FILE_ID},
            "name": name,
            "media_type": {"type": "string", "pattern": _MEDIA_TYPE},
            "size_bytes": {"type": "integer", "minimum": 0, "maximum": MAX_BYTES},
        }
        item: Json = {
            "type": "object",
            "properties": properties,
            "required": list(_KEYS),
            "additionalProperties": False,
        }
        return {"type": "array", "minItems": 1, "maxItems": MAX_FILES, "items": item}

    def blank_schemas(self, question: Question) -> tuple[Schema, ...]:  # noqa: ARG002 - the same for all
        return ({"type": "array", "maxItems": 0},)

    def lines(self, question: Question, value: Json, words: Words) -> tuple[str, ...]:  # noqa: ARG002 - the same for all
        listed = value if isinstance(value, (list, tuple)) else ()
        return tuple(str(item["name"]) for item in listed if isinstance(item, Mapping))

    def fact(self, question: Question, value: Json) -> Json:  # noqa: ARG002 - the same for all
        return len(value) if isinstance(value, (list, tuple)) else None


def _file(item: object) -> dict[str, Json] | None:
    """The normalised file, None when anything about it is wrong."""
    if not isinstance(item, Mapping) or item.keys() != set(_KEYS):
        return None
    file_id, name, media_type = (item[key] for key in _KEYS[:3])
    size = whole_number(item["size_bytes"])
    if size is None or not 0 <= size <= MAX_BYTES or not _named(name):
        return None
    if not _matches(_FILE_ID, file_id) or not _matches(_MEDIA_TYPE, media_type):
        return None
    return {"file_id": file_id, "name": name, "media_type": media_type, "size_bytes": size}


def _named(name: object) -> bool:
    return isinstance(name, str) and 1 <= len(name) <= MAX_NAME_LENGTH and usable(name)


def _matches(pattern: str, text: object) -> bool:
    return isinstance(text, str) and re.search(pattern, text) is not None
