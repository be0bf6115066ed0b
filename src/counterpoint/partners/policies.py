"""Whether it may happen at all, whoever asks. Who may: `counterpoint.partners.permissions`."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from counterpoint.access.errors import Lack, Lacking, refuse_if_any
from counterpoint.access.models import Agency, Staff
from counterpoint.access.policies import local_day, today
from counterpoint.access.types import Role, Section
from counterpoint.base.errors import NotPossible
from counterpoint.cases.models import Case
from counterpoint.cases.periods import with_period
from counterpoint.cases.policies import check_can_lead
from counterpoint.cases.process import current_run
from counterpoint.kernel.clocks import read_clock, start_clock
from counterpoint.kernel.packs import StepWork
from counterpoint.partners.models import InformationRequest, Transfer
from counterpoint.partners.types import DISCLOSABLE, RequestState, TransferState
from counterpoint.rules.selectors import pack_in_force

_CLOCK = "information"  # of packs whose process has no step for asking partners
_WITHOUT_CLOCK = timedelta(days=14)
_BASIS = 200


def check_shows(sections: Collection[Section]) -> None:
    """Raises NotPossible for a part of the case that must be shared to be seen."""
    if not set(sections) <= set(DISCLOSABLE):
        names = " and ".join(f"“{section.label}”" for section in DISCLOSABLE)
        raise NotPossible(f"Only {names} can be shown here. Share the case to show more.")


def due_of(case: Case, *, at: datetime, wanted: date | None) -> datetime:
    """When the answer is due: by the pack's clock, or by the end of an earlier day. Raises Lacking for a day that is
    over, or later than the pack's period."""
    latest = _by_clock(case, at=at)
    if wanted is None:
        return latest
    if wanted < today():
        raise Lacking([Lack("due_on", "This day is over. Give a day to come.")])
    if wanted > local_day(latest - timedelta(seconds=1)):
        last = local_day(latest - timedelta(seconds=1))
        raise Lacking([Lack("due_on", f"The answer is due by {last.day} {last:%B %Y} at the latest.")])
    zone = ZoneInfo(settings.DISPLAY_TIME_ZONE)
    return min(latest, datetime.combine(wanted + timedelta(days=1), time(), tzinfo=zone))


def check_waits(row: InformationRequest) -> None:
    """Raises NotPossible when it was answered, declined or withdrawn."""
    if row.state != RequestState.ASKED:
        raise NotPossible(f"This request was {RequestState(row.state).label.lower()} before.")


def check_can_be_offered(case: Case, *, to: Agency, legal_basis: str) -> None:
    """To another agency that leads cases, once at a time. Raises Lacking with all that stands against it."""
    lacks = []
    if not to.is_lead or to.pk == case.lead_agency_id:
        lacks.append(Lack("to", "Choose another agency that leads cases."))
    if not legal_basis.strip() or len(legal_basis.strip()) > _BASIS:
        lacks.append(Lack("legal_basis", f"Give the legal basis, with at most {_BASIS} characters."))
    if case.transfers.filter(state=TransferState.OFFERED).exists():
        lacks.append(Lack("", "This case is offered already. Revoke that offer first."))
    refuse_if_any(lacks)


def check_offered(row: Transfer) -> None:
    """Raises NotPossible when it was accepted, rejected or revoked."""
    if row.state != TransferState.OFFERED:
        raise NotPossible(f"This transfer was {TransferState(row.state).label.lower()} before.")


def check_can_take_over(staff: Staff, *, case: Case, agency: Agency) -> None:
    """Who is to lead the case in its new agency: active, of it, a case officer or a supervisor. Raises Missing."""
    check_can_lead(staff, case=Case(pk=case.pk, lead_agency=agency))


def leads_cases(staff: Staff) -> bool:
    """Whether this person could lead a case of their agency."""
    return bool(staff.role_names & {Role.CASE_OFFICER, Role.SUPERVISOR})


def _by_clock(case: Case, *, at: datetime) -> datetime:
    pack = pack_in_force()
    running = current_run(case)
    named = (running.plan_of(step).clock for step in running.steps_of(StepWork.INFORMATION))
    rule = pack.clocks.get(next((each for each in named if each), None) or _CLOCK)
    if rule is None:
        return at + _WITHOUT_CLOCK
    due_at = read_clock(start_clock(with_period(rule, case, pack=pack), at=at), pack.calendar_of(rule), at=at).due_at
    return due_at or at + _WITHOUT_CLOCK
