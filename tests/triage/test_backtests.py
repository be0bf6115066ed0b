"""A draft's table replayed over past referrals: held against asking the table by hand; killed, run twice, erased."""

import pytest
from tests.cast import Cast
from tests.intake.telling import CONCERN, a_referral, someone
from tests.rules.making import TRIAGE, cell, edited, repeats_to_advice, sooner_repeats

from counterpoint import journey
from counterpoint.access.models import Notice
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotAllowed, NotFound, NotPossible
from counterpoint.intake.models import Referral
from counterpoint.intake.types import Urgency
from counterpoint.rules import selectors as rules
from counterpoint.rules import services as rules_services
from counterpoint.rules.models import RuleDraft
from counterpoint.triage import backtests, tasks, trials
from counterpoint.triage.models import Backtest, BacktestChange, ShadowVerdict, Verdict
from counterpoint.triage.types import BacktestState, Route
from counterpoint.triage.verdicts import referral_facts, what_it_says

pytestmark = pytest.mark.django_db
PERSON = someone("Idris", "Marlow", age=16, postcode="NM1 2AB")


def a_draft(cast: Cast, content: bytes) -> RuleDraft:
    lead = cast[Role.PROCESS_LEAD]
    draft = rules_services.start_draft(title="Repeats", why="Too late", by=lead)
    return rules_services.upload_files(draft.pk, files={TRIAGE: content}, by=lead, expected_version=1)


def some_referrals() -> list[Referral]:
    """One without a repeat, three about the same person, one emergency."""
    made = [a_referral()] + [a_referral(CONCERN | PERSON) for _ in range(3)]
    return [*made, a_referral(CONCERN | {"immediate_danger": {"value": "yes"}})]


def finished(backtest: Backtest, *, chunk: int = 2) -> trials.BacktestView:
    while backtests.run_slice(backtest.pk, seconds=0, chunk=chunk):
        pass
    return trials._view(backtests.backtest_row(backtest.pk))


def test_it_says_what_the_tables_say_of_each(cast):
    referrals = some_referrals()
    draft = a_draft(cast, repeats_to_advice())
    view = finished(backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD]))
    before, after = rules.table_in_force("triage"), rules.archived_table(draft.files[TRIAGE])
    changed = set()
    for referral in referrals:
        facts = referral_facts(Referral.objects.get(pk=referral.pk))
        # what was sealed with the verdict, not what is known by now: the first of a person was no repeat then
        facts["possible_repeat"] = sealed_facts(referral)["possible_repeat"]
        kind = Referral.objects.get(pk=referral.pk).kind
        first, second = (what_it_says(table, facts, kind) for table in (before, after))
        if (first.route, first.urgency) != (second.route, second.urgency):
            changed.add(referral.pk)
    assert len(changed) == 2
    assert set(BacktestChange.objects.values_list("referral_id", flat=True)) == changed
    assert (view.state, view.done, view.total, view.done_percent) == (BacktestState.DONE, 5, 5, 100)
    assert (view.tally.compared, view.tally.changed) == (5, 2)
    assert view.tally.routes["case>advice"] == 2
    assert view.tally.rules_before["repeat"] == view.tally.rules_after["repeat"] == 2


def sealed_facts(referral: Referral) -> dict:
    verdict = Verdict.objects.get(referral=referral)
    return keyring.unseal_json(
        bytes(verdict.sealed_facts), key_id=referral.key_id, place=f"verdict.sealed_facts:{verdict.pk}"
    )


def test_how_old_and_new_agree_with_what_people_decided(cast):
    referrals = some_referrals()
    officer = cast[Role.TRIAGE_OFFICER]
    for referral in referrals[1:4]:
        referral.refresh_from_db()
        journey.decide(
            referral.pk, route=Route.CASE, urgency=Urgency.SAME_DAY, by=officer, reason="Read",
            expected_version=referral.version, lead_officer=cast[Role.CASE_OFFICER],
        )  # fmt: skip
    draft = a_draft(cast, repeats_to_advice())
    tally = finished(backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD])).tally
    assert dict(tally.agreed_on_route) == {"both": 1, "only_before": 2}
    assert tally.agreed_on_both["only_before"] == 2


