"""What may be read of campaigns, by whom. Opening a finding and opening its texts are recorded, each by itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from counterpoint.access.models import Staff
from counterpoint.audit import services as audit
from counterpoint.base.errors import NotFound
from counterpoint.base.keyring import KeyDestroyed
from counterpoint.campaigns import envelope, policies, storage
from counterpoint.campaigns.models import Disclosure, Finding, Run, Snapshot
from counterpoint.campaigns.permissions import check_analyses, check_reads_campaigns, check_reads_disclosures
from counterpoint.campaigns.services.findings import addresses_of, subject_of
from counterpoint.campaigns.storage import Offered
from counterpoint.campaigns.types import (
    Detector,
    ExportFormat,
    Failure,
    FindingState,
    LegalBasis,
    Origin,
    RunKind,
    RunState,
    Tlp,
    parameters_of,
)
from counterpoint.campaigns.views import (
    ActView,
    DisclosureView,
    FindingRow,
    FindingView,
    JudgementView,
    PostView,
    Reappeared,
    RunRow,
    RunView,
    SendingView,
    SnapshotView,
    TraceView,
)
from counterpoint.campaigns.wording import FAILURES, what_was_seen

PAGE_ROWS = 50


def offered_files(viewer: Staff) -> Sequence[Offered]:
    """What lies in the snapshot folder."""
    check_analyses(viewer)
    return storage.offered()


def snapshots(viewer: Staff, *, is_there: bool = True) -> Sequence[SnapshotView]:
    """Snapshots whose posts are held, or those that were deleted; the newest first."""
    check_reads_campaigns(viewer)
    rows = Snapshot.objects.filter(deleted_at__isnull=is_there).select_related("added_by", "deleted_by")
    return [_snapshot_view(row) for row in rows.order_by("-created_at")[:PAGE_ROWS]]


def snapshot(viewer: Staff, snapshot_id: UUID) -> SnapshotView:
    """Raises NotAllowed, NotFound."""
    check_reads_campaigns(viewer)
    row = Snapshot.objects.select_related("added_by", "deleted_by").filter(pk=snapshot_id).first()
    if row is None:
        raise NotFound("There is no such snapshot.")
    return _snapshot_view(row)


def runs(viewer: Staff, *, snapshot_id: UUID | None = None, before: datetime | None = None) -> Sequence[RunRow]:
    """Detections, the newest first: of one snapshot or of all."""
    check_reads_campaigns(viewer)
    rows = Run.objects.filter(kind=RunKind.DETECT).select_related("snapshot", "asked_by")
    if snapshot_id is not None:
        rows = rows.filter(snapshot_id=snapshot_id)
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    found = list(rows.order_by("-created_at")[:PAGE_ROWS])
    counts = _counts(row.pk for row in found)
    return [_run_row(row, counts[row.pk]) for row in found]


def run(viewer: Staff, run_id: UUID) -> RunView:
    """A run with what came of it. Raises NotAllowed, NotFound."""
    check_reads_campaigns(viewer)
    row = Run.objects.select_related("snapshot", "asked_by").filter(pk=run_id).first()
    if row is None:
        raise NotFound("There is no such run.")
    outcome = _outcome(row)
    failure, remedy = FAILURES[Failure(row.failure)] if row.failure else ("", "")
    is_detection = row.kind == RunKind.DETECT
    return RunView(
        row=_run_row(row, _counts([row.pk])[row.pk]),
        parameters=parameters_of(row.parameters) if is_detection else None,
        finding_id=row.finding_id,
        failure=failure,
        remedy=remedy,
        words=outcome.get("words", ""),
        facts=outcome.get("facts", {}),
        quarantine=outcome.get("quarantine", ()),
        left_out=outcome.get("left_out", 0),
        findings=[_finding_row(each) for each in row.findings.order_by("place")] if is_detection else (),
    )


def findings_to_judge(viewer: Staff, *, limit: int) -> int:
    """How many findings nobody has judged, counted up to `limit`."""
    check_reads_campaigns(viewer)
    return Finding.objects.filter(state=FindingState.OPEN, shredded_at__isnull=True)[:limit].count()


@transaction.atomic
def finding(viewer: Staff, finding_id: UUID) -> FindingView:
    """The finding, opened, without texts; the read is recorded. Raises NotAllowed, NotFound, NotPossible when what it
    held is gone."""
    check_reads_campaigns(viewer)
    row = _finding_of(finding_id)
    content = envelope.unseal(row, "sealed_content", key_id=row.key_id)
    audit.record("finding.read", by=viewer.actor, about=subject_of(row))
    acts = _acts(row)
    return FindingView(
        row=_finding_row(row),
        version=row.version,
        run_id=row.run_id,
        snapshot=_snapshot_view(row.run.snapshot),
        seen=what_was_seen(row.detector, row.kind, content),
        content=content,
        judgements=_judgements(row),
        acts=acts,
        traces=[_trace(each, content, since=min((act.on for act in acts), default=None)) for each in _traces(row)],
        sendings=_sendings(row),
        disclosures=[_disclosure_view(each) for each in _disclosures().filter(finding=row)],
    )


@transaction.atomic
def posts_of_finding(viewer: Staff, finding_id: UUID) -> Sequence[PostView]:
    """The posts that are the evidence, with their texts; mentions in them are masked. The read is recorded.
    Raises NotAllowed, NotFound, NotPossible once the snapshot's posts were deleted."""
    check_reads_campaigns(viewer)
    row = _finding_of(finding_id)
    policies.check_is_there(row.run.snapshot)
    posts = envelope.unseal(row, "sealed_posts", key_id=row.run.snapshot.key_id) or []
    audit.record("finding.posts_read", by=viewer.actor, about=subject_of(row), detail={"posts": len(posts)})
    return [
        PostView(
            post["post_id"],
            _moment(post["at"]),
            post["account"],
            post["platform"],
            post["text"],
            tuple(post["urls"]),
            tuple(post["hashtags"]),
        )
        for post in posts
    ]


