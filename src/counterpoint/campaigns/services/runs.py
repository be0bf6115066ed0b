"""Runs: asked for, claimed by a worker, stored when they are done. What is carried out between: `campaigns.tasks`."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from counterpoint.access.models import Staff
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject, system
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import NotFound
from counterpoint.campaigns import envelope, policies
from counterpoint.campaigns.models import Finding, FollowedAct, Run, Snapshot
from counterpoint.campaigns.permissions import check_analyses
from counterpoint.campaigns.types import Failure, Parameters, RunKind, RunState

_BY = system("campaign worker")
MOST_ATTEMPTS = 3
LOST_AFTER = timedelta(seconds=60)  # without a sign of life
_LONGEST_KIND = 40


def ask_run(snapshot_id: UUID, *, parameters: Parameters, by: Staff) -> Run:
    """Have the snapshot looked through. Asking for the same twice gives the first run, unless that one failed.
    Raises NotAllowed, NotFound, NotPossible when the posts were deleted, NotAsAsked with all that is wrong."""
    check_analyses(by)
    policies.check_parameters(parameters)
    snapshot = _snapshot(snapshot_id)
    policies.check_is_there(snapshot)
    return _ask(snapshot, kind=RunKind.DETECT, finding=None, parameters=parameters.as_json(), by=by)


def follow_into(finding_id: UUID, *, snapshot_id: UUID, by: Staff) -> Run:
    """Look in another snapshot for what a confirmed finding's accounts had shared.
    Raises NotAllowed, NotFound, NotPossible."""
    check_analyses(by)
    finding = Finding.objects.select_related("run").filter(pk=finding_id).first()
    if finding is None:
        raise NotFound("There is no such finding.")
    snapshot = _snapshot(snapshot_id)
    acts = list(FollowedAct.objects.filter(finding=finding).values_list("on", flat=True))
    policies.check_follows(finding, snapshot, acts=acts)
    return _ask(snapshot, kind=RunKind.TRACE, finding=finding, parameters={"finding": str(finding_id)}, by=by)


def _ask(
    snapshot: Snapshot, *, kind: RunKind, finding: Finding | None, parameters: Mapping[str, Any], by: Staff
) -> Run:
    from counterpoint.campaigns.tasks import start_waiting  # tasks import services; a service only enqueues

    asked_for = hashlib.sha256(json.dumps([kind, parameters], sort_keys=True).encode()).hexdigest()
    same = Run.objects.filter(snapshot=snapshot, asked_for=asked_for).exclude(state=RunState.FAILED)
    try:
        with transaction.atomic():
            first = same.first()
            if first is not None:
                return first
            run = Run.objects.create(
                snapshot=snapshot, kind=kind, finding=finding, parameters=parameters, asked_for=asked_for, asked_by=by
            )
            audit.record(
                "run.asked", by=by.actor, about=subject_of(run), purpose=snapshot.purpose, detail={"kind": str(kind)}
            )
            start_waiting.enqueue()
            return run
    except IntegrityError:  # somebody asked for the same at the same moment
        return same.get()


# --- for the worker


def claim_next() -> Run | None:
    """The run that is to be carried out now, marked as ours; None when none waits. One that was under way when its
    worker died is taken up again, until it was tried too often."""
    at = clock.now()
    lost = Q(state=RunState.RUNNING, alive_at__lt=at - LOST_AFTER)
    for run in Run.objects.filter(Q(state=RunState.QUEUED) | lost).order_by("created_at")[:20]:
        if run.attempts >= MOST_ATTEMPTS:
            fail_run(run.pk, Failure.FELL_OVER)
            continue
        was = Run.objects.filter(pk=run.pk, state=run.state, alive_at=run.alive_at)
        taken = was.update(
            state=RunState.RUNNING, started_at=run.started_at or at, alive_at=at, attempts=F("attempts") + 1
        )
        if taken == 1:
            return Run.objects.select_related("snapshot", "finding").get(pk=run.pk)
    return None


def note_progress(run_id: UUID, *, number: int, stages: int, stage: str) -> bool:
    """The run is alive and so far. False when it is not to go on, because its posts were deleted."""
    running = Run.objects.filter(pk=run_id, state=RunState.RUNNING)
    return running.update(alive_at=clock.now(), stage_number=number, stages=stages, stage=stage[:80]) == 1


def put_back(run_id: UUID) -> None:
    """Let another worker take the run up: this one is ending."""
    Run.objects.filter(pk=run_id, state=RunState.RUNNING).update(
        state=RunState.QUEUED, attempts=F("attempts") - 1, alive_at=None
    )


@transaction.atomic
def fail_run(run_id: UUID, failure: Failure, *, words: str = "") -> None:
    """The run has stopped for good. words: what the detection says to people. Safe to run twice."""
    run = _under_way(run_id)
    if run is None:
        return
    run.state, run.failure, run.finished_at = RunState.FAILED, failure, clock.now()
    if words:
        run.sealed_outcome = envelope.seal(run, "sealed_outcome", {"words": words}, key_id=run.snapshot.key_id)
    run.save(update_fields=["state", "failure", "finished_at", "sealed_outcome"])
    audit.record("run.failed", by=_BY, about=subject_of(run), detail={"failure": str(failure)})


@transaction.atomic
def store_outcome(run_id: UUID, outcome: Mapping[str, Any]) -> None:
    """Keep what the run found. Safe to run twice: the second time nothing is stored."""
    run = _under_way(run_id)
    if run is None:
        return
    findings = outcome.get("findings", ())
    Finding.objects.bulk_create(_finding(run, place, given) for place, given in enumerate(findings))
    kept = {name: value for name, value in outcome.items() if name != "findings"}
    run.state, run.finished_at, run.stage_number = RunState.DONE, clock.now(), run.stages
    run.sealed_outcome = envelope.seal(run, "sealed_outcome", kept, key_id=run.snapshot.key_id)
    run.save(update_fields=["state", "finished_at", "stage_number", "sealed_outcome"])
    facts = outcome["facts"]
    audit.record(
        "run.finished",
        by=_BY,
        about=subject_of(run),
        detail={"kind": run.kind, "posts": facts["used"], "findings": len(findings)},
    )


def _under_way(run_id: UUID) -> Run | None:
    unfinished = [RunState.QUEUED, RunState.RUNNING]
    rows = Run.objects.select_for_update(of=("self",)).select_related("snapshot")
    return rows.filter(pk=run_id, state__in=unfinished).first()


def _finding(run: Run, place: int, given: Mapping[str, Any]) -> Finding:
    content = {name: value for name, value in given.items() if name != "posts_kept"}
    key_id = keyring.new_record_key()
    finding = Finding(
        id=ids.new_id(),
        run=run,
        number=given["number"],
        place=place,
        detector=given["detector"],
        kind=given["kind"][:_LONGEST_KIND],
        accounts=given["accounts"],
        posts=given["posts"],
        first_at=_moment(given["first_at"]),
        last_at=_moment(given["last_at"]),
        key_id=key_id,
    )
    finding.sealed_content = envelope.seal(finding, "sealed_content", content, key_id=key_id)
    finding.sealed_posts = envelope.seal(finding, "sealed_posts", given["posts_kept"], key_id=run.snapshot.key_id)
    return finding


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _snapshot(snapshot_id: UUID) -> Snapshot:
    row = Snapshot.objects.filter(pk=snapshot_id).first()
    if row is None:
        raise NotFound("There is no such snapshot.")
    return row


def subject_of(run: Run) -> Subject:
    """The run, as audit entries name it."""
    return Subject("campaign_run", run.pk)
