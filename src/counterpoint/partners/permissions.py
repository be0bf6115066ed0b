"""Who may do what with requests and transfers. Whether it may happen at all: `counterpoint.partners.policies`."""

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, yes_or_no
from counterpoint.access.relations import Standing
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.errors import NotAllowed, NotFound
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import check_reads_case
from counterpoint.partners.models import InformationRequest, Transfer

NO_REQUEST = "There is no such request, or it is not yours to see."
NO_TRANSFER = "There is no such transfer, or it is not yours to see."


def check_answers(by: Staff, row: InformationRequest | None) -> InformationRequest:
    """The request, for who works for the agency that was asked and has no conflict of interest in the case. Raises
    NotFound for everybody else, as for no such request; NotAllowed for staff of that agency without the role."""
    if row is None or not by.is_active or row.agency_id != by.agency_id or _is_recused(by, row.case):
        raise NotFound(NO_REQUEST)
    check_holds(by, Role.PARTNER)
    return row


def check_receives(by: Staff, row: Transfer | None) -> Transfer:
    """The transfer, for a supervisor of the agency that the case is offered to, who has no conflict of interest in it.
    Raises as `check_answers`."""
    if row is None or not by.is_active or row.to_agency_id != by.agency_id or _is_recused(by, row.case):
        raise NotFound(NO_TRANSFER)
    check_holds(by, Role.SUPERVISOR)
    return row


def check_reads_inside(viewer: Staff, case: Case) -> None:
    """Sees the case otherwise than by a grant. Raises NotFound, and NotAllowed for partners."""
    if check_reads_case(viewer, case.pk).standing is Standing.GRANTED:
        raise NotAllowed("This is told by the lead agency. Ask the lead officer of the case.")


def _is_recused(by: Staff, case: Case) -> bool:
    relation = relations.relation_to(by, kind=SubjectKind.CASE, subject_id=case.pk)
    return relation.standing is Standing.RECUSED


can_answer = yes_or_no(check_answers)
can_receive = yes_or_no(check_receives)
