"""A calendar day, or where `partial` a month or a year."""

from collections.abc import Mapping
from datetime import date

from counterpoint.kernel.questions.kinds.kind import BLANK, WRONG_SHAPE, Fields, Judged, Kind, Schema, flawed
from counterpoint.kernel.questions.text import as_field, number_or_text, whole_number
from counterpoint.kernel.questions.types import AnswerProblemCode, Json, Question, QuestionType, Words

FIRST_YEAR = 1900
LAST_YEAR = 2199
PARTS = ("day", "month", "year")
_NOT_A_DATE = flawed(AnswerProblemCode.NOT_A_DATE)
_NONE: Json = {"type": "null"}


class DateKind(Kind):
    """`{"year": 2026, "month": 5, "day": 1}`. The fact is the ISO date of a whole day, null for a partial one."""

    type = QuestionType.DATE
    own_keys = frozenset({"partial", "allow_future"})

    def from_form(self, question: Question, fields: Fields) -> Json:
        typed = {part: number_or_text(fields.one(f"{question.id}-{part}")) for part in PARTS}
        parts: dict[str, Json] = {part: None if text == "" else text for part, text in typed.items()}
        return parts if any(part is not None for part in parts.values()) else None

    def to_form(self, question: Question, value: Json) -> dict[str, list[str]]:
        parts = value if isinstance(value, Mapping) else {}
        return {f"{question.id}-{part}": [as_field(parts.get(part))] for part in PARTS}

    def judged(self, question: Question, value: object) -> Judged:
        if not isinstance(value, Mapping) or not value.keys() <= set(PARTS):
            return WRONG_SHAPE
        if all(part is None for part in value.values()):
            return BLANK
        typed = [value.get(part) for part in PARTS]
        numbers = [whole_number(part) for part in typed]
        if any(number is None and part is not None for number, part in zip(numbers, typed, strict=True)):
            return _NOT_A_DATE
        day, month, year = numbers
        if not _exists(day, month, year) or (day is None and not question.partial):
            return _NOT_A_DATE
        return Judged({"year": year, "month": month, "day": day})

    def schema(self, question: Question) -> Schema:
        parts: list[Json] = [
            _days((1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 30),
            _days((1, 3, 5, 7, 8, 10, 12), 31),
            _days((2,), 28),
            *_LEAP_DAYS,
        ]
        if question.partial:
            parts.append({"properties": {"month": _whole(1, 12), "day": _NONE}, "required": ["year", "month"]})
            parts.append({"properties": {"month": _NONE, "day": _NONE}, "required": ["year"]})
        may_be: Json = {"type": ["integer", "null"]}
        return {
            "type": "object",
            "properties": {"year": _whole(FIRST_YEAR, LAST_YEAR), "month": may_be, "day": may_be},
            "additionalProperties": False,
            "anyOf": parts,
        }

    def blank_schemas(self, question: Question) -> tuple[Schema, ...]:  # noqa: ARG002 - the same for all
        return ({"type": "object", "properties": dict.fromkeys(PARTS, _NONE), "additionalProperties": False},)

    def lines(self, question: Question, value: Json, words: Words) -> tuple[str, ...]:  # noqa: ARG002 - the same for all
        if not isinstance(value, Mapping):
            return ()
        month = value.get("month")
        parts = [value.get("day"), words.months[month - 1] if isinstance(month, int) else None, value.get("year")]
        return (" ".join(str(part) for part in parts if part is not None),)

    def fact(self, question: Question, value: Json) -> Json:  # noqa: ARG002 - the same for all
        return iso(value) if isinstance(value, Mapping) and value.get("day") is not None else None


def iso(value: Mapping[str, Json]) -> str:
    """2026-05-01, or as much of it as is known."""
    known = [value.get(part) for part in ("year", "month", "day")]
    return "-".join(f"{part:02d}" for part in known if isinstance(part, int))


def lies_after(value: Mapping[str, Json], at: date) -> bool:
    """Is the earliest day that a normalised value can mean after `at`?"""
    year, month, day = (value.get(part) for part in ("year", "month", "day"))
    earliest = (year, month or 1, day or 1) if month is not None else (year, 1, 1)
    return tuple(part for part in earliest if isinstance(part, int)) > (at.year, at.month, at.day)


def _exists(day: int | None, month: int | None, year: int | None) -> bool:
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR or (month is None and day is not None):
        return False
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except (ValueError, OverflowError):
        return False
    return True


def _whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _days(months: tuple[int, ...], last: int) -> Schema:
    return {"properties": {"month": {"enum": list(months)}, "day": _whole(1, last)}, **_WHOLE_DATE}


_WHOLE_DATE: Schema = {"required": ["year", "month", "day"]}
_LEAP_YEARS: tuple[Schema, ...] = ({"multipleOf": 400}, {"multipleOf": 4, "not": {"multipleOf": 100}})
_LEAP_DAYS: tuple[Schema, ...] = tuple(
    {"properties": {"year": year, "month": {"const": 2}, "day": {"const": 29}}, **_WHOLE_DATE} for year in _LEAP_YEARS
)