def finding_heading(viewer: Staff, finding_id: UUID) -> tuple[FindingRow, SnapshotView, int]:
    """The finding without its content, its snapshot and its version: for forms. Raises NotAllowed, NotFound,
    NotPossible when what it held is gone."""
    check_reads_campaigns(viewer)
    row = _finding_of(finding_id)
    return _finding_row(row), _snapshot_view(row.run.snapshot), row.version


def addresses_to_send(viewer: Staff, finding_id: UUID) -> Sequence[str]:
    """The web addresses of the finding, the most shared first. Raises as `finding_heading`."""
    check_analyses(viewer)
    return addresses_of(_finding_of(finding_id))


def snapshots_to_follow_into(viewer: Staff, finding_id: UUID) -> Sequence[SnapshotView]:
    """Snapshots in which the finding's things can be looked for: all that are held, but its own."""
    check_analyses(viewer)
    own = _finding_of(finding_id).run.snapshot_id
    return [each for each in snapshots(viewer) if each.id != own]


def disclosures(viewer: Staff) -> Sequence[DisclosureView]:
    """Every export, the newest first: for analysts and auditors."""
    check_reads_disclosures(viewer)
    return [_disclosure_view(row) for row in _disclosures()[:500]]


def _finding_of(finding_id: UUID) -> Finding:
    rows = Finding.objects.select_related("run__snapshot__added_by", "run__snapshot__deleted_by")
    row = rows.filter(pk=finding_id).first()
    if row is None:
        raise NotFound("There is no such finding.")
    policies.check_not_shredded(row)
    return row


def _outcome(row: Run) -> Mapping[str, Any]:
    try:
        return envelope.unseal(row, "sealed_outcome", key_id=row.snapshot.key_id) or {}
    except KeyDestroyed:
        return {}


def _counts(run_ids: Iterable[UUID]) -> Mapping[UUID, Mapping[FindingState, int]]:
    counts: dict[UUID, dict[FindingState, int]] = defaultdict(dict)
    rows = Finding.objects.filter(run_id__in=list(run_ids)).values_list("run_id", "state").annotate(number=Count("pk"))
    for run_id, state, number in rows:
        counts[run_id][FindingState(state)] = number
    return counts


