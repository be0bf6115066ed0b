"""Question types, one file each. `kind_of(question)` finds the one that reads, checks and shows its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from counterpoint.kernel.questions.kinds.age import AgeKind
from counterpoint.kernel.questions.kinds.choice import ChoiceKind
from counterpoint.kernel.questions.kinds.choices import ChoicesKind
from counterpoint.kernel.questions.kinds.date import DateKind
from counterpoint.kernel.questions.kinds.email import EmailKind
from counterpoint.kernel.questions.kinds.files import FilesKind
from counterpoint.kernel.questions.kinds.kind import Fields, Judged, Kind
from counterpoint.kernel.questions.kinds.long_text import LongTextKind
from counterpoint.kernel.questions.kinds.phone import PhoneKind
from counterpoint.kernel.questions.kinds.postcode import PostcodeKind
from counterpoint.kernel.questions.kinds.short_text import ShortTextKind
from counterpoint.kernel.questions.kinds.web_addresses import WebAddressesKind
from counterpoint.kernel.questions.types import Question, QuestionType

KINDS: Final[Mapping[QuestionType, Kind]] = {
    kind.type: kind
    for kind in (
        ShortTextKind(),
        LongTextKind(),
        ChoiceKind(),
        ChoicesKind(),
        DateKind(),
        AgeKind(),
        WebAddressesKind(),
        EmailKind(),
        PhoneKind(),
        PostcodeKind(),
        FilesKind(),
    )
}


def kind_of(question: Question) -> Kind:
    return KINDS[question.type]


__all__ = ["KINDS", "Fields", "Judged", "Kind", "kind_of"]
