"""What the form of a step that asks partners begins with: who was asked, who answered what, who has not yet.

By the ids of fields that such a form may have, as packs name them: `asked`, `found`, `missing`. It is a draft: who
fills in the form changes it as they see fit."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.policies import local_day
from counterpoint.cases import selectors as cases
from counterpoint.cases.steps import MAX_TEXT, Shape, StepForm
from counterpoint.desk.cases.wording import day_words
from counterpoint.kernel.packs import StepWork
from counterpoint.partners.selectors import requests_of_case
from counterpoint.partners.types import RequestState, RequestView

_SAID = (RequestState.ANSWERED, RequestState.DECLINED)
_MORE = "\n(The rest stands under “Information from partners”.)"


def told_by_partners(viewer: Staff, case_id: UUID, form: StepForm, *, purpose: str) -> dict[str, str]:
    """By field, what the requests on the case say; nothing for a form of other work, and for other agencies. Audited as
    a reading of them."""
    if form.work is not StepWork.INFORMATION or cases.heading_for(viewer, case_id).is_partner:
        return {}
    texts = texts_of(requests_of_case(viewer, case_id, purpose=purpose))
    can_hold = {field.id for field in form.fields if field.shape is Shape.TEXT}
    return {name: text for name, text in texts.items() if name in can_hold and text}


def texts_of(requests: Sequence[RequestView]) -> Mapping[str, str]:
    """The requests, oldest first, in words."""
    in_order = sorted(requests, key=lambda each: (each.row.asked_at, each.row.reference))
    return {
        "asked": _joined(_asked(each) for each in in_order),
        "found": _joined(_found(each) for each in in_order if each.row.state in _SAID),
        "missing": _joined(_missing(each) for each in in_order if each.row.state is RequestState.ASKED),
    }


def _asked(each: RequestView) -> str:
    row = each.row
    withdrawn = " Withdrawn since." if row.state is RequestState.WITHDRAWN else ""
    asked = f"{row.asked}, {_day(row.asked_at)} ({row.reference})"
    return f"{asked}. Purpose: {row.purpose}. Legal basis: {row.legal_basis}.{withdrawn}"


def _found(each: RequestView) -> str:
    on = f", {_day(each.ended_at)}" if each.ended_at is not None else ""
    if each.row.state is RequestState.DECLINED:
        return f"{each.row.asked}{on}: declined to answer. {each.why}"
    known = f" ({each.provenance.label.lower()})" if each.provenance is not None else ""
    return f"{each.row.asked}{on}{known}: {each.answer}"


def _missing(each: RequestView) -> str:
    return f"{each.row.asked} has not answered {each.row.reference} yet; due {_day(each.row.due_at)}."


def _day(at: datetime) -> str:
    return day_words(local_day(at).isoformat())


def _joined(lines: Iterator[str]) -> str:
    """As much as a field takes; where that is not all of it, it says so."""
    text = "\n\n".join(lines)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(_MORE)] + _MORE
