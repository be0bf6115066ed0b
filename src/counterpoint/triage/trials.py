"""What those who answer for the rules see of a draft's triage table: backtests, the comparison in shadow, and the
sandbox, in which a draft is tried on chosen referrals or made-up facts. Nothing here is stored but the audit entry of a
read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_read
from counterpoint.access.types import Section, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import ids
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.intake import selectors as intake
from counterpoint.intake.types import Kind, Urgency
from counterpoint.kernel.decisions import DecisionTable, Input, Scalar
from counterpoint.rules import selectors as rules
from counterpoint.rules.permissions import check_answers_for_rules
from counterpoint.rules.views import draft_for, draft_table
from counterpoint.triage.backtests import backtest_row, is_of_all
from counterpoint.triage.models import Backtest, BacktestChange, Decision, ReaderChange, ShadowVerdict
from counterpoint.triage.tallies import Decided, Outcome, ReaderTally, Tally, is_changed, reader_tally_of, tally_of
from counterpoint.triage.types import BacktestState, Firing, ReplayedTable, Route
from counterpoint.triage.verdicts import TABLE, Said, referral_facts, what_it_says

MOST_TRIED = 20
PAGE_SIZE = 50
_MOST_IN_SHADOW = 20_000


@dataclass(frozen=True)
class BacktestView:
    id: UUID
    draft_id: UUID
    table_hash: str
    live_table_hash: str
    received_from: datetime | None
    received_before: datetime
    total: int
    done: int
    replayed: ReplayedTable
    tally: Tally  # of a triage table
    readers: ReaderTally  # of a second-reader table
    state: BacktestState
    is_of_all: bool  # only such a one opens the way to approval
    asked_by: str
    started_at: datetime
    finished_at: datetime | None

    @property
    def done_percent(self) -> int:
        """How far it has come, never 100 before it is finished."""
        if self.state is BacktestState.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0


@dataclass(frozen=True)
class ChangeRow:
    """A referral that the draft would treat otherwise; no personal content."""

    id: UUID
    referral_id: UUID
    reference: str
    received_at: datetime
    before_route: Route
    before_urgency: Urgency
    after_route: Route
    after_urgency: Urgency


@dataclass(frozen=True)
class ReaderChangeRow:
    """A referral of which the draft's second-reader table says something else; no personal content. before, after:
    whether one was needed; had: whether there was one."""

    referral_id: UUID
    reference: str
    received_at: datetime
    before: bool
    after: bool
    had: bool


@dataclass(frozen=True)
class Trial:
    """What both tables propose. reference: "" for made-up facts."""

    reference: str
    referral_id: UUID | None
    before_route: Route
    before_urgency: Urgency
    before_fired: tuple[Firing, ...]
    after_route: Route
    after_urgency: Urgency
    after_fired: tuple[Firing, ...]

    @property
    def is_changed(self) -> bool:
        return (self.before_route, self.before_urgency) != (self.after_route, self.after_urgency)


def backtests_of(viewer: Staff, draft_id: UUID, *, limit: int = 20) -> tuple[BacktestView, ...]:
    """The draft's backtests, the newest first. Raises NotAllowed."""
    check_answers_for_rules(viewer)
    rows = Backtest.objects.filter(draft_id=draft_id).select_related("asked_by").order_by("-created_at", "-id")
    return tuple(_view(row) for row in rows[:limit])


def backtest_for(viewer: Staff, backtest_id: UUID) -> BacktestView:
    """One backtest, also while it runs. Raises NotAllowed, NotFound."""
    check_answers_for_rules(viewer)
    return _view(backtest_row(backtest_id))


