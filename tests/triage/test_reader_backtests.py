"""A draft's second-reader table replayed over what people decided: who would have got one, who would not."""

from datetime import timedelta

import pytest
from tests.cast import Cast, a_person
from tests.intake.telling import CONCERN, a_referral, someone
from tests.rules.making import (
    SECOND_READER,
    TRIAGE,
    england,
    england_in_force_with,
    more_second_readers,
    sooner_repeats,
)

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotAllowed, NotPossible
from counterpoint.intake.models import Referral
from counterpoint.intake.types import Urgency
from counterpoint.rules import services as rules_services
from counterpoint.rules.models import RuleDraft
from counterpoint.triage import backtests, trials
from counterpoint.triage.models import Backtest, ReaderChange, SecondReaderVerdict
from counterpoint.triage.types import ReplayedTable, Route

pytestmark = pytest.mark.django_db
READERS = ReplayedTable.SECOND_READER
SAM, ADA = someone("Samir", "Okonjo", age=15), someone("Ada", "Novak", age=44)


def a_draft(cast: Cast, *, files: dict[str, bytes] | None = None) -> RuleDraft:
    lead = cast[Role.PROCESS_LEAD]
    draft = rules_services.start_draft(title="More readers", why="Two see more", by=lead)
    given = files or {SECOND_READER: more_second_readers()}
    return rules_services.upload_files(draft.pk, files=given, by=lead, expected_version=1)


def close(referral: Referral, cast: Cast, **more) -> Referral:
    referral.refresh_from_db()
    journey.decide(
        referral.pk,
        route=Route.CLOSE,
        urgency=Urgency.ROUTINE,
        reason="Nothing in it.",
        closure_reason="no_further_action",
        by=cast[Role.TRIAGE_OFFICER],
        expected_version=referral.version,
        **more,
    )
    referral.refresh_from_db()
    return referral


def read_second(referral: Referral, cast: Cast, *, agrees: bool) -> None:
    reader = a_person(f"Reader {referral.pk}", cast.council, [Role.TRIAGE_OFFICER])
    journey.read_second(referral.pk, agrees=agrees, reason="Look again.", by=reader, expected_version=referral.version)


def replayed(draft: RuleDraft, cast: Cast, **within) -> trials.BacktestView:
    row = backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD], replayed=READERS, **within)
    while backtests.run_slice(row.pk, seconds=0, chunk=2):
        pass
    return trials.backtest_for(cast[Role.PROCESS_LEAD], row.pk)


def test_who_would_have_got_one_and_did_not(cast):
    alone = close(a_referral(CONCERN | ADA), cast)
    asked = close(a_referral(CONCERN | ADA | {"person_surname": {"value": "Other"}}), cast, wants_second_reader=True)
    first, repeat = a_referral(CONCERN | SAM), a_referral(CONCERN | SAM)
    read_second(close(repeat, cast), cast, agrees=True)
    view = replayed(a_draft(cast), cast)
    tally = view.readers
    assert (tally.compared, tally.changed, dict(tally.left_out)) == (3, 2, {"not_decided": 1})
    assert dict(tally.asked) == {"no>yes": 2, "yes>yes": 1}
    assert dict(tally.before_and_people) == {"no>no": 1, "no>yes": 1, "yes>yes": 1}
    assert dict(tally.after_and_people) == {"yes>no": 1, "yes>yes": 2}
    assert not tally.dropped
    changes = trials.reader_changes_for(cast[Role.SUPERVISOR], view.id)
    assert {row.referral_id: (row.before, row.after, row.had) for row in changes} == {
        alone.pk: (False, True, False),
        asked.pk: (False, True, True),
    }
    assert trials.reader_changes_for(cast[Role.PROCESS_LEAD], view.id) == ()  # no referral is theirs to see
    assert first.pk not in {row.referral_id for row in changes}


def test_who_would_not_have_got_one_and_what_the_readers_said(cast):
    england_in_force_with(SECOND_READER, more_second_readers())
    for agrees, person in ((True, "Novak"), (False, "Moreno")):
        told = CONCERN | someone("Ada", person, age=44)
        read_second(close(a_referral(told), cast), cast, agrees=agrees)
    close(a_referral(CONCERN | someone("Ada", "Third", age=44)), cast)
    tally = replayed(a_draft(cast, files={SECOND_READER: england()[SECOND_READER]}), cast).readers
    assert dict(tally.asked) == {"yes>no": 3}
    assert dict(tally.dropped) == {"agreed": 1, "sent_back": 1, "open": 1}
    assert tally.rules_before["closing_an_emergency"] == 3
    assert tally.rules_after["one_reader"] == 3


