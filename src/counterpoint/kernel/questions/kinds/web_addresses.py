"""Web addresses, one a line, as people paste them: with or without https://, or defanged (hxxps://, example[.]com)."""

import re

from counterpoint.kernel.questions.kinds.kind import BLANK, WRONG_SHAPE, Fields, Judged, Kind, Schema, flawed
from counterpoint.kernel.questions.text import BLANK_PATTERN, END, GIVEN_PATTERN, UNUSABLE, WHITE, trimmed
from counterpoint.kernel.questions.types import AnswerProblemCode, Flaw, Json, Question, QuestionType, Words

MAX_ADDRESSES = 50
MAX_ADDRESS_LENGTH = 2048

_LABEL = rf"[^{WHITE}{UNUSABLE}/?#@:.\[\]<>\"]+"
_DOT = r"(?:\.|\[\.\])"
_TAIL = rf"{_DOT}?(?::[0-9]{{1,5}})?(?:[/?#][^{WHITE}{UNUSABLE}<>\"]*)?"
_WITH_SCHEME = (
    rf"(?:[hH][tTxX][tTxX][pP][sS]?|[fF][tT][pP]|[tT][gG]|[iI][pP][fF][sS])://(?:[^{WHITE}{UNUSABLE}/?#@]*@)?"
    rf"(?:{_LABEL}(?:{_DOT}{_LABEL})*|\[[0-9a-fA-F:.]+\]){_TAIL}"
)
_BARE = rf"{_LABEL}(?:{_DOT}{_LABEL})+{_TAIL}"
# An address or an empty line. Nothing but the listed schemes: an officer's click must never run a script.
PATTERN = rf"^[{WHITE}]*(?:(?:{_WITH_SCHEME}|{_BARE})[{WHITE}]*)?{END}"
_COMPILED = re.compile(PATTERN)


class WebAddressesKind(Kind):
    """A list of strings, empty lines left out, otherwise as typed: what an address means is for matching to say."""

    type = QuestionType.WEB_ADDRESSES

    def from_form(self, question: Question, fields: Fields) -> Json:
        lines = [trimmed(line) for line in fields.one(question.id).split("\n")]
        return [line for line in lines if line] or None

    def to_form(self, question: Question, value: Json) -> dict[str, list[str]]:
        listed = value if isinstance(value, (list, tuple)) else ()
        return {question.id: ["\n".join(item for item in listed if isinstance(item, str))]}

    def judged(self, question: Question, value: object) -> Judged:  # noqa: ARG002 - addresses have no settings
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            return WRONG_SHAPE
        if len(value) > MAX_ADDRESSES:
            return flawed(AnswerProblemCode.TOO_MANY, max=MAX_ADDRESSES)
        flaws = tuple(flaw for line, item in enumerate(value, start=1) if (flaw := _flaw(item, line)))
        if flaws:
            return Judged(flaws=flaws)
        given = [text for item in value if (text := trimmed(item))]
        return Judged(given) if given else BLANK

    def schema(self, question: Question) -> Schema:  # noqa: ARG002 - addresses have no settings
        item: Json = {"type": "string", "maxLength": MAX_ADDRESS_LENGTH, "pattern": PATTERN}
        given: Json = {"pattern": GIVEN_PATTERN}
        return {"type": "array", "maxItems": MAX_ADDRESSES, "items": item, "contains": given}

    def blank_schemas(self, question: Question) -> tuple[Schema, ...]:  # noqa: ARG002 - the same for all
        item: Json = {"type": "string", "maxLength": MAX_ADDRESS_LENGTH, "pattern": BLANK_PATTERN}
        return ({"type": "array", "maxItems": MAX_ADDRESSES, "items": item},)

    def lines(self, question: Question, value: Json, words: Words) -> tuple[str, ...]:  # noqa: ARG002 - the same for all
        return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()


def _flaw(item: str, line: int) -> Flaw | None:
    if len(item) > MAX_ADDRESS_LENGTH:
        return Flaw(AnswerProblemCode.TOO_LONG, {"max": MAX_ADDRESS_LENGTH, "length": len(item), "line": line})
    if not _COMPILED.search(item):
        return Flaw(AnswerProblemCode.NOT_A_WEB_ADDRESS, {"line": line})
    return None