def changes_for(viewer: Staff, backtest_id: UUID, *, after: UUID | None = None) -> tuple[ChangeRow, ...]:
    """The referrals that would change and that the viewer may see at triage, in the order in which they came in; one
    more than PAGE_SIZE where there are more. Raises NotAllowed, NotFound."""
    check_answers_for_rules(viewer)
    backtest_row(backtest_id)
    visible = intake.referrals_visible_to(viewer).values("pk")
    rows = BacktestChange.objects.filter(backtest_id=backtest_id, referral_id__in=visible).select_related("referral")
    rows = rows.filter(referral_id__gt=after) if after else rows
    return tuple(
        ChangeRow(
            id=row.pk,
            referral_id=row.referral_id,
            reference=row.referral.reference,
            received_at=row.referral.received_at,
            before_route=Route(row.before_route),
            before_urgency=Urgency(row.before_urgency),
            after_route=Route(row.after_route),
            after_urgency=Urgency(row.after_urgency),
        )
        for row in rows.order_by("referral_id")[: PAGE_SIZE + 1]
    )


def reader_changes_for(viewer: Staff, backtest_id: UUID, *, after: UUID | None = None) -> tuple[ReaderChangeRow, ...]:
    """As `changes_for`, of a backtest of a second-reader table."""
    check_answers_for_rules(viewer)
    backtest_row(backtest_id)
    visible = intake.referrals_visible_to(viewer).values("pk")
    rows = ReaderChange.objects.filter(backtest_id=backtest_id, referral_id__in=visible).select_related("referral")
    rows = rows.filter(referral_id__gt=after) if after else rows
    return tuple(
        ReaderChangeRow(
            row.referral_id, row.referral.reference, row.referral.received_at, row.before, row.after, row.had
        )
        for row in rows.order_by("referral_id")[: PAGE_SIZE + 1]
    )


def shadow_tally(viewer: Staff, draft_id: UUID) -> Tally:
    """What the draft's present table would have said of new referrals while it was in shadow. Raises NotAllowed,
    NotFound."""
    table = draft_table(viewer, draft_id)
    rows = ShadowVerdict.objects.filter(draft_id=draft_id, table_hash=table.table_hash).order_by("-at")
    found = list(rows[:_MOST_IN_SHADOW])
    decisions = Decision.objects.filter(
        in_force_at__isnull=False,
        referral_id__in=rows.values("referral_id"),
    ).order_by("-at", "-id")
    decided = {row[0]: Decided(row[1], row[2]) for row in decisions.values_list("referral_id", "route", "urgency")}
    tally = Tally()
    for row in found:
        before = Outcome(row.live_route, row.live_urgency, tuple(row.live_fired))
        after = Outcome(row.route, row.urgency, tuple(row.fired))
        tally.add(before, after, decided.get(row.referral_id))
    return tally


def shadow_changes(viewer: Staff, draft_id: UUID) -> tuple[ChangeRow, ...]:
    """New referrals of which the draft said something else, as far as the viewer may see them; the newest first."""
    table = draft_table(viewer, draft_id)
    visible = intake.referrals_visible_to(viewer).values("pk")
    rows = ShadowVerdict.objects.filter(
        draft_id=draft_id, table_hash=table.table_hash, referral_id__in=visible
    ).select_related("referral")
    return tuple(
        ChangeRow(
            id=row.pk,
            referral_id=row.referral_id,
            reference=row.referral.reference,
            received_at=row.referral.received_at,
            before_route=Route(row.live_route),
            before_urgency=Urgency(row.live_urgency),
            after_route=Route(row.route),
            after_urgency=Urgency(row.urgency),
        )
        for row in rows.order_by("-at")[:_MOST_IN_SHADOW]
        if is_changed(Outcome(row.live_route, row.live_urgency), Outcome(row.route, row.urgency))
    )[:PAGE_SIZE]


def facts_to_try(viewer: Staff, draft_id: UUID) -> tuple[Input, ...]:
    """The facts that the draft's table or the one in force reads, for a form. Raises NotAllowed, NotFound."""
    draft, live = draft_table(viewer, draft_id), rules.table_in_force(TABLE)
    return tuple({column.name: column for column in (*live.inputs, *draft.inputs)}.values())