def test_decisions_from_before_there_was_a_table_are_replayed_on_what_triage_knew(cast):
    england_in_force_with(SECOND_READER, None)
    a_referral(CONCERN | SAM)
    close(a_referral(CONCERN | SAM), cast)
    close(a_referral(CONCERN | {"immediate_danger": {"value": "no"}} | ADA), cast)
    assert not SecondReaderVerdict.objects.exists()
    view = replayed(a_draft(cast), cast)
    assert dict(view.readers.asked) == {"yes>yes": 1, "no>yes": 1}
    assert Backtest.objects.get().live_table_hash == ""


def test_what_was_erased_is_left_out(cast):
    referral = close(a_referral(CONCERN | ADA), cast)
    keyring.destroy_record_key(referral.key_id)
    assert dict(replayed(a_draft(cast), cast).readers.left_out) == {"no_facts": 1}


def test_only_the_days_that_were_asked_for_and_only_all_days_open_the_way(cast):
    now = clock.now()
    for days in (30, 20, 10):
        with clock.moved_to(now - timedelta(days=days)):
            close(a_referral(CONCERN | someone("Ada", f"Novak{days}", age=44)), cast)
    draft = a_draft(cast)
    within = {"received_from": now - timedelta(days=25), "received_before": now - timedelta(days=15)}
    some = replayed(draft, cast, **within)
    assert (some.total, some.readers.compared, some.is_of_all) == (1, 1, False)
    until = replayed(draft, cast, received_before=now - timedelta(days=15))
    assert (until.total, until.is_of_all) == (2, False)
    with pytest.raises(NotPossible, match="second-reader table: a backtest"):
        approve(draft, cast)
    assert replayed(draft, cast).is_of_all
    approve(draft, cast)


def approve(draft: RuleDraft, cast: Cast) -> None:
    rules_services.approve_draft(draft.pk, note="", by=cast[Role.SUPERVISOR], expected_version=2)


def test_both_tables_changed_want_a_backtest_each(cast):
    draft = a_draft(cast, files={SECOND_READER: more_second_readers(), TRIAGE: sooner_repeats()})
    close(a_referral(CONCERN | ADA), cast)
    replayed(draft, cast)
    with pytest.raises(NotPossible, match="the triage table"):
        approve(draft, cast)
    row = backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD])
    while backtests.run_slice(row.pk):
        pass
    approve(draft, cast)


def test_asked_again_while_it_runs_it_is_the_same(cast):
    draft = a_draft(cast)
    lead, early = cast[Role.PROCESS_LEAD], clock.now() - timedelta(days=3)
    whole = backtests.start_backtest(draft.pk, by=lead, replayed=READERS)
    assert backtests.start_backtest(draft.pk, by=lead, replayed=READERS).pk == whole.pk
    some = backtests.start_backtest(draft.pk, by=lead, replayed=READERS, received_before=early)
    assert some.pk != whole.pk
    assert backtests.start_backtest(draft.pk, by=lead, replayed=READERS, received_before=early).pk == some.pk


def test_what_cannot_be_replayed(cast):
    now, lead = clock.now(), cast[Role.PROCESS_LEAD]
    draft = a_draft(cast, files={TRIAGE: sooner_repeats()})
    with pytest.raises(NotPossible, match="second readers table"):
        backtests.start_backtest(draft.pk, by=lead, replayed=READERS)
    for first, last in ((now + timedelta(days=1), None), (now, now - timedelta(days=1))):
        with pytest.raises(NotPossible, match="first day"):
            backtests.start_backtest(draft.pk, by=lead, received_from=first, received_before=last)
    with pytest.raises(NotAllowed):
        backtests.start_backtest(draft.pk, by=cast[Role.TRIAGE_OFFICER], replayed=READERS)


def test_reading_the_facts_leaves_an_entry_a_part(cast):
    for person in ("A", "B", "C"):
        close(a_referral(CONCERN | someone("Ada", person, age=44)), cast)
    replayed(a_draft(cast), cast)
    assert AuditEntry.objects.filter(action="backtest.facts_read").count() == 2
    assert ReaderChange.objects.count() == 3
