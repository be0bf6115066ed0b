"""What was done, what came of it, and how long things took: counted from plain columns, protected, never by person.

A year at a time, whole or by quarter, of the cases that the viewer's agency leads. All figures of a table, of the year
and of its quarters, are protected together (`counterpoint.support.protection`), whichever period is shown, so that no
two pages say together what neither says alone. Nothing is decrypted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from statistics import median
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds
from counterpoint.audit.services import record
from counterpoint.audit.types import Subject
from counterpoint.base.errors import NotAllowed
from counterpoint.cases.models import Action, Case, CaseClock, CaseReferral
from counterpoint.cases.types import ActionKind, ActionOutcome, ActionState, Impact
from counterpoint.kernel.clocks import Calendar, ClockRule, Unit
from counterpoint.rules.selectors import pack_in_force
from counterpoint.support.days import day_of, today
from counterpoint.support.models import Intervention, SupportReview
from counterpoint.support.permissions import MONITORS
from counterpoint.support.protection import protect
from counterpoint.support.types import InterventionKind, InterventionState, ServiceAnswer

ALL = ""
WHOLE_YEAR = 0
QUARTERS = (1, 2, 3, 4)
LEAST_FOR_MEDIAN, LEAST_FOR_NINETIETH = 10, 20  # of the shown number, so that a missing figure says no more than it
NOT_JUDGED, NOT_BEGUN, NOT_ACCEPTED, DROPPED, NO_ANSWER = "not_judged", "not_begun", "not_accepted", "dropped", "none"
_UNITS = {Unit.WORKING_DAYS: "working days", Unit.HOURS: "hours"}
Labels = tuple[tuple[str, str], ...]
SUPPORT_COLUMNS: Labels = (
    *ActionOutcome.choices,
    (NOT_JUDGED, "Not judged yet"),
    (NOT_BEGUN, "Not begun"),
    (NOT_ACCEPTED, "Not accepted"),
)
ACTION_COLUMNS: Labels = (*ActionOutcome.choices, (DROPPED, "Dropped"))
ANSWER_COLUMNS: Labels = (*ServiceAnswer.choices, (NO_ANSWER, "No answer yet"))


@dataclass(frozen=True)
class Table:
    """Rows of figures; the last column is the total of each row, the last row that of all. None: left out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    is_empty: bool


@dataclass(frozen=True)
class Times:
    """How long one clock took, in its unit; None where there are too few to say."""

    title: str
    unit: str
    count: int | None
    middle: float | None
    ninetieth: float | None


@dataclass(frozen=True)
class Period:
    """A year, or a quarter of it."""

    year: int
    quarter: int = WHOLE_YEAR

    @property
    def name(self) -> str:
        return f"{self.year}, quarter {self.quarter}" if self.quarter else str(self.year)

    @property
    def code(self) -> str:
        """As an address names it."""
        return f"{self.year}-q{self.quarter}" if self.quarter else str(self.year)


@dataclass(frozen=True)
class Monitoring:
    period: Period
    periods: tuple[Period, ...]
    support: Table
    answers: Table
    actions: Table
    impact: Table
    steps: tuple[Times, ...]  # from when a step began to wait until it was done
    first_times: tuple[Times, ...]  # from the referral to the first time that it was done


@transaction.atomic
def monitoring_for(viewer: Staff, *, period: str = "") -> Monitoring:
    """The figures of a period ("2026" or "2026-q2"; anything else is this year) of the agency's own cases.

    Raises NotAllowed for who may not monitor, and for staff of other agencies. Audited."""
    check_holds(viewer, *MONITORS)
    if not viewer.agency.is_lead:
        raise NotAllowed("Monitoring is for the agency that leads the cases.")
    periods = tuple(_periods(viewer))
    asked = next((each for each in periods if each.code == period), periods[0])
    agency_id = viewer.agency_id
    record("monitoring.read", by=viewer.actor, about=Subject("agency", agency_id), detail={"period": asked.code})
    return Monitoring(
        period=asked,
        periods=periods,
        support=_support(agency_id, asked),
        answers=_answers(agency_id, asked),
        actions=_actions(agency_id, asked),
        impact=_impact(agency_id, asked),
        **clock_times(agency_id, asked),
    )


