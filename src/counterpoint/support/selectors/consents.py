"""The consents of a case: what became of each, with its history."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.cases import envelope
from counterpoint.cases.models import Case
from counterpoint.cases.selectors import heading_for
from counterpoint.cases.selectors.heading import record_read
from counterpoint.kernel.packs import StepWork
from counterpoint.support import consenting
from counterpoint.support.models import Consent
from counterpoint.support.permissions import check_reads_all
from counterpoint.support.selectors.steps import waiting_for_work
from counterpoint.support.types import ConsentResult
from counterpoint.support.views import ConsentOfKind, ConsentsView, ConsentView

_LABELS = (
    ("how", "How they were asked"),
    ("reason", "Why it was not asked"),
    ("advised_because", "What the rules advise"),
    ("deviation", "Why it stands otherwise"),
    ("said", "What they said"),
)


@transaction.atomic
def consents_for(viewer: Staff, case_id: UUID, *, purpose: str) -> ConsentsView:
    """Every consent of the pack with what became of it; also of a kind that the pack has no more, if one was recorded.

    Raises NotFound; NotAllowed for partners. Audited."""
    heading = heading_for(viewer, case_id)
    check_reads_all(heading.relation)
    case = Case.objects.get(pk=case_id)
    rows = list(Consent.objects.filter(case=case).select_related("by").order_by("-number"))
    opened = envelope.unseal_all([(row, "sealed_words") for row in rows], key_id=case.key_id)
    by_kind: dict[str, list[ConsentView]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(_view(row, opened.get((row.pk, "sealed_words"))))
    rested_on = consenting.kinds_support_rests_on()
    record_read(viewer, heading, part="consents", purpose=purpose, detail={"consents": len(rows)})
    return ConsentsView(
        heading=heading,
        consents=tuple(
            ConsentOfKind(
                kind=kind,
                advice=consenting.advice_lines(kind),
                history=tuple(by_kind.get(kind.id, ())),
                support_rests_on_it=kind in rested_on,
            )
            for kind in consenting.kinds()
        ),
        lacking=tuple(kind.title for kind in consenting.lacking_for_support(case)),
        step=waiting_for_work(viewer, case_id, StepWork.CONSENT),
        may_record=heading.may_work and heading.is_open,
        may_withdraw=heading.relation.works,
    )


def _view(row: Consent, opened: Mapping[str, Any] | None) -> ConsentView:
    words = opened if isinstance(opened, Mapping) else {}
    return ConsentView(
        number=row.number,
        result=ConsentResult(row.result),
        on=row.on,
        giver=str(words.get("giver", "")),
        words=tuple(_pairs(row, words)),
        is_erased=opened is None,
        by=row.by.name,
        at=row.at,
    )


def _pairs(row: Consent, words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "giver" in words:
        who = "Withdrawn by" if row.result == ConsentResult.WITHDRAWN else "Asked"
        yield who, consenting.words_for(words["giver"])
    if "age_band" in words:
        yield "Age of the person", consenting.words_for(words["age_band"])
    if "capacity" in words:
        yield "Could decide for themselves", consenting.words_for(words["capacity"])
    for name, text in words.get("records", {}).items():
        yield consenting.record_label(name), text
    for name, label in _LABELS:
        if words.get(name):
            yield label, words[name]
