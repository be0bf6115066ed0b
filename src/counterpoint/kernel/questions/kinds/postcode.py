"""A postcode of any country, whole or its first part: letters, digits, spaces and hyphens."""

from counterpoint.kernel.questions.kinds.kind import Fields
from counterpoint.kernel.questions.kinds.plain import PatternKind
from counterpoint.kernel.questions.text import western_digits
from counterpoint.kernel.questions.types import AnswerProblemCode, Json, Question, QuestionType


class PostcodeKind(PatternKind):
    """Kept in capitals with single spaces, so that the same place is written the same."""

    type = QuestionType.POSTCODE
    default_max_length = 20
    refusal = AnswerProblemCode.NOT_A_POSTCODE
    core = r"[A-Za-z0-9][A-Za-z0-9 \-]{0,10}[A-Za-z0-9]"

    def normal(self, text: str) -> str:
        return " ".join(text.upper().split())

    def from_form(self, question: Question, fields: Fields) -> Json:
        typed = super().from_form(question, fields)
        return western_digits(typed) if isinstance(typed, str) else None