def _periods(viewer: Staff) -> Iterator[Period]:
    """From this year back to the year of the first case, each with its quarters as far as they have begun."""
    first = Case.objects.filter(lead_agency_id=viewer.agency_id).order_by("opened_at").first()
    now = today()
    for year in range(now.year, min(day_of(first.opened_at).year if first else now.year, now.year) - 1, -1):
        yield Period(year)
        yield from (Period(year, each) for each in QUARTERS if (year, each) <= (now.year, _quarter(now)))


# --- tables


def _support(agency_id: UUID, period: Period) -> Table:
    counts = Counter(
        (InterventionKind(kind).value, _quarter(begun), _column(state, outcome))
        for kind, begun, state, outcome, _answer in _interventions(agency_id, period)
    )
    return _table(counts, InterventionKind.choices, SUPPORT_COLUMNS, period)


def _answers(agency_id: UUID, period: Period) -> Table:
    counts = Counter(
        (ALL, _quarter(begun), answer or NO_ANSWER)
        for kind, begun, _state, _outcome, answer in _interventions(agency_id, period)
        if kind == InterventionKind.SIGNPOSTING
    )
    return _table(counts, (), ANSWER_COLUMNS, period)


def _interventions(agency_id: UUID, period: Period) -> Iterable[tuple[str, date, str, str, str]]:
    rows = Intervention.objects.filter(case__lead_agency_id=agency_id, from_on__year=period.year)
    return rows.values_list("kind", "from_on", "state", "outcome", "service_answer")


def _column(state: str, outcome: str) -> str:
    if outcome:
        return outcome
    if state == InterventionState.NOT_ACCEPTED:
        return NOT_ACCEPTED
    return NOT_BEGUN if state in (InterventionState.OFFERED, InterventionState.ACCEPTED) else NOT_JUDGED


def _actions(agency_id: UUID, period: Period) -> Table:
    rows = Action.objects.filter(case__lead_agency_id=agency_id, ended_at__isnull=False).exclude(state=ActionState.OPEN)
    found = rows.values_list("kind", "ended_at", "outcome")
    days = ((kind, day_of(ended_at), outcome or DROPPED) for kind, ended_at, outcome in found if ended_at)
    counts = Counter((kind, _quarter(day), outcome) for kind, day, outcome in days if day.year == period.year)
    return _table(counts, ActionKind.choices, ACTION_COLUMNS, period)


def _impact(agency_id: UUID, period: Period) -> Table:
    """Each case once a year, by its latest review of that year."""
    rows = SupportReview.objects.filter(case__lead_agency_id=agency_id, reviewed_on__year=period.year)
    latest = {
        case_id: (reviewed_on, impact)
        for case_id, reviewed_on, impact in rows.order_by("reviewed_on", "at", "id").values_list(
            "case_id", "reviewed_on", "impact"
        )
    }
    counts = Counter((ALL, _quarter(day), impact) for day, impact in latest.values())
    return _table(counts, (), tuple(Impact.choices), period)


def _table(
    found: Mapping[tuple[str, int, str], int],
    rows: Iterable[tuple[str, str]],
    columns: Labels,
    period: Period,
) -> Table:
    """found: by row id (ALL where there is but one row), quarter and column id. The figures of the year and of each
    quarter are protected together."""
    labels = tuple(rows)
    row_ids = tuple(row_id for row_id, _ in labels) or (ALL,)
    column_ids = tuple(column_id for column_id, _ in columns)
    counts = {
        (row, quarter, column): found.get((row, quarter, column), 0)
        for row in row_ids
        for quarter in QUARTERS
        for column in column_ids
    }
    figures = protect(counts, _numbers(row_ids, column_ids))

    def line(row: str) -> tuple[int | None, ...]:
        return tuple(figures[period.quarter, row, column] for column in (*column_ids, ALL))

    shown = tuple((label, line(row_id)) for row_id, label in labels)
    return Table(
        columns=(*(label for _, label in columns), "All"),
        rows=(*shown, ("All", line(ALL))),
        is_empty=not any(found.values()),
    )


