"""The steps of a case that are a panel's: those that the pack calls the work of a panel, whatever their ids."""

from collections.abc import Iterator
from dataclasses import dataclass

from counterpoint.cases.models import Case
from counterpoint.cases.process import Running, current_run
from counterpoint.cases.steps import StepField, StepForm
from counterpoint.kernel.packs import StepWork
from counterpoint.panels import law
from counterpoint.rules import selectors as rules

# Fields that a form of a panel's step may have, and which the meeting itself answers.
DECISION = "decision"
DECIDED_BY = "decided_by"
HOME_FORCE_WAS_THERE = "home_force_was_there"
HOME_FORCE_INVITED = "home_force_invited"
PANEL_ON = "panel_on"
REASON = "reason"
DISSENT = "dissent"


@dataclass(frozen=True)
class PanelStep:
    """A step that waits and is a panel's. `run_number`: of the run that it waits in."""

    id: str
    name: str
    help: str
    lane: str
    form: StepForm
    tables: law.Tables
    run_number: int

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """What can be decided here, by id and label; nothing for a step that only prepares."""
        field = self.field(DECISION)
        return field.choices if field else ()

    @property
    def decides(self) -> bool:
        """Whether positions are taken on this step."""
        return bool(self.choices)

    def field(self, field_id: str) -> StepField | None:
        """The field of the step's form with this id."""
        return next((field for field in self.form.fields if field.id == field_id), None)


def panel_steps(case: Case) -> tuple[PanelStep, ...]:
    """The panel's steps that the case waits for now; none when its run is over."""
    if not case.runs.exists():
        return ()
    return tuple(_steps(current_run(case)))


def panel_step_ids() -> frozenset[str]:
    """The ids of all steps, in any process of the pack in force, that are a panel's: to look for cases quickly."""
    plans = rules.pack_in_force().plans.values()
    return frozenset(step_id for plan in plans for step_id, step in plan.steps.items() if step.work is StepWork.PANEL)


def _steps(running: Running) -> Iterator[PanelStep]:
    for step in running.waiting:
        plan = running.plan_of(step.id)
        if plan.work is not StepWork.PANEL:
            continue
        files = (running.pack.files[f"decisions/{table_id}.dmn"] for table_id in plan.rules)
        tables = law.tables_among(rules.archived_table(sha256) for sha256 in files)
        form = running.form_of(step.id)
        yield PanelStep(step.id, step.name, step.documentation, step.lane, form, tables, running.run.number)
