"""What the public pages say about how long things are kept is what retention does."""

from counterpoint.intake.models import AdviceContact, Draft, Referral
from counterpoint.intake.periods import periods


def test_the_pages_quote_the_rules():
    told = periods()
    assert told.referral_years == Referral.retention.keep_for.days // 365 == 6
    assert told.advice_months == AdviceContact.retention.keep_for.days * 12 // 365 == 12
    assert told.draft_hours * 3600 == Draft.retention.keep_for.total_seconds() == 24 * 3600
