"""One line of text."""

from counterpoint.kernel.questions.kinds.kind import Judged
from counterpoint.kernel.questions.kinds.plain import TextKind
from counterpoint.kernel.questions.types import QuestionType


class ShortTextKind(TextKind):
    type = QuestionType.SHORT_TEXT
    own_keys = frozenset({"max_length"})
    default_max_length = 200

    def judged_text(self, text: str) -> Judged:
        return Judged(text.replace("\n", " "))
