"""Until when a case is kept that was just closed: asked of the pack's retention table, of what its referrals tell."""

from datetime import datetime

from counterpoint.cases.models import Case
from counterpoint.cases.periods import facts_of
from counterpoint.rules import keeping
from counterpoint.rules.types import KeptKind


def keep_case(case: Case, *, at: datetime) -> None:
    """Set it, in the transaction that closes the case."""
    keeping.keep(
        KeptKind.CASE,
        case.pk,
        closure_reason=case.closure_reason,
        about=facts_of(case, with_age=False).get("kind") or "concern",
        under_18=lambda: facts_of(case, with_age=True).get("under_18"),
        opened_at=case.opened_at,
        closed_at=at,
        otherwise=Case.retention,
    )
