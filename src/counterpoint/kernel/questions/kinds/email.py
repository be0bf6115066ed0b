"""An e-mail address: something, an @, and a name with a dot. Only sending to it can tell more."""

from counterpoint.kernel.questions.kinds.plain import PatternKind
from counterpoint.kernel.questions.text import WHITE
from counterpoint.kernel.questions.types import AnswerProblemCode, QuestionType

_SIGN = rf'[^{WHITE}@<>()\[\]\\,;:"]'
_LABEL_SIGN = rf'[^{WHITE}@<>()\[\]\\,;:"./]'


class EmailKind(PatternKind):
    type = QuestionType.EMAIL
    default_max_length = 254
    refusal = AnswerProblemCode.NOT_AN_EMAIL
    core = rf"{_SIGN}{{1,64}}@(?:{_LABEL_SIGN}+\.)+{_LABEL_SIGN}{{2,63}}"
