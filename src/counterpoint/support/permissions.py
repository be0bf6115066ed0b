"""Who may do what with the support of a case. Whether it may happen at all: `counterpoint.support.policies`."""

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, check_reads, check_works_on, yes_or_no
from counterpoint.access.relations import Relation, Standing
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.base.errors import NotAllowed, NotFound
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import check_casework
from counterpoint.support.models import Intervention

MONITORS = (Role.SUPERVISOR, Role.PROCESS_LEAD, Role.PANEL_CHAIR)


def check_works(by: Staff, case: Case) -> Relation:
    """Works on the case, in whatever role: a consent can be withdrawn to anybody. Raises NotFound, NotAllowed."""
    return check_works_on(by, kind=SubjectKind.CASE, subject_id=case.pk)


def check_plans(by: Staff, case: Case) -> None:
    """Plans support and assesses: who does the casework. Raises NotFound, NotAllowed."""
    check_casework(by, case)


def check_reviews(by: Staff, case: Case) -> None:
    """Records what the panel found: who works on the case, as case officer, supervisor or chair of the panel.
    Raises NotFound, NotAllowed."""
    check_works(by, case)
    check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR, Role.PANEL_CHAIR)


def check_reads_all(relation: Relation) -> None:
    """Consents, assessments, the plan and reviews are the lead agency's own. Raises NotAllowed for partners."""
    if relation.standing is Standing.GRANTED:
        raise NotAllowed("This part of the case is kept by the lead agency. Ask its lead officer.")


def check_reads_intervention(viewer: Staff, intervention: Intervention) -> Relation:
    """Works on the case; or provides it, as long as the case's actions are shared with them. Raises NotFound: that
    there is other support is not told."""
    relation = check_reads(viewer, kind=SubjectKind.CASE, subject_id=intervention.case_id)
    if relation.standing is Standing.GRANTED and not _provides(viewer, intervention, relation):
        raise NotFound("There is no such support, or it is not yours to see.")
    return relation


def check_logs_session(by: Staff, intervention: Intervention) -> None:
    """Does the casework, or provides this very support. Raises NotFound, NotAllowed."""
    relation = check_reads_intervention(by, intervention)
    if relation.works and intervention.staff_id == by.pk:
        return
    if relation.works:
        check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR, Role.INTERVENTION_PROVIDER)
    elif relation.standing is Standing.GRANTED:
        check_holds(by, Role.INTERVENTION_PROVIDER)
    else:
        raise NotAllowed("You may read this support, not change it.")


def check_answers_offer(by: Staff, intervention: Intervention) -> None:
    """Is the provider that this very support was offered to: the person, or an intervention provider of the agency.
    Raises NotFound, NotAllowed."""
    relation = check_reads_intervention(by, intervention)
    check_holds(by, Role.INTERVENTION_PROVIDER)
    is_theirs = intervention.staff_id == by.pk or intervention.agency_id == by.agency_id
    if not is_theirs or relation.standing is Standing.BROKEN_GLASS:
        raise NotAllowed("This support was offered to somebody else, who answers for themselves.")


def _provides(viewer: Staff, intervention: Intervention, relation: Relation) -> bool:
    own = intervention.agency_id == viewer.agency_id or intervention.staff_id == viewer.pk
    return own and relation.opens(Section.ACTIONS)


can_answer_offer = yes_or_no(check_answers_offer)
can_plan = yes_or_no(check_plans)
can_review = yes_or_no(check_reviews)
can_log_session = yes_or_no(check_logs_session)

__all__ = [
    "MONITORS",
    "can_answer_offer",
    "can_log_session",
    "can_plan",
    "can_review",
    "check_answers_offer",
    "check_logs_session",
    "check_plans",
    "check_reads_all",
    "check_reads_intervention",
    "check_reviews",
    "check_works",
]
