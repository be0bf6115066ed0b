"""Who may change the rules. Whether a change may happen at all, whoever asks: `counterpoint.rules.policies`."""

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, yes_or_no
from counterpoint.access.types import Role
from counterpoint.base.errors import NotAllowed

CHANGES = (Role.PROCESS_LEAD,)
ANSWERS_FOR = (Role.PROCESS_LEAD, Role.SUPERVISOR)


def check_changes_rules(by: Staff) -> None:
    """Raises NotAllowed unless `by` is a process lead of the lead agency."""
    check_holds(by, *CHANGES)
    _check_of_lead_agency(by)


def check_answers_for_rules(by: Staff) -> None:
    """Reading drafts, approving, putting live and rolling back. Raises NotAllowed unless `by` is a process lead or
    supervisor of the lead agency."""
    check_holds(by, *ANSWERS_FOR)
    _check_of_lead_agency(by)


def _check_of_lead_agency(by: Staff) -> None:
    if not by.agency.is_lead:
        raise NotAllowed("The rules are changed by the agency that runs triage and cases.")


can_change_rules = yes_or_no(check_changes_rules)
can_answer_for_rules = yes_or_no(check_answers_for_rules)
