"""Replaying a draft's table over past referrals: what it would have proposed, beside the table in force and beside what
people decided. Changes no referral.

1. `start_backtest` notes the two tables and how many referrals there are, and queues the task.
2. `run_slice` takes the referrals in the order of their ids, some thousands at a time: the facts that were sealed with
   their verdicts, both tables, a count. Count, cursor and what changed are committed together, by a conditional update,
   so that a kill loses at most one part and two workers never count one twice.
3. At the end the draft is told which table was tried.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from counterpoint.access.models import Staff
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Actor, Subject, system
from counterpoint.base import clock, ids
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.intake import selectors as intake
from counterpoint.intake.models import Referral
from counterpoint.intake.types import Kind
from counterpoint.kernel.decisions import DecisionTable
from counterpoint.rules import selectors as rules
from counterpoint.rules.permissions import check_answers_for_rules
from counterpoint.rules.services import note_backtest
from counterpoint.rules.types import OPEN, DraftState
from counterpoint.rules.views import draft_for, draft_table
from counterpoint.triage.models import Backtest, BacktestChange, Decision, ReaderChange
from counterpoint.triage.reader_backtests import ReaderReplay
from counterpoint.triage.replaying import Row, sealed_facts, span_of
from counterpoint.triage.tallies import Decided, Outcome, Tally, is_changed, reader_tally_of, tally_of
from counterpoint.triage.types import BacktestState, ReplayedTable
from counterpoint.triage.verdicts import referral_facts, what_it_says

CHUNK = 2_000
SLICE_SECONDS = 4.0
LEFT_BEHIND = timedelta(minutes=2)
_MOST_REMEMBERED = 50_000
_BY = system("backtest")


def start_backtest(
    draft_id: UUID,
    *,
    by: Staff,
    replayed: ReplayedTable = ReplayedTable.TRIAGE,
    received_from: datetime | None = None,
    received_before: datetime | None = None,
) -> Backtest:
    """Begin a backtest of one of the draft's tables over the referrals received so far, or within these moments; the
    one that runs already for this table and these moments, if there is one. Only one over all that was received opens
    the way to approval. Raises NotAllowed, NotFound, NotPossible for a draft that is over, has problems, or leaves the
    table as it is, and for moments in which nothing can have come."""
    draft, now = draft_for(by, draft_id), clock.now()
    if draft.state not in OPEN or draft.state is DraftState.DRAFT:
        raise NotPossible("Only a draft without problems that is not over can be tried.")
    if not (draft.changes_triage if replayed is ReplayedTable.TRIAGE else draft.changes_readers):
        raise NotPossible(
            f"The {replayed.label.lower()} table of this draft is the one in force: there is nothing to compare."
        )
    before = min(received_before or now, now)
    if received_from is not None and received_from >= before:
        raise NotPossible("The first day must be before the last, and not in the future.")
    table = draft_table(by, draft_id, path=replayed.path)
    live_hash = rules.pack_in_force().files.get(replayed.path, "")
    with transaction.atomic():
        asked = {
            "draft_id": draft_id,
            "table_id": replayed,
            "table_hash": table.table_hash,
            "live_table_hash": live_hash,
            "received_from": received_from,
        }
        running = Backtest.objects.filter(state=BacktestState.RUNNING, **asked)
        known = running.filter(received_before=F("created_at") if before == now else before).first()
        if known is not None:
            return known
        row = Backtest(**asked, received_before=before, state=BacktestState.RUNNING, asked_by=by, beat_at=clock.now())
        row.created_at = now  # the same moment as `received_before`: see `is_of_all`
        row.total = _population(row).count()
        row.save(force_insert=True)
        _record("backtest.started", row, by=by.actor, referrals=row.total)
        return row


def stop_backtest(backtest_id: UUID, *, by: Staff) -> Backtest:
    """End a backtest before it is finished; what was counted stays to be seen. Raises NotAllowed, NotFound,
    NotPossible."""
    check_answers_for_rules(by)
    with transaction.atomic():
        rows = Backtest.objects.filter(pk=backtest_id, state=BacktestState.RUNNING)
        if rows.update(state=BacktestState.STOPPED, finished_at=clock.now()) != 1:
            raise NotPossible("This backtest does not run any more.")
        row = backtest_row(backtest_id)
        _record("backtest.stopped", row, by=by.actor, referrals=row.done)
        return row


def run_slice(backtest_id: UUID, *, seconds: float = SLICE_SECONDS, chunk: int = CHUNK) -> bool:
    """Go on with a backtest for about so long, so that other work gets its turn. True while something is left.
    Safe to run twice, also at the same moment. Raises NotFound."""
    backtest = backtest_row(backtest_id)
    replay = _replay_of(backtest)
    until = time.monotonic() + seconds
    while backtest.state == BacktestState.RUNNING:
        _take_chunk(backtest, replay, chunk)
        backtest = backtest_row(backtest_id)
        if time.monotonic() > until:
            break
    return backtest.state == BacktestState.RUNNING


def backtests_left_behind() -> list[UUID]:
    """Backtests whose worker went away: the last part was counted a while ago."""
    rows = Backtest.objects.filter(state=BacktestState.RUNNING, beat_at__lt=clock.now() - LEFT_BEHIND)
    return list(rows.order_by("created_at").values_list("pk", flat=True))


def is_of_all(backtest: Backtest) -> bool:
    """Whether it is over all referrals that there were when it began."""
    return backtest.received_from is None and backtest.received_before >= backtest.created_at


def backtest_row(backtest_id: UUID) -> Backtest:
    """The row, unscoped: for services that have checked who asks. Raises NotFound."""
    row = Backtest.objects.filter(pk=backtest_id).first()
    if row is None:
        raise NotFound("There is no such backtest.")
    return row


@dataclass
class _Replay:
    """Two triage tables, and what they said of facts already seen: facts are few choices, so most repeat."""

    before: DecisionTable
    after: DecisionTable
    remembered: dict[tuple[str, bytes], tuple[Outcome, Outcome]] = field(default_factory=dict)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(column.name for table in (self.before, self.after) for column in table.inputs)

    def outcomes(self, kind: str, content: bytes, more: Callable[[], Mapping[str, Any]]) -> tuple[Outcome, Outcome]:
        """What both tables say of the facts in `content` (JSON); `more` works out from the answers those that a table
        reads and that were not sealed with the verdict, because the table then did not read them."""
        known = self.remembered.get((kind, content))
        if known is not None:
            return known
        facts: dict[str, Any] = json.loads(content)
        if self.reads <= facts.keys():
            said = self._said(kind, facts)
            if len(self.remembered) < _MOST_REMEMBERED:
                self.remembered[kind, content] = said
            return said
        return self._said(kind, {**more(), **facts})

    def _said(self, kind: str, facts: Mapping[str, Any]) -> tuple[Outcome, Outcome]:
        first, second = (what_it_says(table, facts, Kind(kind)) for table in (self.before, self.after))
        return (
            Outcome(first.route.value, first.urgency.value, tuple(first.rule_ids)),
            Outcome(second.route.value, second.urgency.value, tuple(second.rule_ids)),
        )


def _replay_of(backtest: Backtest) -> "_Replay | ReaderReplay":
    after = rules.archived_table(backtest.table_hash)
    before = rules.archived_table(backtest.live_table_hash) if backtest.live_table_hash else None
    if backtest.table_id == ReplayedTable.SECOND_READER:
        return ReaderReplay(before, after)
    return _Replay(before or after, after)


def _take_chunk(backtest: Backtest, replay: "_Replay | ReaderReplay", size: int) -> None:
    rows: list[Row] = list(_after(backtest).values_list("pk", "key_id", "kind")[:size])
    if not rows:
        _finish(backtest)
        return
    counted, keep = _counted(backtest, replay, rows)
    with transaction.atomic():
        ours = Backtest.objects.filter(pk=backtest.pk, cursor=backtest.cursor, state=BacktestState.RUNNING)
        moved = {"cursor": rows[-1][0], "tally": counted, "beat_at": clock.now()}
        if ours.update(done=F("done") + len(rows), **moved) != 1:
            return  # another worker has counted this part, or somebody stopped it
        keep()
        _record("backtest.facts_read", backtest, by=_BY, referrals=len(rows))


def _counted(
    backtest: Backtest, replay: "_Replay | ReaderReplay", rows: Sequence[Row]
) -> tuple[dict[str, Any], Callable[[], object]]:
    """The tally with these rows in it, and what stores those that would change."""
    if isinstance(replay, ReaderReplay):
        readers = reader_tally_of(backtest.tally)
        of_readers = replay.compare(backtest, rows, readers)
        return readers.as_json(), lambda: ReaderChange.objects.bulk_create(of_readers, batch_size=500)
    tally = tally_of(backtest.tally)
    changes = _compare(backtest, replay, rows, tally)
    return tally.as_json(), lambda: BacktestChange.objects.bulk_create(changes, batch_size=500)


def _compare(backtest: Backtest, replay: _Replay, rows: Sequence[Row], tally: Tally) -> list[BacktestChange]:
    """Counts each of the rows into the tally; returns those that would change."""
    facts, decided = sealed_facts(rows), _decided(span_of(rows))
    changes = []
    for referral_id, _key_id, kind in rows:
        content = facts.get(referral_id)
        if content is None:
            tally.left_out["no_facts"] += 1
            continue
        before, after = replay.outcomes(kind, content, lambda pk=referral_id: referral_facts(intake.referral_row(pk)))  # type: ignore[misc] # bound at once
        tally.add(before, after, decided.get(referral_id))
        if is_changed(before, after):
            changes.append(
                BacktestChange(
                    id=ids.new_id(),
                    backtest=backtest,
                    referral_id=referral_id,
                    before_route=before.route,
                    before_urgency=before.urgency,
                    after_route=after.route,
                    after_urgency=after.urgency,
                )
            )
    return changes


def _decided(span: Mapping[str, UUID]) -> dict[UUID, Decided]:
    """What a person decided first of each referral, once it was in force."""
    rows = Decision.objects.filter(in_force_at__isnull=False, **span).order_by("referral_id", "-at", "-id")
    found = rows.values_list("referral_id", "route", "urgency")
    return {referral_id: Decided(route, urgency) for referral_id, route, urgency in found}


def _finish(backtest: Backtest) -> None:
    with transaction.atomic():
        ours = Backtest.objects.filter(pk=backtest.pk, cursor=backtest.cursor, state=BacktestState.RUNNING)
        if ours.update(state=BacktestState.DONE, finished_at=clock.now(), beat_at=clock.now()) != 1:
            return
        _note(backtest)
        tell_staff(
            [backtest.asked_by],
            kind=NoticeKind.OTHER,
            text="The backtest that you asked for is finished.",
            link=f"/desk/rules/drafts/{backtest.draft_id}/backtests/{backtest.pk}/",
        )
        _record("backtest.finished", backtest, by=_BY, referrals=backtest.done)


def _note(backtest: Backtest) -> None:
    """One of some days only shows something, and opens no way to approval: it could leave out what tells against the
    draft."""
    if is_of_all(backtest):
        path = ReplayedTable(backtest.table_id).path
        note_backtest(backtest.draft_id, path=path, table_hash=backtest.table_hash)


def _record(action: str, backtest: Backtest, *, by: Actor, referrals: int) -> None:
    facts = {"draft": str(backtest.draft_id), "table": str(backtest.table_hash)}
    audit.record(action, by=by, about=Subject("backtest", backtest.pk), detail={**facts, "referrals": referrals})


def _population(backtest: Backtest) -> QuerySet[Referral]:
    rows = Referral.objects.filter(received_at__lt=backtest.received_before)
    return rows.filter(received_at__gte=backtest.received_from) if backtest.received_from else rows


def _after(backtest: Backtest) -> QuerySet[Referral]:
    rows = _population(backtest).order_by("pk")
    return rows.filter(pk__gt=backtest.cursor) if backtest.cursor else rows
