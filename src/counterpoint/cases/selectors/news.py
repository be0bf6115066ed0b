"""News that a case's process waits for: what can be told now, and the form of each."""

from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.base.errors import NotFound
from counterpoint.cases import process
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import can_do_casework, check_reads_case
from counterpoint.cases.steps import StepForm, form_of_plan


def news_for(viewer: Staff, case_id: UUID) -> tuple[tuple[str, str], ...]:
    """(id, name) of each message that can be told of now, in the order of the process; none for who does not work on
    the case. Raises NotFound."""
    check_reads_case(viewer, case_id)
    case = Case.objects.get(pk=case_id)
    if not can_do_casework(viewer, case):
        return ()
    running = process.current_run(case)
    if running.run.ended_at is not None:
        return ()
    ids = dict.fromkeys(event.message_id for event in running.expected if event.message_id)
    return tuple((message_id, running.process.messages[message_id]) for message_id in ids)


def news_form_for(viewer: Staff, case_id: UUID, message_id: str) -> tuple[str, StepForm]:
    """The name and the form of a message that can be told of now. Raises NotFound."""
    named = dict(news_for(viewer, case_id))
    if message_id not in named:
        raise NotFound("Nothing in this case waits for such news now. Look at where it stands.")
    running = process.current_run(Case.objects.get(pk=case_id))
    return named[message_id], form_of_plan(running.pack, running.message_plan(message_id))
