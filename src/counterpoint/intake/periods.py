"""How long intake keeps things, as the public pages tell it: from the same declarations that retention goes by."""

from dataclasses import dataclass
from datetime import timedelta

from counterpoint.base.errors import Fault
from counterpoint.intake.models import AdviceContact, Draft, Referral

_DAYS_A_YEAR, _MONTHS_A_YEAR, _SECONDS_AN_HOUR = 365, 12, 3600


@dataclass(frozen=True)
class Periods:
    """Whole years of a referral after it ended, months of advice, hours of a form not sent."""

    referral_years: int
    advice_months: int
    draft_hours: int


def periods() -> Periods:
    """Raises Fault when one of the three declares no time of its own."""
    return Periods(
        referral_years=_kept(Referral.retention.keep_for).days // _DAYS_A_YEAR,
        advice_months=_kept(AdviceContact.retention.keep_for).days * _MONTHS_A_YEAR // _DAYS_A_YEAR,
        draft_hours=int(_kept(Draft.retention.keep_for).total_seconds() // _SECONDS_AN_HOUR),
    )


def _kept(keep_for: timedelta | None) -> timedelta:
    if keep_for is None:
        raise Fault("a retention rule that the public pages quote has no period")
    return keep_for
