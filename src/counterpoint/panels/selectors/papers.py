"""The papers of a meeting: for each reader the parts that their agency was given, and nothing of any other case."""

from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.relations import Relation, relation_to
from counterpoint.access.types import Section, SubjectKind
from counterpoint.audit.services import record
from counterpoint.base.errors import NotPossible
from counterpoint.cases import envelope
from counterpoint.cases import selectors as cases
from counterpoint.panels.models import AgendaItem, PanelDecision
from counterpoint.panels.permissions import chairs
from counterpoint.panels.records import ItemRecord, record_of
from counterpoint.panels.selectors.agenda import visible_items
from counterpoint.panels.selectors.meetings import heading_of, meeting_row
from counterpoint.panels.services.change import meeting_subject
from counterpoint.panels.steps import panel_steps
from counterpoint.panels.views import Paper, Papers
from counterpoint.partners.selectors import answers_for
from counterpoint.support.selectors import current_plan, latest_assessments

PURPOSE = "panel"
_SHOWN = (
    Section.CONCERN,
    Section.PERSON,
    Section.FILES,
    Section.ACTIONS,
    Section.SUPPORT,
    Section.ASSESSMENTS,
    Section.INFORMATION,
)


@transaction.atomic
def papers_for(viewer: Staff, meeting_id: UUID, *, purpose: str = PURPOSE) -> Papers:
    """All papers of the meeting that the viewer may read, as one document. Who reported is not among them.

    Raises NotFound; NotPossible before the papers were sent. Audited, each case by itself too."""
    meeting = meeting_row(viewer, meeting_id)
    heading = heading_of(viewer, meeting)
    if not heading.shows_agenda:
        raise NotPossible("The papers were not sent yet. You are told when they are.")
    items = visible_items(viewer, meeting)
    papers = tuple(paper_of(viewer, item, number=place, purpose=purpose) for place, item in enumerate(items, start=1))
    facts: dict[str, str | int] = {"papers": len(papers), "agency": str(viewer.agency_id), "recipient": str(viewer.pk)}
    record("panel_meeting.papers_read", by=viewer.actor, about=meeting_subject(meeting), purpose=purpose, detail=facts)
    return Papers(heading=heading, papers=papers, reader=viewer.name, reader_agency=viewer.agency.name)


def paper_of(viewer: Staff, item: AgendaItem, *, number: int, purpose: str = PURPOSE) -> Paper:
    """The paper of one item for this viewer, inside the caller's transaction. The reads of the case are audited."""
    relation = relation_to(viewer, kind=SubjectKind.CASE, subject_id=item.case_id)
    sections = tuple(section for section in _SHOWN if relation.opens(section))
    opens_concern = {Section.CONCERN, Section.PERSON, Section.FILES} & set(sections)
    referrals = cases.concern_for(viewer, item.case_id, purpose=purpose).referrals if opens_concern else ()
    case_id = item.case_id
    return Paper(
        item_id=item.pk,
        case_id=item.case_id,
        number=number,
        reference=item.case.reference,
        lead_officer=item.case.lead_officer.name,
        step=next((step.name for step in panel_steps(item.case)), ""),
        summary=_summary(item) if Section.CONCERN in sections else None,
        referrals=referrals,
        actions=cases.case_for(viewer, item.case_id, purpose=purpose).actions,
        plan=current_plan(viewer, case_id, purpose=purpose) if Section.SUPPORT in sections else None,
        assessments=(latest_assessments(viewer, case_id, purpose=purpose) if Section.ASSESSMENTS in sections else None),
        answers=tuple(answers_for(viewer, case_id, purpose=purpose)) if Section.INFORMATION in sections else None,
        earlier=_earlier(viewer, item, relation),
        sections=sections,
    )


def _summary(item: AgendaItem) -> str:
    texts = envelope.unseal_all([(item, "sealed_paper")], key_id=item.case.key_id)
    return str(texts.get((item.pk, "sealed_paper"), ""))


def _earlier(viewer: Staff, item: AgendaItem, relation: Relation) -> tuple[ItemRecord, ...]:
    """What panels decided on the case before: for who works on it or was given the concern, and took part then or
    chairs now."""
    if not relation.opens(Section.CONCERN):
        return ()
    decided = PanelDecision.objects.filter(item__case_id=item.case_id).exclude(item=item)
    rows = AgendaItem.objects.filter(pk__in=decided.values("item_id")).select_related("case")
    if not relation.works and not chairs(viewer, item.meeting):
        rows = rows.filter(meeting__panel=item.meeting.panel)
    return tuple(record_of(row) for row in rows.order_by("meeting__starts_at", "id"))
