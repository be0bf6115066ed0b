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
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds
from counterpoint.audit.services import record
from counterpoint.audit.types import Subject
from counterpoint.base.errors import NotAllowed
from counterpoint.cases.models import Action, Case, CaseClock
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
    support, answers = _support_and_answers(agency_id, asked)
    record("monitoring.read", by=viewer.actor, about=Subject("agency", agency_id), detail={"period": asked.code})
    return Monitoring(
        period=asked,
        periods=periods,
        support=support,
        answers=answers,
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


def _support_and_answers(agency_id: UUID, period: Period) -> tuple[Table, Table]:
    """Support by kind and what came of it, and what services answered: two tables about the same rows, protected
    together."""
    rows = Intervention.objects.filter(case__lead_agency_id=agency_id, from_on__year=period.year)
    found = Counter(
        ((kind, _column(state, outcome)), _quarter(begun), _answer(kind, answer))
        for kind, begun, state, outcome, answer in rows.values_list(
            "kind", "from_on", "state", "outcome", "service_answer"
        )
    )
    columns = [column for column, _ in SUPPORT_COLUMNS]
    answers = [answer for answer, _ in ANSWER_COLUMNS]
    groups = {
        (kind, column, answer)
        for kind in InterventionKind.values
        for column in columns
        for answer in (answers if kind == InterventionKind.SIGNPOSTING else (NO_ANSWER,))
    }
    counts = {
        (*group, quarter): found.get((group[:2], quarter, group[2]), 0)
        for group in sorted(groups)
        for quarter in QUARTERS
    }
    support = _figures(counts, InterventionKind.values, columns, row_at=0, column_at=1)
    signposted = {group: number for group, number in counts.items() if group[0] == InterventionKind.SIGNPOSTING}
    answered = _figures(signposted, (), answers, row_at=0, column_at=2)
    shown = protect(counts, {**_marked("support", support), **_marked("answer", answered)})
    return (
        _table(shown, "support", InterventionKind.choices, SUPPORT_COLUMNS, period, is_empty=not any(counts.values())),
        _table(shown, "answer", (), ANSWER_COLUMNS, period, is_empty=not any(signposted.values())),
    )


def _column(state: str, outcome: str) -> str:
    if outcome:
        return outcome
    if state == InterventionState.NOT_ACCEPTED:
        return NOT_ACCEPTED
    return NOT_BEGUN if state in (InterventionState.OFFERED, InterventionState.ACCEPTED) else NOT_JUDGED


def _answer(kind: str, answer: str) -> str:
    return answer if kind == InterventionKind.SIGNPOSTING and answer else NO_ANSWER


def _actions(agency_id: UUID, period: Period) -> Table:
    begin, end = _moments_of(period.year)
    rows = Action.objects.filter(case__lead_agency_id=agency_id, ended_at__gte=begin, ended_at__lt=end)
    rows = rows.exclude(state=ActionState.OPEN)
    found = rows.values_list("kind", "ended_at", "outcome")
    days = ((kind, day_of(ended_at), outcome or DROPPED) for kind, ended_at, outcome in found if ended_at)
    counts = Counter((kind, outcome, _quarter(day)) for kind, day, outcome in days)
    return _one_table(counts, ActionKind.choices, ACTION_COLUMNS, period)


def _impact(agency_id: UUID, period: Period) -> Table:
    """Each case once a year, by its latest review of that year."""
    rows = SupportReview.objects.filter(case__lead_agency_id=agency_id, reviewed_on__year=period.year)
    latest = {
        case_id: (reviewed_on, impact)
        for case_id, reviewed_on, impact in rows.order_by("reviewed_on", "at", "id").values_list(
            "case_id", "reviewed_on", "impact"
        )
    }
    counts = Counter((ALL, impact, _quarter(day)) for day, impact in latest.values())
    return _one_table(counts, (), tuple(Impact.choices), period)


def _one_table(
    found: Mapping[tuple[str, str, int], int], rows: Iterable[tuple[str, str]], columns: Labels, period: Period
) -> Table:
    """found: by row id (ALL where there is but one row), column id and quarter."""
    labels = tuple(rows)
    row_ids, column_ids = [row_id for row_id, _ in labels], [column_id for column_id, _ in columns]
    counts = {
        (row, column, quarter): found.get((row, column, quarter), 0)
        for row in (row_ids or [ALL])
        for column in column_ids
        for quarter in QUARTERS
    }
    figures = protect(counts, _marked("", _figures(counts, row_ids, column_ids, row_at=0, column_at=1)))
    return _table(figures, "", labels, columns, period, is_empty=not any(found.values()))


Group = TypeVar("Group", bound=tuple[str | int, ...])
Figure = tuple[str, int, str, str]  # which table, period, row, column


def _figures(
    groups: Iterable[Group], rows: Sequence[str], columns: Sequence[str], *, row_at: int, column_at: int
) -> dict[tuple[int, str, str], frozenset[Group]]:
    """Every figure of a table by period, row and column, totals too, with the groups that it adds up. row_at,
    column_at: where a group names its row and its column; the last of a group is its quarter."""
    found: dict[tuple[int, str, str], set[Group]] = {
        (period, row, column): set()
        for period in (WHOLE_YEAR, *QUARTERS)
        for row in (*rows, ALL)
        for column in (*columns, ALL)
    }
    for group in groups:
        for period in (WHOLE_YEAR, int(group[-1])):
            for row in {str(group[row_at]), ALL} & {*rows, ALL}:
                for column in (str(group[column_at]), ALL):
                    found[period, row, column].add(group)
    return {figure: frozenset(of) for figure, of in found.items()}


def _marked(table: str, figures: Mapping[tuple[int, str, str], frozenset[Group]]) -> dict[Figure, frozenset[Group]]:
    return {(table, *figure): of for figure, of in figures.items()}


def _table(
    figures: Mapping[Figure, int | None],
    table: str,
    rows: Iterable[tuple[str, str]],
    columns: Labels,
    period: Period,
    *,
    is_empty: bool,
) -> Table:
    def line(row: str) -> tuple[int | None, ...]:
        return tuple(figures[table, period.quarter, row, column] for column in (*(each for each, _ in columns), ALL))

    shown = tuple((label, line(row_id)) for row_id, label in rows)
    return Table(
        columns=(*(label for _, label in columns), "All"), rows=(*shown, ("All", line(ALL))), is_empty=is_empty
    )


# --- times


Spans = Iterable[tuple[str, datetime, datetime]]  # the clock's rule, and when it began and ended


def clock_times(agency_id: UUID, period: Period) -> dict[str, tuple[Times, ...]]:
    """Of every clock of the pack that was met: how long steps took, and how long it was from the referral to the first
    time. Pauses are part of it: the person waited."""
    steps, first_times = spans_of_year(agency_id, period.year)
    return {"steps": tuple(_times(steps, period)), "first_times": tuple(_times(first_times, period))}


def spans_of_year(agency_id: UUID, year: int) -> tuple[Spans, Spans]:
    """The clocks that were met in the year, from their beginning; and of each case those that were met for the first
    time then, from the referral. Nothing else of the history is read into memory."""
    begin, end = _moments_of(year)
    met = CaseClock.objects.filter(case__lead_agency_id=agency_id, was_met=True, is_timer=False).order_by()
    first = (
        met.filter(case__referrals__is_first=True)
        .values("case_id", "rule", received_at=F("case__referrals__referral__received_at"))
        .annotate(first_at=Min("ended_at"))
        .filter(first_at__gte=begin, first_at__lt=end)
    )
    steps = met.filter(ended_at__gte=begin, ended_at__lt=end).values_list("rule", "started_at", "ended_at")
    return (
        ((rule, started, ended) for rule, started, ended in steps.iterator() if ended is not None),
        first.values_list("rule", "received_at", "first_at").iterator(),
    )


def _times(spans: Spans, period: Period) -> Iterator[Times]:
    pack = pack_in_force()
    rules = {rule_id: (rule, pack.calendar_of(rule)) for rule_id, rule in pack.clocks.items()}
    counts = {(rule_id, quarter): 0 for rule_id in rules for quarter in QUARTERS}
    lengths: dict[str, list[int]] = {rule_id: [] for rule_id in rules}
    for rule_id, begin, end in spans:
        if rule_id in rules:
            quarter = _quarter(day_of(end))
            counts[rule_id, quarter] += 1
            if period.quarter in (WHOLE_YEAR, quarter):
                lengths[rule_id].append(_length(*rules[rule_id], begin, end))
    figures = protect(counts, _clock_numbers(tuple(rules)))
    for rule_id, (rule, _calendar) in rules.items():
        if any(counts[rule_id, quarter] for quarter in QUARTERS):
            yield _summed_up(rule, sorted(lengths[rule_id]), figures[rule_id, period.quarter])


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


def _moments_of(year: int) -> tuple[datetime, datetime]:
    """When the year begins and ends where the deployment is."""
    zone = ZoneInfo(settings.DISPLAY_TIME_ZONE)
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


def _quarter(day: date) -> int:
    return (day.month + 2) // 3
