"""Changes of the rules in every state, for looking at every page."""

from uuid import UUID

from tests.cast import Cast
from tests.intake.telling import CONCERN, a_referral, someone
from tests.rules.making import (
    MANIFEST,
    SECOND_READER,
    TRIAGE,
    edited,
    more_second_readers,
    new_version,
    repeats_to_advice,
)

from counterpoint import journey
from counterpoint.access.models import Staff
from counterpoint.access.types import Role
from counterpoint.intake.types import Urgency
from counterpoint.rules import services
from counterpoint.rules.models import RuleDraft
from counterpoint.rules.selectors import table_in_force
from counterpoint.triage import backtests
from counterpoint.triage.types import ReplayedTable, Route

PERSON = someone("Nia", "Ashdown", age=15, postcode="NM2 3CD")


def rules_being_changed(people: Cast) -> dict[str, UUID | str]:
    """A draft backtested and in shadow; one with problems; one approved; one in force, so that there is a way back.
    Returns the parts of addresses."""
    lead, supervisor = people[Role.PROCESS_LEAD], people[Role.SUPERVISOR]
    live = _approved(lead, supervisor, "The year's new number", {MANIFEST: new_version("2026.2")})
    services.go_live(live.pk, by=lead, expected_version=live.version)
    tried = _started(lead, "Repeats to advice", {TRIAGE: repeats_to_advice(), SECOND_READER: more_second_readers()})
    services.start_shadow(tried.pk, by=lead, expected_version=tried.version)
    for _ in range(3):
        a_referral(CONCERN | PERSON)
    alone = a_referral(CONCERN | someone("Ada", "Novak", age=44))
    journey.decide(
        alone.pk,
        route=Route.CLOSE,
        urgency=Urgency.ROUTINE,
        reason="Nothing worrying in it.",
        closure_reason="misguided",
        by=people[Role.TRIAGE_OFFICER],
        expected_version=alone.version,
    )
    backtest, readers = (backtests.start_backtest(tried.pk, by=lead, replayed=table) for table in ReplayedTable)
    for row in (backtest, readers):
        while backtests.run_slice(row.pk):
            pass
    broken = _started(lead, "Another name for the reason", {TRIAGE: edited(TRIAGE, 'name="reason"', 'name="because"')})
    approved = _approved(lead, supervisor, "A file to read first", {"README.md": b"Read this first.\n"})
    tried.refresh_from_db()
    return {
        "draft_id": tried.pk,
        "backtest_id": backtest.pk,
        "reader_backtest_id": readers.pk,
        "table_hash": tried.files[TRIAGE],
        "live_table": table_in_force("triage").table_hash,
        "broken_draft_id": broken.pk,
        "approved_draft_id": approved.pk,
        "live_draft_id": live.pk,
    }


def _started(by: Staff, title: str, files: dict[str, bytes]) -> RuleDraft:
    draft = services.start_draft(title=title, why="They were read too late, and one was missed.", by=by)
    return services.upload_files(draft.pk, files=files, by=by, expected_version=draft.version)


def _approved(by: Staff, approver: Staff, title: str, files: dict[str, bytes]) -> RuleDraft:
    draft = _started(by, title, files)
    return services.approve_draft(draft.pk, note="Read in full.", by=approver, expected_version=draft.version)