def test_a_finished_backtest_opens_the_way_to_approval(cast):
    some_referrals()
    draft = a_draft(cast, sooner_repeats())
    supervisor = cast[Role.SUPERVISOR]
    backtest = backtests.start_backtest(draft.pk, by=supervisor)
    backtests.run_slice(backtest.pk, seconds=0, chunk=2)
    with pytest.raises(NotPossible, match="backtest"):
        rules_services.approve_draft(draft.pk, note="", by=supervisor, expected_version=2)
    finished(backtest)
    rules_services.approve_draft(draft.pk, note="", by=supervisor, expected_version=2)
    assert Notice.objects.filter(staff=supervisor, text__contains="backtest").exists()


def test_killed_anywhere_and_gone_on_with_it_counts_each_once(cast, monkeypatch):
    some_referrals()
    draft = a_draft(cast, sooner_repeats())
    whole = finished(backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD]))
    again = backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD])
    record = backtests._record
    fails = iter([True, False, True, True, False, False, True, False, False, False, False])

    def killed(action, backtest, **how):
        record(action, backtest, **how)
        if next(fails):
            raise KeyboardInterrupt

    monkeypatch.setattr(backtests, "_record", killed)
    while backtests.backtest_row(again.pk).state == BacktestState.RUNNING:
        try:
            backtests.run_slice(again.pk, seconds=0, chunk=2)
        except KeyboardInterrupt:
            continue
    view = trials._view(backtests.backtest_row(again.pk))
    assert view.tally == whole.tally
    assert view.done == whole.done
    assert BacktestChange.objects.filter(backtest=again).count() == whole.tally.changed


def test_two_workers_at_the_same_part_count_it_once(cast):
    some_referrals()
    draft = a_draft(cast, sooner_repeats())
    backtest = backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD])
    replay = backtests._Replay(rules.table_in_force("triage"), rules.archived_table(draft.files[TRIAGE]))
    seen = backtests.backtest_row(backtest.pk)
    backtests._take_chunk(seen, replay, 3)
    backtests._take_chunk(seen, replay, 3)
    row = backtests.backtest_row(backtest.pk)
    assert (row.done, row.tally["compared"]) == (3, 3)


def test_the_task_goes_on_by_itself_and_the_sweep_takes_up_what_was_left(cast):
    from counterpoint.intake.work import run_queued

    some_referrals()
    draft = a_draft(cast, sooner_repeats())
    backtest = backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD])
    assert tasks.sweep_backtests() == 0
    with clock.moved_to(clock.now() + backtests.LEFT_BEHIND * 2):
        assert tasks.sweep_backtests() == 1
        run_queued()
    assert backtests.backtest_row(backtest.pk).state == BacktestState.DONE
    assert backtests.run_slice(backtest.pk) is False, "a second time it changes nothing"


def test_what_was_erased_is_left_out_and_counted(cast):
    referrals = some_referrals()
    keyring.destroy_record_key(referrals[1].key_id)
    draft = a_draft(cast, sooner_repeats())
    view = finished(backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD]))
    assert (view.done, view.tally.compared, dict(view.tally.left_out)) == (5, 4, {"no_facts": 1})


def test_a_fact_that_no_table_read_before_is_worked_out_from_the_answers(cast):
    """The draft reads `audience`, which the table in force does not: it was not sealed with the verdicts."""
    some_referrals()
    content = cell("repeat", "urgency", '"same_day"', '"five_days"').replace(b">knows_poster<", b">audience<")
    content = content.replace(
        b'<inputValues id="values_knows_poster"><text>"yes","no","unknown"</text></inputValues>', b""
    )
    content = content.replace(
        b'<inputEntry id="repeat_knows_poster"><text>-</text>',
        b'<inputEntry id="repeat_knows_poster"><text>"public"</text>',
    )
    draft = a_draft(cast, content)
    assert draft.state == "checked", draft.problems
    view = finished(backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD]))
    assert view.tally.rules_after["repeat"] == 2


