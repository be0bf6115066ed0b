"""Who knows of a case, and what they wrote: members, grants, notes, messages with reporters."""

from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Agency, Staff
from counterpoint.access.relations import Standing
from counterpoint.access.selectors import grants_of_case
from counterpoint.access.types import Section
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed
from counterpoint.cases import envelope
from counterpoint.cases.models import Case, CaseMember, CaseNote, CaseReferral
from counterpoint.cases.selectors.heading import heading_for, record_read
from counterpoint.cases.sharing import agencies_granted
from counterpoint.cases.types import NoteVisibility
from counterpoint.cases.views import CaseHeading, Mail, MemberView, NotesView, NoteView, PeopleView
from counterpoint.intake import mailbox

_IN_NOTES = (Section.NOTES, Section.RESTRICTED_NOTES, Section.REPORTER)
_READS_RESTRICTED = frozenset({Standing.ASSIGNED, Standing.LEAD_AGENCY})


@transaction.atomic
def notes_for(viewer: Staff, case_id: UUID, *, purpose: str) -> NotesView:
    """Notes in their groups, and the messages with the reporter of each referral.

    A restricted note is for its author, the lead officer, supervisors of the lead agency, and an agency that was
    granted restricted notes; not for who broke the glass. Raises NotFound, NotAllowed for partners who were given
    none of it. Audited, each mailbox by itself too."""
    heading = heading_for(viewer, case_id)
    if not any(heading.opens(section) for section in _IN_NOTES):
        raise NotAllowed("Your agency was not given notes or messages of this case.")
    internal, restricted = _notes(viewer, heading)
    mail = _mail(viewer, case_id) if heading.opens(Section.REPORTER) else None
    groups = {"internal": internal, "restricted": restricted, "mail": mail}
    read = " ".join(name for name, found in groups.items() if found is not None)
    record_read(viewer, heading, part="notes", purpose=purpose, detail={"sections": read})
    return NotesView(heading=heading, internal=internal, restricted=restricted, mail=mail)


@transaction.atomic
def people_for(viewer: Staff, case_id: UUID, *, purpose: str) -> PeopleView:
    """Who knows: members with from and to, and every grant with purpose and end. A partner sees its own grants only.

    Raises NotFound. Audited."""
    heading = heading_for(viewer, case_id)
    grants = tuple(grants_of_case(viewer, case_id))
    members: tuple[MemberView, ...] = ()
    if heading.is_partner:
        grants = tuple(grant for grant in grants if grant.agency == viewer.agency.name)
    else:
        members = tuple(_members(heading))
    record_read(viewer, heading, part="people", purpose=purpose, detail={"grants": len(grants)})
    return PeopleView(heading=heading, members=members, grants=grants)


def members_of(viewer: Staff, case_id: UUID) -> dict[UUID, Staff]:
    """Who works on the case now, the lead officer among them; nobody for partners. Raises NotFound."""
    if heading_for(viewer, case_id).is_partner:
        return {}
    rows = CaseMember.objects.filter(case_id=case_id, to_at__isnull=True).select_related("staff__agency")
    return {row.staff_id: row.staff for row in rows.order_by("from_at", "id")}


def possible_owners(viewer: Staff, case_id: UUID) -> list[tuple[str, str]]:
    """Who an action can be given to: members, the lead agency, agencies that the case is shared with now. As codes
    ("staff:<id>", "agency:<id>") and names. Raises NotFound."""
    members = members_of(viewer, case_id)
    if not members:
        return []
    lead = next(iter(members.values())).agency
    shared = Agency.objects.filter(pk__in=agencies_granted(case_id, at=clock.now())).order_by("name")
    people = [(f"staff:{staff.pk}", staff.name) for staff in members.values()]
    return people + [(f"agency:{agency.pk}", agency.name) for agency in (lead, *shared)]


def _notes(viewer: Staff, heading: CaseHeading) -> tuple[tuple[NoteView, ...] | None, tuple[NoteView, ...] | None]:
    opens_internal = heading.opens(Section.NOTES)
    rows = list(
        CaseNote.objects.filter(case_id=heading.id)
        .exclude(visibility=NoteVisibility.REPORTER)
        .select_related("by")
        .order_by("-at", "-id")
    )
    internal = [row for row in rows if row.visibility == NoteVisibility.INTERNAL] if opens_internal else []
    restricted = [
        row
        for row in rows
        if row.visibility == NoteVisibility.RESTRICTED and (row.by_id == viewer.pk or _opens_restricted(heading))
    ]
    shows_restricted = _opens_restricted(heading) or heading.may_work
    key_id = Case.objects.values_list("key_id", flat=True).get(pk=heading.id)
    texts = envelope.unseal_all([(row, "sealed_text") for row in (*internal, *restricted)], key_id=key_id)
    views = {row.pk: _note(row, texts.get((row.pk, "sealed_text"), "")) for row in (*internal, *restricted)}
    return (
        tuple(views[row.pk] for row in internal) if opens_internal else None,
        tuple(views[row.pk] for row in restricted) if shows_restricted else None,
    )


def _opens_restricted(heading: CaseHeading) -> bool:
    if heading.is_partner:
        return heading.opens(Section.RESTRICTED_NOTES)
    return heading.relation.standing in _READS_RESTRICTED


def _note(row: CaseNote, text: str) -> NoteView:
    return NoteView(id=row.pk, visibility=NoteVisibility(row.visibility), text=text, by=row.by.name, at=row.at)


def _mail(viewer: Staff, case_id: UUID) -> tuple[Mail, ...]:
    links = CaseReferral.objects.filter(case_id=case_id).select_related("referral__arrival")
    return tuple(
        Mail(
            referral_id=link.referral_id,
            reference=link.referral.reference,
            messages=mailbox.messages_for_staff(viewer, arrival=link.referral.arrival),
        )
        for link in links.order_by("-is_first", "joined_at", "id")
    )


def _members(heading: CaseHeading) -> list[MemberView]:
    rows = CaseMember.objects.filter(case_id=heading.id).select_related("staff__agency").order_by("from_at", "id")
    return [
        MemberView(
            staff_id=row.staff_id,
            name=row.staff.name,
            agency=row.staff.agency.name,
            from_at=row.from_at,
            to_at=row.to_at,
            is_lead=row.to_at is None and row.staff_id == heading.lead_officer_id,
        )
        for row in rows
    ]
