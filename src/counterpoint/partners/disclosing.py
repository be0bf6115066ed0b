"""What a request or an offer shows of a case: taken on the day, sealed with it, so that it stays told what was told."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.types import Section
from counterpoint.base import ids
from counterpoint.cases.selectors import concern_for
from counterpoint.cases.views import AnswerLine, ReferralPart
from counterpoint.partners.types import Disclosed

Stored = list[dict[str, Any]]


def taken_from(case_id: UUID, *, sections: Collection[Section], by: Staff) -> Stored:
    """What the case says now in these sections, as JSON. An audited read of `by`."""
    if not sections:
        return []
    view = concern_for(by, case_id, purpose="shown to another agency")
    return [
        {"section": section.value, "lines": [_line(line) for part in view.referrals for line in _lines(part, section)]}
        for section in Section
        if section in sections
    ]


def shown(stored: Iterable[Mapping[str, Any]]) -> tuple[Disclosed, ...]:
    """The same for a page."""
    return tuple(
        Disclosed(
            Section(each["section"]),
            tuple(AnswerLine(line["ask"], tuple(line["lines"]), line["provenance"]) for line in each["lines"]),
        )
        for each in stored
    )


def reference_of(prefix: str) -> str:
    """A reference of its own, as hard to guess as a case's, and not the case's."""
    return prefix + ids.new_reference()[2:]


def _lines(part: ReferralPart, section: Section) -> Iterable[AnswerLine]:
    return (part.person if section is Section.PERSON else part.concern) or ()


def _line(line: AnswerLine) -> dict[str, Any]:
    return {"ask": line.ask, "lines": list(line.lines), "provenance": line.provenance}
