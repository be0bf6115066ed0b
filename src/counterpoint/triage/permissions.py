"""Who may triage. Whether a decision may be taken at all, whoever asks: `counterpoint.triage.policies`."""

from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, check_works_on, yes_or_no
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.errors import NotAllowed


def check_triages(by: Staff, *, referral_id: UUID) -> None:
    """Raises NotAllowed without the role, NotFound for a referral of others, unknown, or recused from."""
    check_holds(by, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
    check_works_on(by, kind=SubjectKind.REFERRAL, subject_id=referral_id)


def check_assigns(by: Staff, *, referral_id: UUID, to: Staff) -> None:
    """A triage officer may give a referral to another who may triage it, and a supervisor may too.
    Raises NotAllowed, NotFound; also when `to` could not work on it."""
    check_triages(by, referral_id=referral_id)
    if not can_triage(to, referral_id=referral_id):
        raise NotAllowed("This person cannot work on this referral: another role, another agency, or recused.")


def check_answers_advice(by: Staff, *, advice_id: UUID) -> None:
    """Raises NotAllowed without the role, NotFound for a contact that is not theirs."""
    check_holds(by, Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
    check_works_on(by, kind=SubjectKind.ADVICE, subject_id=advice_id)


def check_records_advice(by: Staff) -> None:
    """Raises NotAllowed unless `by` takes calls or triages, in the lead agency."""
    check_holds(by, Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
    if not by.agency.is_lead:
        raise NotAllowed("Advice is recorded by the agency that runs the advice line.")


can_triage = yes_or_no(check_triages)
can_assign = yes_or_no(check_assigns)
can_answer_advice = yes_or_no(check_answers_advice)
