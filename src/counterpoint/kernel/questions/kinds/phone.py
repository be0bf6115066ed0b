"""A telephone number of any country: 5 to 15 digits as people space them, perhaps an extension."""

from counterpoint.kernel.questions.kinds.kind import Fields
from counterpoint.kernel.questions.kinds.plain import PatternKind
from counterpoint.kernel.questions.text import western_digits
from counterpoint.kernel.questions.types import AnswerProblemCode, Json, Question, QuestionType


class PhoneKind(PatternKind):
    type = QuestionType.PHONE
    default_max_length = 40
    refusal = AnswerProblemCode.NOT_A_PHONE
    core = r"\(?\+?(?:[ ().\-/]*[0-9]){5,15}\)?(?: *(?:[eE][xX][tT]\.?|[xX]) *[0-9]{1,6})?"

    def from_form(self, question: Question, fields: Fields) -> Json:
        typed = super().from_form(question, fields)
        return western_digits(typed) if isinstance(typed, str) else None
