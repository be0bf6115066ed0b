"""By which version of its process a run is worked, what differs from the one in force, and whether it could go on by
that one. Moves nothing: `counterpoint.cases.services.moving` does."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.types import SubjectKind
from counterpoint.cases import periods
from counterpoint.cases.models import CaseReferral, ProcessRun
from counterpoint.cases.process import Running
from counterpoint.kernel import processes
from counterpoint.kernel.packs import Pack, StepPlan
from counterpoint.kernel.processes import Process, State
from counterpoint.rules import selectors as rules

Version = tuple[str, str]  # ProcessRun.process_hash, ProcessRun.pack_hash


@dataclass(frozen=True)
class Target:
    """A process that runs could go on by, with the pack that says how its steps are done."""

    process_id: str
    process: Process
    pack: Pack


def target_in_force(process_id: str) -> Target | None:
    """The version in force; None where the pack in force has no such process."""
    pack = rules.pack_in_force()
    sha256 = pack.files.get(bpmn_of(process_id))
    return Target(process_id, rules.archived_process(sha256), pack) if sha256 is not None else None


def bpmn_of(process_id: str) -> str:
    """The path of a process in a pack."""
    return f"processes/{process_id}.bpmn"


def differing_files(target: Target, versions: Collection[Version]) -> dict[Version, tuple[str, ...]]:
    """Of those versions that are not the target: the files by which they differ from it, sorted. A run that names no
    pack has always gone by the one in force."""
    known = rules.files_of_packs({pack_hash for _, pack_hash in versions if pack_hash})
    found = {}
    for process_hash, pack_hash in versions:
        files = {**(known.get(pack_hash) or target.pack.files), bpmn_of(target.process_id): process_hash}
        differs = tuple(path for path in _paths(target) if files.get(path) != target.pack.files.get(path))
        if differs:
            found[process_hash, pack_hash] = differs
    return found


def runs_known_to(viewer: Staff) -> QuerySet[ProcessRun]:
    """The runs under way of cases that the viewer's agency leads, but for those that a conflict of interest keeps the
    viewer away from."""
    rows = ProcessRun.objects.filter(ended_at__isnull=True, case__lead_agency_id=viewer.agency_id)
    cases = relations.recused_from(viewer, kind=SubjectKind.CASE)
    referrals = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    if cases:
        rows = rows.exclude(case_id__in=cases)
    if referrals:
        held = CaseReferral.objects.filter(case=OuterRef("case_id"), referral_id__in=referrals)
        rows = rows.exclude(Exists(held))
    return rows


def older_runs(rows: QuerySet[ProcessRun], target: Target) -> QuerySet[ProcessRun]:
    """Those among `rows` that go by another version of the target's process."""
    of_process = rows.filter(process_id=target.process_id)
    versions = list(of_process.order_by().values_list("process_hash", "pack_hash").distinct())
    older = Q(pk__in=[])
    for process_hash, pack_hash in differing_files(target, versions):
        older |= Q(process_hash=process_hash, pack_hash=pack_hash)
    return of_process.filter(older)


def is_current(running: Running, target: Target) -> bool:
    """Whether the run goes by the target already."""
    version = (running.run.process_hash, running.run.pack_hash)
    return not differing_files(target, [version])


def could_move(running: Running, target: Target) -> State | tuple[str, ...]:
    """The run as it would stand in the target, or every reason why it stays where it is, as sentences."""
    reasons = tuple(_against(running, target))
    if reasons:
        return reasons
    if running.process.hash == target.process.hash:
        return running.state
    return processes.migrate(running.state, old=running.process, new=target.process)


def _against(running: Running, target: Target) -> Iterator[str]:
    if running.has_plan and target.process_id not in target.pack.plans:
        file = f"steps/{target.process_id}.yaml"
        yield f"The new version does not say how its steps are done ({file} is missing), so the clocks could not go on."
    if running.process.hash == target.process.hash and running.is_finished:
        yield "The run is finished. It stays as it was."


def _paths(target: Target) -> tuple[str, ...]:
    """The files of the target's pack that say how its process is worked."""
    plan = target.pack.plans.get(target.process_id)
    found = {bpmn_of(target.process_id), f"steps/{target.process_id}.yaml"}
    if plan is not None:
        for row in (*plan.steps.values(), *plan.messages.values()):
            found |= set(_paths_of_step(row))
        clocks = {row.clock for row in plan.steps.values() if row.clock} | set(plan.timers.values())
        found |= {"clocks.yaml", periods.FILE} if clocks else set()
        found |= {f"holidays/{target.pack.clock_rule(clock_id).calendar}.yaml" for clock_id in clocks}
    return tuple(sorted(found))


def _paths_of_step(row: StepPlan) -> Iterator[str]:
    if row.form:
        yield f"forms/{row.form}.yaml"
    if row.instrument:
        yield f"instruments/{row.instrument}.yaml"
    for table in row.rules:
        yield f"decisions/{table}.dmn"


def counted(rows: QuerySet[ProcessRun]) -> Mapping[str, dict[Version, int]]:
    """How many of them go by which version, by process."""
    found: dict[str, dict[Version, int]] = {}
    names = ("process_id", "process_hash", "pack_hash")
    for process_id, process_hash, pack_hash, count in rows.order_by().values_list(*names).annotate(count=Count("pk")):
        found.setdefault(process_id, {})[process_hash, pack_hash] = count
    return found
