"""Finishing the step of the process that a page of support does, in the transaction of what the page records."""

from dataclasses import dataclass

from counterpoint.access.models import Staff
from counterpoint.base.errors import NotPossible
from counterpoint.cases import process
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.cases.policies import check_finished_here
from counterpoint.cases.types import StepValues
from counterpoint.kernel.packs import StepWork


@dataclass(frozen=True)
class StepDone:
    """A step to be finished together with a record: its id, what its form was filled in with, and the version of the
    case that the page was made from."""

    step_id: str
    values: StepValues
    expected_version: int


def check_step_is(case: Case, step: StepDone, work: StepWork) -> None:
    """Raises NotPossible when the step does not wait, or is done from another page."""
    running = process.current_run(case)
    if not running.waits_for(step.step_id):
        raise NotPossible("This step does not wait now. Look at where the case stands.")
    check_finished_here(running, step.step_id, done_by=work)


def finish_step(case: Case, step: StepDone, work: StepWork, *, by: Staff) -> None:
    """Finish it in the caller's transaction, which records what a step of this work leaves behind. Raises what
    `cases.services.complete_step` raises."""
    cases.complete_step(
        case, step.step_id, step.values, by=by, expected_version=step.expected_version, done_by_work=work
    )