def test_it_can_be_stopped_and_a_second_start_finds_the_first(cast):
    some_referrals()
    lead = cast[Role.PROCESS_LEAD]
    draft = a_draft(cast, sooner_repeats())
    backtest = backtests.start_backtest(draft.pk, by=lead)
    assert backtests.start_backtest(draft.pk, by=lead) == backtest
    backtests.stop_backtest(backtest.pk, by=lead)
    with pytest.raises(NotPossible):
        backtests.stop_backtest(backtest.pk, by=lead)
    assert backtests.run_slice(backtest.pk) is False
    draft.refresh_from_db()
    assert draft.backtested_table == ""


def test_every_reading_of_facts_leaves_an_entry(cast):
    some_referrals()
    draft = a_draft(cast, sooner_repeats())
    finished(backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD]))
    read = AuditEntry.objects.filter(action="backtest.facts_read")
    assert sum(entry.detail["referrals"] for entry in read) == 5


def test_a_draft_that_leaves_the_table_as_it_is_has_nothing_to_compare(cast):
    lead = cast[Role.PROCESS_LEAD]
    draft = rules_services.start_draft(title="x", why="y", by=lead)
    with pytest.raises(NotPossible, match="nothing to compare"):
        backtests.start_backtest(draft.pk, by=lead)


class TestWhoSees:
    @pytest.fixture
    def backtest(self, cast) -> Backtest:
        some_referrals()
        draft = a_draft(cast, sooner_repeats())
        backtest = backtests.start_backtest(draft.pk, by=cast[Role.PROCESS_LEAD])
        finished(backtest)
        return backtest

    def test_the_list_holds_what_the_viewer_may_see_at_triage(self, cast, backtest):
        assert len(trials.changes_for(cast[Role.SUPERVISOR], backtest.pk)) == 2
        assert trials.changes_for(cast[Role.PROCESS_LEAD], backtest.pk) == ()
        from counterpoint.access import services as access
        from counterpoint.access.types import SubjectKind

        row = trials.changes_for(cast[Role.SUPERVISOR], backtest.pk)[0]
        access.record_recusal(
            cast[Role.SUPERVISOR],
            kind=SubjectKind.REFERRAL,
            subject_id=row.referral_id,
            reason="kin",
            by=cast[Role.SUPERVISOR],
        )
        assert len(trials.changes_for(cast[Role.SUPERVISOR], backtest.pk)) == 1

    @pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PROCESS_LEAD, Role.SUPERVISOR)])
    def test_nobody_else(self, cast, backtest, role):
        by = cast[role]
        for act in (
            lambda: backtests.start_backtest(backtest.draft_id, by=by),
            lambda: backtests.stop_backtest(backtest.pk, by=by),
            lambda: trials.backtests_of(by, backtest.draft_id),
            lambda: trials.backtest_for(by, backtest.pk),
            lambda: trials.changes_for(by, backtest.pk),
            lambda: trials.shadow_tally(by, backtest.draft_id),
            lambda: trials.shadow_changes(by, backtest.draft_id),
            lambda: trials.facts_to_try(by, backtest.draft_id),
            lambda: trials.try_facts(by, backtest.draft_id, {}),
            lambda: trials.try_referrals(by, backtest.draft_id, references=["x"]),
        ):
            with pytest.raises(NotAllowed):
                act()


