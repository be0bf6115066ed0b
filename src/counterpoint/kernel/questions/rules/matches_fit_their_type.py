"""An answer by which repeats of a person are proposed is of a fitting type, and is not about the reporter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from counterpoint.kernel.questions.problems import Problem
from counterpoint.kernel.questions.rules import places
from counterpoint.kernel.questions.types import Holds, MatchAs, QuestionSet, QuestionType

_TYPES: Final[Mapping[MatchAs, QuestionType]] = {
    MatchAs.BORN_ON: QuestionType.DATE,
    MatchAs.AGE: QuestionType.AGE,
    MatchAs.POSTCODE: QuestionType.POSTCODE,
    MatchAs.EMAIL: QuestionType.EMAIL,
    MatchAs.PHONE: QuestionType.PHONE,
}


def matches_fit_their_type(question_set: QuestionSet) -> Iterator[Problem]:
    for path, question in places.questions(question_set):
        if question.match_as is None:
            continue
        place = (*path, "match_as")
        type_ = _TYPES.get(question.match_as, QuestionType.SHORT_TEXT)
        if question.type is not type_:
            what = f"`match_as: {question.match_as}` needs a question of type {type_}, and this is {question.type}"
            yield Problem(place, "match_of_other_type", what, "Change the type, or remove `match_as`")
        if question.holds is Holds.REPORTER:
            what = "Reporters are never matched, and this answer is about the reporter"
            yield Problem(place, "match_of_reporter", what, "Remove `match_as`, or correct `holds`")
