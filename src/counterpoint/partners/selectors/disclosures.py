"""Who was told what of a case, for what, and who there has read it; and the same for auditors, without content."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Agency, SharingGrant, Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.selectors import names
from counterpoint.access.types import Role, Section
from counterpoint.audit import selectors as audit
from counterpoint.audit.services import record
from counterpoint.audit.types import Subject
from counterpoint.cases.models import Case
from counterpoint.cases.selectors import case_row
from counterpoint.cases.selectors.heading import heading_for, record_read
from counterpoint.cases.types import EventKind
from counterpoint.partners.permissions import check_reads_inside
from counterpoint.partners.types import Disclosure, DisclosureKind, LoggedDisclosure, ReadLine

PAGE_ROWS = 50
_LOGGED: Mapping[str, DisclosureKind] = {
    f"case.{EventKind.SHARED}": DisclosureKind.SHARE,
    f"case.{EventKind.SHARED_URGENTLY}": DisclosureKind.URGENT,
    f"case.{EventKind.INFORMATION_ASKED}": DisclosureKind.REQUEST,
    f"case.{EventKind.TRANSFER_OFFERED}": DisclosureKind.TRANSFER,
}


@transaction.atomic
def disclosures_of_case(viewer: Staff, case_id: UUID, *, purpose: str) -> Sequence[Disclosure]:
    """Everything that was told of the case to another agency, the latest first, with who of that agency opened it: for
    the lead agency. Raises NotFound, NotAllowed for partners. Audited."""
    heading, case = heading_for(viewer, case_id), case_row(viewer, case_id)
    check_reads_inside(viewer, case)
    found = [*_shares(case), *_requests(case), *_transfers(case)]
    record_read(viewer, heading, part="disclosures", purpose=purpose, detail={"disclosures": len(found)})
    return sorted(found, key=lambda each: each.at, reverse=True)


@transaction.atomic
def disclosures_logged(
    viewer: Staff, *, reference: str = "", before_number: int | None = None
) -> Sequence[LoggedDisclosure]:
    """Disclosures of all cases as the audit trail has them, the latest first, one more than a page: for auditors.
    before_number: pages backwards. Audited."""
    check_holds(viewer, Role.AUDITOR)
    rows = audit.entries_of(tuple(_LOGGED), reference=reference, before_number=before_number, limit=PAGE_ROWS + 1)
    record("disclosures.read", by=viewer.actor, about=Subject("staff", viewer.pk), detail={"rows": len(rows)})
    people = names([UUID(row.actor_id) for row in rows if row.actor_id])
    to = {row.number: str(row.detail.get("agency", "")) for row in rows}
    agencies = dict(Agency.objects.filter(pk__in={each for each in to.values() if each}).values_list("pk", "name"))
    return [
        LoggedDisclosure(
            number=row.number,
            at=row.at,
            kind=_LOGGED[row.action],
            by=people.get(UUID(row.actor_id), "") if row.actor_id else "",
            reference=row.subject_reference,
            agency=agencies.get(UUID(to[row.number]), "") if to[row.number] else "",
            sections=_sections(str(row.detail.get("sections", "")).split()),
            purpose=row.purpose,
        )
        for row in rows
    ]


def _shares(case: Case) -> Iterable[Disclosure]:
    rows = SharingGrant.objects.filter(case_id=case.pk).select_related("agency", "granted_by", "agreement")
    for row in rows:
        until = min(row.until, row.revoked_at) if row.revoked_at else row.until
        yield Disclosure(
            kind=DisclosureKind.URGENT if row.urgent_because else DisclosureKind.SHARE,
            reference=row.agreement.reference if row.agreement else "",
            agency=row.agency.name,
            sections=_sections(row.sections),
            purpose=row.purpose,
            legal_basis=row.legal_basis,
            by=row.granted_by.name,
            at=row.created_at,
            until=until,
            reads=_reads("case", case.pk, row.agency_id, action="case.read", since=row.created_at, until=until),
        )


def _requests(case: Case) -> Iterable[Disclosure]:
    for row in case.information_requests.select_related("agency", "asked_by"):
        yield Disclosure(
            kind=DisclosureKind.REQUEST,
            reference=row.reference,
            agency=row.agency.name,
            sections=_sections(row.sections),
            purpose=row.purpose,
            legal_basis=row.legal_basis,
            by=row.asked_by.name,
            at=row.asked_at,
            until=None,
            reads=_reads("information_request", row.pk, row.agency_id, action="information_request.read"),
        )


def _transfers(case: Case) -> Iterable[Disclosure]:
    for row in case.transfers.select_related("to_agency", "offered_by"):
        yield Disclosure(
            kind=DisclosureKind.TRANSFER,
            reference=row.reference,
            agency=row.to_agency.name,
            sections=_sections(row.sections),
            purpose="To lead the case",
            legal_basis=row.legal_basis,
            by=row.offered_by.name,
            at=row.offered_at,
            until=None,
            reads=_reads("transfer", row.pk, row.to_agency_id, action="transfer.read"),
        )


def _reads(
    kind: str,
    subject_id: UUID,
    agency_id: UUID,
    *,
    action: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[ReadLine, ...]:
    people = {str(pk): name for pk, name in Staff.objects.filter(agency_id=agency_id).values_list("pk", "name")}
    rows = audit.reads_by(kind, subject_id, action=action, actor_ids=tuple(people), since=since, until=until)
    lines: dict[tuple[str, str], ReadLine] = {}
    for row in rows:
        who, part = people[row.actor_id], str(row.detail.get("part", ""))
        known = lines.get((who, part))
        lines[(who, part)] = ReadLine(who, part, (known.times if known else 0) + 1, row.at)
    return tuple(sorted(lines.values(), key=lambda line: (line.who, line.part)))


def _sections(stored: Iterable[str]) -> tuple[Section, ...]:
    return tuple(Section(name) for name in stored if name in Section.values)