def _snapshot_view(row: Snapshot) -> SnapshotView:
    try:
        name = str(envelope.unseal(row, "sealed_name", key_id=row.key_id)) if row.deleted_at is None else ""
    except KeyDestroyed:
        name = ""
    return SnapshotView(
        id=row.pk,
        title=row.title,
        purpose=row.purpose,
        legal_basis=LegalBasis(row.legal_basis),
        source_note=row.source_note,
        origin=Origin(row.origin),
        name=name,
        size_bytes=row.size_bytes,
        added_by=row.added_by.name,
        added_at=row.created_at,
        delete_on=row.delete_on,
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by.name if row.deleted_by else "",
        mapping=row.mapping,
    )


def _run_row(row: Run, findings: Mapping[FindingState, int]) -> RunRow:
    return RunRow(
        id=row.pk,
        snapshot_id=row.snapshot_id,
        snapshot=row.snapshot.title,
        kind=RunKind(row.kind),
        state=RunState(row.state),
        asked_by=row.asked_by.name,
        asked_at=row.created_at,
        finished_at=row.finished_at,
        stage=row.stage,
        share_percent=100 * row.stage_number // max(row.stages, 1),
        findings=findings,
    )


def _finding_row(row: Finding) -> FindingRow:
    return FindingRow(
        id=row.pk,
        number=row.number,
        detector=Detector(row.detector),
        kind=row.kind,
        accounts=row.accounts,
        posts=row.posts,
        first_at=row.first_at,
        last_at=row.last_at,
        state=FindingState(row.state),
        is_there=row.shredded_at is None,
    )


def _judgements(row: Finding) -> list[JudgementView]:
    """The newest first."""
    rows = list(row.judgements.select_related("by").order_by("-number"))
    reasons = envelope.unseal_all([(each, "sealed_reason") for each in rows], key_id=row.key_id)
    return [
        JudgementView(FindingState(each.state), reason or "", each.by.name, each.at)
        for each, reason in zip(rows, reasons, strict=True)
    ]


def _acts(row: Finding) -> list[ActView]:
    rows = list(row.acts.select_related("by").order_by("on", "created_at"))
    told = envelope.unseal_all([(each, "sealed_what") for each in rows], key_id=row.key_id)
    return [
        ActView(each.pk, each.on, each.platform, what or "", each.by.name)
        for each, what in zip(rows, told, strict=True)
    ]


def _sendings(row: Finding) -> list[SendingView]:
    rows = list(row.sendings.select_related("by").order_by("-at"))
    told = envelope.unseal_all([(each, "sealed_addresses") for each in rows], key_id=row.key_id)
    return [
        SendingView(each.reference, tuple(addresses or ()), each.by.name, each.at)
        for each, addresses in zip(rows, told, strict=True)
    ]


def _traces(row: Finding) -> QuerySet[Run]:
    return row.traces.select_related("snapshot").order_by("-created_at")


def _trace(row: Run, content: Mapping[str, Any], *, since: date | None) -> TraceView:
    outcome = _outcome(row)
    values = {(thing["kind"], thing["key"]): thing["value"] for thing in content["things"]}
    return TraceView(
        run_id=row.pk,
        snapshot=row.snapshot.title,
        state=RunState(row.state),
        failure=" ".join(FAILURES[Failure(row.failure)]) if row.failure else "",
        looked_for=outcome.get("facts", {}).get("looked_for", 0),
        rows=[_reappeared(met, values, since) for met in outcome.get("reappeared", ())],
    )


def _reappeared(met: Mapping[str, Any], values: Mapping[tuple[str, str], str], since: date | None) -> Reappeared:
    first = _moment(met["first_at"])
    return Reappeared(
        kind=met["kind"],
        value=values.get((met["kind"], met["key"]), met["key"]),
        posts=met["posts"],
        accounts=met["accounts"],
        first_at=first,
        last_at=_moment(met["last_at"]),
        platforms=", ".join(name for name in met["platforms"] if name),
        days_after=(first.date() - since).days if since else 0,
    )


def _disclosures() -> QuerySet[Disclosure]:
    return Disclosure.objects.select_related("by", "finding__run__snapshot").order_by("-at", "-id")


def _disclosure_view(row: Disclosure) -> DisclosureView:
    return DisclosureView(
        finding_id=row.finding_id,
        number=row.finding.number,
        snapshot=row.finding.run.snapshot.title,
        format=ExportFormat(row.format),
        tlp=Tlp(row.tlp),
        recipient=row.recipient,
        purpose=row.purpose,
        sha256=row.sha256,
        by=row.by.name,
        at=row.at,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
