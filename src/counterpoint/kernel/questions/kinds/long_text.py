"""Text of several lines."""

from counterpoint.kernel.questions.kinds.plain import TextKind
from counterpoint.kernel.questions.types import QuestionType


class LongTextKind(TextKind):
    type = QuestionType.LONG_TEXT
    own_keys = frozenset({"max_length"})
    default_max_length = 5000
