"""Versions of the England pack with one thing changed each, put in force; and a case that takes any step."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from itertools import count
from random import Random

from tests.cases.making import OUTCOME, PACK, START, World, a_referral

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.cases import process, services
from counterpoint.cases.models import Case, CaseClock, Task
from counterpoint.cases.services import moving
from counterpoint.cases.steps import Shape
from counterpoint.kernel.packs import Pack, StepWork, read_folder, read_pack
from counterpoint.rules.archive import archive_files, put_in_force

PATH = "processes/prevent_path.bpmn"
_PUTS = count(1)
RENAMED, STEPS_UNCHANGED = "deconfliction_renamed", "panel_renamed"  # of what was finished; of what is still to come
# one passage of a file put otherwise, by what it does
CHANGES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "panel_renamed": ((PATH, 'name="Discuss and decide"', 'name="Decide together"'),),
    "deconfliction_renamed": ((PATH, 'name="De-conflict"', 'name="Ask the police"'),),
    "consent_by_chair": (
        (PATH, "        <bpmn:flowNodeRef>seek_consent</bpmn:flowNodeRef>\n", ""),
        (
            PATH,
            "<bpmn:flowNodeRef>panel_result</bpmn:flowNodeRef>",
            "<bpmn:flowNodeRef>panel_result</bpmn:flowNodeRef><bpmn:flowNodeRef>seek_consent</bpmn:flowNodeRef>",
        ),
    ),
    "longer_panel": (
        (
            "clocks.yaml",
            "title: De-confliction\n    within: {working_days: 2}",
            "title: De-confliction\n    within: {working_days: 9}",
        ),
    ),
    "form_changed": (("forms/assess.yaml", "What should happen?", "What comes next?"),),
    "triage_only": (("decisions/triage.dmn", "</definitions>", "<!-- looked at -->\n</definitions>"),),
}


@cache
def files_of(*changes: str) -> dict[str, bytes]:
    """The England pack with these changes."""
    files = dict(read_folder(PACK))
    for change in changes:
        for path, old, new in CHANGES[change]:
            text = files[path].decode()
            assert old in text, (path, old)
            files[path] = text.replace(old, new, 1).encode()
    return files


@cache
def _read(*changes: str) -> Pack:
    return read_pack(files_of(*changes))


def put(*changes: str) -> Pack:
    """The England pack with these changes, in force from now on."""
    archive_files(files_of(*changes))
    pack = _read(*changes)
    with clock.moved_to(clock.now() + timedelta(seconds=next(_PUTS))):  # two of one moment have no order
        put_in_force(pack)
    return pack


def a_path_case(world: World) -> Case:
    """A case on England's whole path."""
    referral = a_referral(world)
    return services.open_case(
        referral, lead_officer=world.officer, by=world.triage, at=START, process_id="prevent_path"
    )


def take(case: Case, step_id: str, by: Staff, officer: Staff, *, chance: Random | None = None, **given: str) -> None:
    """Finish a step that waits: choices as given, else by chance (the first without one)."""
    case.refresh_from_db()
    running = process.current_run(case)
    form, version = running.form_of(step_id), case.version
    if form.work is StepWork.OUTCOME:
        services.record_outcome(case, **OUTCOME, by=officer, expected_version=version)
    elif form.work is StepWork.FEEDBACK:
        services.withhold_feedback(case, reason="Not safe.", by=officer, expected_version=version)
    else:
        values = {}
        for field in form.fields:
            ids = [choice for choice, _ in field.choices]
            if ids:
                values[field.id] = given.get(field.id, chance.choice(ids) if chance else ids[0])
            else:
                values[field.id] = date(2026, 6, 1) if field.shape is Shape.DATE else "x"
        services.complete_step(case, step_id, values, by=by, expected_version=version, done_by_work=form.work)
    case.refresh_from_db()


def at_gateway(case: Case, world: World) -> Case:
    """The case after de-confliction."""
    take(case, "acknowledge", world.supervisor, world.officer)
    take(case, "deconfliction", world.supervisor, world.officer, result="clear")
    return case


def move(case: Case, by: Staff) -> Case:
    """The case by the version in force, as somebody asks for who has just seen it."""
    case.refresh_from_db()
    return moving.move_case(case, by=by, expected_version=case.version)


def check_laws(case: Case) -> None:
    """What waits has a task and nothing else has; no clock runs of what does not wait; the case says where it
    stands."""
    case.refresh_from_db()
    run = case.runs.order_by("-number")[0]
    running = process.load(run)
    waiting = [step.id for step in running.waiting]
    tasks = Task.objects.filter(case=case, ended_at__isnull=True).order_by("step")
    assert [task.step for task in tasks] == sorted(waiting)
    names = {step.id: (step.name, step.lane) for step in running.waiting}
    assert all((task.step_name, task.lane) == names[task.step] for task in tasks)
    roles = {step.id: running.whose(step).role.value for step in running.waiting}
    assert all(task.role == roles[task.step] for task in tasks)
    clocks = list(CaseClock.objects.filter(case=case, ended_at__isnull=True).values_list("element", flat=True))
    assert len(clocks) == len(set(clocks))
    assert set(clocks) <= {*waiting, *(event.id for event in running.expected)}
    wanted = {step for step in waiting if running.plan_of(step).clock}
    assert wanted <= set(clocks)
    assert case.next_step in (waiting or [""])
    events = list(case.events.order_by("number").values_list("number", flat=True))
    assert events == list(range(1, len(events) + 1))
