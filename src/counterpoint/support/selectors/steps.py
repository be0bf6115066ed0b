"""The steps of the process that pages of support do."""

from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.cases import process
from counterpoint.cases.models import Case
from counterpoint.cases.selectors import waiting_step_for
from counterpoint.cases.views import WaitingStep
from counterpoint.kernel.packs import StepWork


def waiting_for_work(viewer: Staff, case_id: UUID, work: StepWork) -> WaitingStep | None:
    """The step of this work that waits now, and whether the viewer may do it. Nothing personal. Raises NotFound."""
    step = process.current_run(Case.objects.get(pk=case_id)).waiting_for(work)
    return waiting_step_for(viewer, case_id, step.id) if step is not None else None


def waiting_with_instrument(viewer: Staff, case_id: UUID) -> tuple[tuple[WaitingStep, str], ...]:
    """The steps that wait and consult an instrument, each with the instrument's id. Raises NotFound."""
    running = process.current_run(Case.objects.get(pk=case_id))
    found = []
    for step in running.waiting:
        instrument = running.plan_of(step.id).instrument
        waiting = waiting_step_for(viewer, case_id, step.id) if instrument else None
        if waiting is not None and instrument:
            found.append((waiting, instrument))
    return tuple(found)