def try_facts(viewer: Staff, draft_id: UUID, facts: Mapping[str, Scalar]) -> Trial:
    """What both tables propose for made-up facts. Raises NotAllowed, NotFound, NotPossible with problems."""
    _check_can_be_tried(viewer, draft_id)
    kind = str(facts.get("kind"))
    known = Kind(kind) if kind in Kind.values else Kind.CONCERN
    return _trial(draft_table(viewer, draft_id), facts, known)


def try_referrals(viewer: Staff, draft_id: UUID, *, references: Sequence[str]) -> tuple[Trial, ...]:
    """What both tables propose for these referrals, which the viewer may open; stores nothing but the entries of the
    read. references: as people type them, at most MOST_TRIED. Raises NotAllowed, NotFound, NotPossible."""
    _check_can_be_tried(viewer, draft_id)
    if not references or len(references) > MOST_TRIED:
        raise NotPossible(f"Give one to {MOST_TRIED} references.")
    table = draft_table(viewer, draft_id)
    with transaction.atomic():
        trials = tuple(_referral_trial(viewer, table, each) for each in dict.fromkeys(references))
        audit.record(
            "rule_draft.tried",
            by=viewer.actor,
            about=Subject("rule_draft", draft_id),
            detail={"referrals": len(trials), "table": table.table_hash},
        )
        return trials


def _referral_trial(viewer: Staff, table: DecisionTable, typed: str) -> Trial:
    reference = ids.read_reference(typed)
    referral_id = intake.referral_id_of(reference) if reference else None
    sections = (Section.CONCERN, Section.PERSON, Section.REPORTER)
    if referral_id is None or not all(
        can_read(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id, section=section) for section in sections
    ):
        raise NotFound("One of the references is of no referral, or of one that is not yours to see.")
    referral = intake.referral_row(referral_id)
    facts = referral_facts(referral)
    audit.record(
        "referral.tried",
        by=viewer.actor,
        about=Subject("referral", referral.pk, referral.reference),
        purpose="Trying a draft of the rules",
    )
    trial = _trial(table, facts, Kind(referral.kind))
    return Trial(**{**vars(trial), "reference": referral.reference, "referral_id": referral.pk})


def _trial(table: DecisionTable, facts: Mapping[str, Any], kind: Kind) -> Trial:
    before, after = (what_it_says(each, facts, kind) for each in (rules.table_in_force(TABLE), table))
    return Trial(
        reference="",
        referral_id=None,
        before_route=before.route,
        before_urgency=before.urgency,
        before_fired=_firings(before),
        after_route=after.route,
        after_urgency=after.urgency,
        after_fired=_firings(after),
    )


def _firings(said: Said) -> tuple[Firing, ...]:
    return tuple(
        Firing(rule["row"], rule["rule_id"], Route(rule["route"]), Urgency(rule["urgency"]), rule["reason"])
        for rule in said.fired
    )


def _check_can_be_tried(viewer: Staff, draft_id: UUID) -> None:
    if draft_for(viewer, draft_id).problems:
        raise NotPossible("This draft has problems: put them right first.")


def _view(row: Backtest) -> BacktestView:
    replayed = ReplayedTable(row.table_id)
    return BacktestView(
        id=row.pk,
        draft_id=row.draft_id,
        table_hash=row.table_hash,
        live_table_hash=row.live_table_hash,
        received_from=row.received_from,
        received_before=row.received_before,
        total=row.total,
        done=row.done,
        replayed=replayed,
        tally=tally_of(row.tally if replayed is ReplayedTable.TRIAGE else {}),
        readers=reader_tally_of(row.tally if replayed is ReplayedTable.SECOND_READER else {}),
        state=BacktestState(row.state),
        is_of_all=is_of_all(row),
        asked_by=row.asked_by.name,
        started_at=row.created_at,
        finished_at=row.finished_at,
    )
