"""A process that was changed while cases ran by it, for looking at every page: a case that can follow, one that stays,
a rehearsal, and a further change that is tried on a copy."""

from uuid import UUID

from tests.cast import Cast
from tests.rules.making import edited

from counterpoint.access.models import Staff
from counterpoint.access.types import Role
from counterpoint.cases import sandbox
from counterpoint.cases.models import Case
from counterpoint.cases.services import moving
from counterpoint.rules import services
from counterpoint.rules.models import RuleDraft

PROCESS = "processes/case.bpmn"


def a_process_changed(people: Cast, *, beginning: Case) -> dict[str, UUID | str]:
    """beginning: a case that has just begun. The parts of addresses; the town's first case stays on its version."""
    lead, supervisor = people[Role.PROCESS_LEAD], people[Role.SUPERVISOR]
    renamed = edited(PROCESS, 'name="Gather information"', 'name="Find out more"')
    live = _draft(lead, "Plainer names", renamed)
    live = services.approve_draft(live.pk, note="Read in full.", by=supervisor, expected_version=live.version)
    services.go_live(live.pk, by=lead, expected_version=live.version)
    tried = _draft(lead, "Plainer still", renamed.replace(b'name="Find out more"', b'name="Ask and find out"'))
    (trial,) = sandbox.copy_cases(tried.pk, references=[beginning.reference], by=supervisor)
    return {
        "trial_id": trial.pk,
        "process_draft_id": tried.pk,
        "beginning_case_id": beginning.pk,
    }


def a_rehearsal(people: Cast) -> dict[str, UUID | str]:
    """Which of the cases could move to the version in force. Called once no other pack comes into force."""
    row = moving.start_move("case", by=people[Role.PROCESS_LEAD], is_rehearsal=True)
    return {"move_id": moving.run_until_done(row).pk, "process_id": "case"}


def _draft(by: Staff, title: str, content: bytes) -> RuleDraft:
    draft = services.start_draft(title=title, why="New staff did not know what was meant.", by=by)
    return services.upload_files(draft.pk, files={PROCESS: content}, by=by, expected_version=draft.version)
