"""Who may read and work what waits for a call back, of which nothing was made yet. Once something was, it is asked how
the person stands to that: `counterpoint.access.permissions`."""

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, yes_or_no
from counterpoint.access.types import Role
from counterpoint.base.errors import NotAllowed


def check_reads_call_backs(viewer: Staff) -> None:
    """Raises NotAllowed unless `viewer` takes calls or triages, in a lead agency."""
    check_holds(viewer, Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
    _check_leads(viewer)


def check_works_call_backs(by: Staff) -> None:
    """Raises NotAllowed unless `by` triages, in a lead agency."""
    check_holds(by, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
    _check_leads(by)


def _check_leads(staff: Staff) -> None:
    if not staff.agency.is_lead:
        raise NotAllowed("Arrivals are read by the agency that runs triage.")


can_read_call_backs = yes_or_no(check_reads_call_backs)
can_work_call_backs = yes_or_no(check_works_call_backs)