def _numbers(
    rows: Sequence[str], columns: Sequence[str]
) -> dict[tuple[int, str, str], frozenset[tuple[str, int, str]]]:
    """Every figure of a table by period, row and column, with the groups that it adds up."""
    return {
        (period, row, column): frozenset(
            (one_row, quarter, one_column)
            for one_row in ((row,) if row != ALL else rows)
            for quarter in ((period,) if period else QUARTERS)
            for one_column in ((column,) if column != ALL else columns)
        )
        for period in (WHOLE_YEAR, *QUARTERS)
        for row in dict.fromkeys((*rows, ALL))
        for column in (*columns, ALL)
    }


# --- times


def clock_times(agency_id: UUID, period: Period) -> dict[str, tuple[Times, ...]]:
    """Of every clock of the pack that was met: how long steps took, and how long it was from the referral to the first
    time. Pauses are part of it: the person waited."""
    clocks = CaseClock.objects.filter(case__lead_agency_id=agency_id, was_met=True, is_timer=False)
    rows = list(clocks.order_by("ended_at", "id").values_list("case_id", "rule", "started_at", "ended_at"))
    received = dict(
        CaseReferral.objects.filter(case__lead_agency_id=agency_id, is_first=True).values_list(
            "case_id", "referral__received_at"
        )
    )
    first: dict[tuple[UUID, str], tuple[datetime, datetime]] = {}
    for case_id, rule_id, _started, ended in rows:
        if ended is not None and case_id in received:
            first.setdefault((case_id, rule_id), (received[case_id], ended))
    spans = [(rule_id, started, ended) for _, rule_id, started, ended in rows if ended is not None]
    return {
        "steps": tuple(_times(spans, period)),
        "first_times": tuple(_times([(rule_id, *span) for (_, rule_id), span in first.items()], period)),
    }


def _times(spans: Sequence[tuple[str, datetime, datetime]], period: Period) -> Iterator[Times]:
    pack = pack_in_force()
    rules = {rule_id: (rule, pack.calendar_of(rule)) for rule_id, rule in pack.clocks.items()}
    taken: dict[tuple[str, int], list[int]] = {(rule_id, quarter): [] for rule_id in rules for quarter in QUARTERS}
    for rule_id, begin, end in spans:
        day = day_of(end)
        if rule_id in rules and day.year == period.year:
            taken[rule_id, _quarter(day)].append(_length(*rules[rule_id], begin, end))
    counts = {group: len(lengths) for group, lengths in taken.items()}
    figures = protect(counts, _clock_numbers(tuple(rules)))
    for rule_id, (rule, _calendar) in rules.items():
        quarters = (period.quarter,) if period.quarter else QUARTERS
        lengths = sorted(length for quarter in quarters for length in taken[rule_id, quarter])
        if any(taken[rule_id, quarter] for quarter in QUARTERS):
            yield _summed_up(rule, lengths, figures[rule_id, period.quarter])


def _clock_numbers(rules: Sequence[str]) -> dict[tuple[str, int], frozenset[tuple[str, int]]]:
    return {
        (rule_id, period): frozenset((rule_id, quarter) for quarter in ((period,) if period else QUARTERS))
        for rule_id in rules
        for period in (WHOLE_YEAR, *QUARTERS)
    }


def _summed_up(rule: ClockRule, lengths: list[int], count: int | None) -> Times:
    """The 90th percentile is the length within which nine of ten were done."""
    shown = count or 0
    ninetieth = lengths[ceil(len(lengths) * 9 / 10) - 1] if shown >= LEAST_FOR_NINETIETH else None
    return Times(
        title=rule.title,
        unit=_UNITS.get(rule.within.unit, "days"),
        count=count,
        middle=median(lengths) if shown >= LEAST_FOR_MEDIAN else None,
        ninetieth=ninetieth,
    )


def _length(rule: ClockRule, calendar: Calendar, begin: datetime, end: datetime) -> int:
    """In the unit of the clock; days where it counts months. The day on which it begins is day 0."""
    if rule.within.unit is Unit.HOURS:
        return max(0, round((end - begin).total_seconds() / 3600))
    first, last = calendar.local_day(begin).toordinal(), calendar.local_day(end).toordinal()
    if rule.within.unit is Unit.WORKING_DAYS:
        return max(0, calendar.working_days_until(last) - calendar.working_days_until(first))
    return max(0, last - first)


def _quarter(day: date) -> int:
    return (day.month + 2) // 3
