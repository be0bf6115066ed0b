"""How long a clock of a case runs: as the pack's table of periods says for this case, else as its list of clocks does.
Asked once, when the clock begins; what was asked and what came of it stays with the clock."""

from collections.abc import Mapping
from dataclasses import replace

from counterpoint.base.prepared import Prepared
from counterpoint.cases.models import Case, CaseReferral
from counterpoint.intake.types import Urgency
from counterpoint.kernel.clocks import Amount, ClockRule, SetBy, Unit
from counterpoint.kernel.decisions import FactsDoNotFit, evaluate, still_asked
from counterpoint.kernel.packs import Pack
from counterpoint.rules import selectors as rules
from counterpoint.triage.verdicts import under_18_of

FILE = "decisions/clock_periods.dmn"
_LINKS = Prepared(
    lambda case_id: (
        CaseReferral.objects.filter(case_id=case_id).select_related("referral__arrival").order_by("joined_at", "id")
    )
)
_UNDER_18 = ("yes", "unknown", "no")  # of several referrals the first of these that one of them says


def with_period(rule: ClockRule, case: Case, *, pack: Pack) -> ClockRule:
    """The rule as it holds for a clock of this case that begins now. What people answered is opened only where a row
    for this clock asks for the age."""
    sha256 = pack.files.get(FILE)
    if sha256 is None:
        return rule
    table = rules.archived_table(sha256)
    asked = still_asked(table, {"clock": rule.id})
    if asked is None:
        return rule
    try:
        fired = evaluate(table, {"clock": rule.id, **facts_of(case, with_age="under_18" in asked)}).fired
    except FactsDoNotFit:
        return rule
    if not fired:
        return rule
    first = fired[0]
    within = Amount(int(str(first.outputs["count"])), Unit(str(first.outputs["unit"])))
    return replace(rule, within=within, set_by=SetBy(sha256, first.index, str(first.outputs["reason"])))


def facts_of(case: Case, *, with_age: bool) -> Mapping[str, str | None]:
    """Of several referrals in one case the most urgent counts, and what is told of the youngest."""
    found = [link.referral for link in _LINKS.all(case.pk)]
    if not found:
        return {}
    ages = [under_18_of(referral) for referral in found] if with_age else []
    return {
        "kind": found[0].kind,
        "urgency": min((referral.urgency for referral in found), key=Urgency.values.index),
        "under_18": next((age for age in _UNDER_18 if age in ages), None),
    }