class TestShadow:
    def test_new_referrals_are_put_to_the_draft_apart_and_acted_on_by_nothing(self, cast):
        a_referral(CONCERN | PERSON)
        draft = a_draft(cast, repeats_to_advice())
        lead = cast[Role.PROCESS_LEAD]
        rules_services.start_shadow(draft.pk, by=lead, expected_version=2)
        referral = a_referral(CONCERN | PERSON)
        verdict = Verdict.objects.get(referral=referral)
        assert (verdict.route, verdict.table_hash) == (Route.CASE, rules.table_in_force("triage").table_hash)
        shadow = ShadowVerdict.objects.get()
        assert (shadow.referral_id, shadow.live_route, shadow.route) == (referral.pk, Route.CASE, Route.ADVICE)
        assert shadow.fired == shadow.live_fired
        tally = trials.shadow_tally(lead, draft.pk)
        assert (tally.compared, tally.changed, tally.routes["case>advice"]) == (1, 1, 1)
        assert trials.shadow_changes(lead, draft.pk) == ()
        (row,) = trials.shadow_changes(cast[Role.SUPERVISOR], draft.pk)
        assert row.reference == referral.reference
        rules_services.end_shadow(draft.pk, by=lead, expected_version=3)
        a_referral(CONCERN | PERSON)
        assert ShadowVerdict.objects.count() == 1

    def test_the_referrals_page_says_nothing_of_it(self, cast):
        from tests.cast import logged_in

        draft = a_draft(
            cast, edited(TRIAGE, "This may be about a person who was reported before.", "A marked sentence.")
        )
        rules_services.start_shadow(draft.pk, by=cast[Role.PROCESS_LEAD], expected_version=2)
        a_referral(CONCERN | PERSON)
        referral = a_referral(CONCERN | PERSON)
        assert ShadowVerdict.objects.count() == 2
        page = logged_in(cast[Role.TRIAGE_OFFICER]).get(f"/desk/referrals/{referral.pk}/").content.decode()
        assert "reported before" in page
        assert "A marked sentence" not in page
        assert "hadow" not in page


class TestSandbox:
    def test_chosen_referrals_are_tried_and_only_the_reading_is_stored(self, cast):
        a_referral(CONCERN | PERSON)
        referral = a_referral(CONCERN | PERSON)
        draft = a_draft(cast, repeats_to_advice())
        counts = [model.objects.count() for model in (Verdict, ShadowVerdict, Backtest)]
        entries = AuditEntry.objects.count()
        (trial,) = trials.try_referrals(
            cast[Role.SUPERVISOR], draft.pk, references=[referral.reference.lower(), referral.reference.lower()]
        )
        assert (trial.reference, trial.before_route, trial.after_route) == (
            referral.reference,
            Route.CASE,
            Route.ADVICE,
        )
        assert trial.is_changed
        assert trial.after_fired[0].rule_id == "repeat"
        assert [model.objects.count() for model in (Verdict, ShadowVerdict, Backtest)] == counts
        new = AuditEntry.objects.order_by("number")[entries:]
        assert [entry.action for entry in new] == ["referral.tried", "rule_draft.tried"]

    def test_a_process_lead_reads_no_referral_but_tries_made_up_facts(self, cast):
        referral = a_referral()
        draft = a_draft(cast, repeats_to_advice())
        lead = cast[Role.PROCESS_LEAD]
        for reference in (referral.reference, "CP-0000-0000-0", "nonsense"):
            with pytest.raises(NotFound):
                trials.try_referrals(lead, draft.pk, references=[reference])
        assert not AuditEntry.objects.filter(action="referral.tried").exists()
        assert {column.name for column in trials.facts_to_try(lead, draft.pk)} >= {"kind", "possible_repeat"}
        facts = {"kind": "concern", "possible_repeat": True, "immediate_danger": "no", "imminent_travel": "no"}
        trial = trials.try_facts(lead, draft.pk, facts)
        assert (trial.before_route, trial.after_route, trial.is_changed) == (Route.CASE, Route.ADVICE, True)

    def test_too_many_or_none_are_refused(self, cast):
        draft = a_draft(cast, repeats_to_advice())
        for references in ([], ["x"] * 21):
            with pytest.raises(NotPossible):
                trials.try_referrals(cast[Role.SUPERVISOR], draft.pk, references=references)
