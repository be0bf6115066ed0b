"""Trying a draft's processes on copies of cases: nothing comes back to the case, and nobody else sees the copy."""

import json
import zlib
from datetime import timedelta

import pytest
from tests.cases.making import START, a_case, a_person
from tests.cases.versions import PATH, a_path_case, files_of, take

from counterpoint.access import services as access
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import process, sandbox
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, CaseClock, StepRecord, Task
from counterpoint.cases.tasks import sweep_what_was_tried
from counterpoint.rules import services as rules
from counterpoint.rules.models import ProcessTrial, RuleDraft

pytestmark = pytest.mark.django_db
SAID = "He told his brother at football."


@pytest.fixture
def lead(world):
    return a_person("Proc Lead", world.lead, Role.PROCESS_LEAD)


@pytest.fixture
def draft(lead) -> RuleDraft:
    return a_draft(lead, "deconfliction_renamed")


def a_draft(lead, *changes: str) -> RuleDraft:
    row = rules.start_draft(title="Another name", why="It was not clear.", by=lead)
    base = files_of()
    changed = {path: content for path, content in files_of(*changes).items() if base[path] != content}
    return rules.upload_files(row.pk, files=changed, by=lead, expected_version=row.version)


@pytest.fixture
def case(world) -> Case:
    case = a_path_case(world)
    take(case, "acknowledge", world.supervisor, world.officer)
    return case


def copied(draft, case, by):
    (row,) = sandbox.copy_cases(draft.pk, references=[case.reference], by=by)
    return row


def everything_of(case: Case) -> tuple:
    """All that is stored of a case and could have been written by mistake."""
    case.refresh_from_db()
    run = case.runs.get()
    return (
        case.version,
        bytes(run.state),
        run.process_hash,
        run.pack_hash,
        case.events.count(),
        list(Task.objects.filter(case=case).order_by("pk").values()),
        list(CaseClock.objects.filter(case=case).order_by("pk").values()),
        StepRecord.objects.filter(run=run).count(),
    )


class TestCopies:
    def test_where_the_case_would_stand_by_the_draft(self, world, draft, case):
        before = everything_of(case)
        view = sandbox.trial_for(world.supervisor, copied(draft, case, world.supervisor).pk)
        assert [(step.id, step.name) for step in view.waiting] == [("deconfliction", "Ask the police")]
        assert view.reasons == ()
        assert (view.copied, view.happened, view.walked) == (2, 2, 0)
        assert everything_of(case) == before

    def test_it_holds_steps_choices_and_moments_only(self, world, draft, case):
        take(case, "deconfliction", world.supervisor, world.officer, result="clear")
        stored = json.loads(zlib.decompress(bytes(copied(draft, case, world.supervisor).state)))
        own = json.loads(zlib.decompress(bytes(case.runs.get().state)))
        assert set(stored) == {"format", "process", "started_at", "facts", "events"}
        assert stored["facts"] == {}
        assert stored["events"] == own["events"][: len(stored["events"])]
        open_fields = {name: choice for _kind, _id, _at, values in stored["events"] for name, choice in values.items()}
        forms = [process.current_run(case).form_of(step) for step in ("acknowledge", "deconfliction")]
        choices = {field.id: dict(field.choices) for form in forms for field in form.fields if field.is_open}
        assert all(value in choices.get(name, {value}) for name, value in open_fields.items())

    def test_why_the_case_would_stay_and_how_far_it_can_be_replayed(self, world, draft, case):
        take(case, "deconfliction", world.supervisor, world.officer, result="clear")
        view = sandbox.trial_for(world.supervisor, copied(draft, case, world.supervisor).pk)
        assert "is called “Ask the police”" in view.reasons[0]
        assert view.copied == view.happened == 3  # it could have happened so, but was called otherwise
        assert [step.id for step in view.waiting] == ["gateway_assessment"]

    def test_reading_it_stays_in_the_audit_trail(self, world, draft, case):
        row = copied(draft, case, world.supervisor)
        sandbox.trial_for(world.supervisor, row.pk)
        reads = AuditEntry.objects.filter(action="case.read", purpose=sandbox.PURPOSE)
        assert [(one.subject_id, one.actor_id) for one in reads] == [(case.pk, str(world.supervisor.pk))] * 2

    def test_all_that_is_wrong_with_the_references_at_once(self, world, draft, case):
        other = a_path_case(world)
        access.record_recusal(
            world.supervisor, kind=SubjectKind.CASE, subject_id=other.pk, reason="Kin", by=world.second_supervisor
        )
        with pytest.raises(Missing) as refused:
            sandbox.copy_cases(draft.pk, references=[case.reference, "CP-NONE", other.reference], by=world.supervisor)
        assert [
            problem.replace(other.reference, "X").replace("CP-NONE", "X") for problem in refused.value.problems
        ] == ["There is no case X, or it is not yours to see."] * 2
        assert not ProcessTrial.objects.exists()

    def test_only_cases_that_are_theirs_to_read(self, world, draft, lead, case):
        with pytest.raises(NotAllowed):
            copied(draft, case, lead)
        assert not sandbox.can_try_cases(lead)
        with pytest.raises(NotAllowed):
            copied(draft, case, world.officer)  # leads the case, and does not answer for the rules

    def test_nobody_else_sees_it_and_not_who_has_a_conflict_since(self, world, draft, case):
        row = copied(draft, case, world.supervisor)
        with pytest.raises(NotFound):
            sandbox.trial_for(world.second_supervisor, row.pk)
        assert sandbox.trials_of(world.second_supervisor, draft.pk) == ()
        access.record_recusal(
            world.supervisor, kind=SubjectKind.CASE, subject_id=case.pk, reason="Kin", by=world.second_supervisor
        )
        with pytest.raises(NotFound):
            sandbox.trial_for(world.supervisor, row.pk)
        with pytest.raises(NotFound):
            sandbox.go_back(row.pk, by=world.supervisor, expected_version=1)
        assert sandbox.trials_of(world.supervisor, draft.pk) == ()

    def test_a_draft_with_problems_is_not_tried(self, world, lead, case):
        row = rules.start_draft(title="Broken", why="x", by=lead)
        text = files_of()["decisions/triage.dmn"].replace(b'name="reason"', b'name="because"')
        row = rules.upload_files(row.pk, files={"decisions/triage.dmn": text}, by=lead, expected_version=1)
        with pytest.raises(NotPossible, match="has problems"):
            copied(row, case, world.supervisor)


class TestWalking:
    def test_step_by_step_and_back(self, world, draft, case):
        by, before = world.supervisor, everything_of(case)
        row = copied(draft, case, by)
        row = sandbox.take_step(row.pk, "deconfliction", {"result": "clear"}, by=by, expected_version=1)
        view = sandbox.trial_for(by, row.pk)
        assert ([step.id for step in view.waiting], view.walked) == (["gateway_assessment"], 1)
        row = sandbox.go_back(row.pk, by=by, expected_version=row.version)
        assert [step.id for step in sandbox.trial_for(by, row.pk).waiting] == ["deconfliction"]
        with pytest.raises(NotPossible, match="no further back"):
            sandbox.go_back(row.pk, by=by, expected_version=row.version)
        assert everything_of(case) == before

    def test_only_what_the_process_looks_at_is_asked(self, world, draft, case):
        row = copied(draft, case, world.supervisor)
        (step,) = sandbox.trial_for(world.supervisor, row.pk).waiting
        assert [field.id for field in step.form.fields] == ["result"]
        values = {"result": "clear", "checked_on": "2026-05-04", "note": SAID}
        row = sandbox.take_step(row.pk, "deconfliction", values, by=world.supervisor, expected_version=1)
        assert SAID.encode() not in zlib.decompress(bytes(row.state))
        with pytest.raises(Missing, match="Choose one of the answers"):
            sandbox.take_step(row.pk, "gateway_assessment", {"result": "no"}, by=world.supervisor, expected_version=2)

    def test_from_the_beginning_to_the_reviews_after_the_closing(self, lead, draft):
        row = sandbox.begin_trial(draft.pk, process_id="prevent_path", by=lead)
        wanted = {
            "decision": ("referral", "panel", "adopt", "close", "agreed"),
            "result": ("clear", "information", "given"),
        }
        seen = set()
        for _ in range(40):
            view = sandbox.trial_for(lead, row.pk)
            if not view.waiting:
                break
            step = view.waiting[0]
            seen.add(step.id)
            values = {
                field.id: next(
                    (one for one, _ in field.choices if one in wanted.get(field.id, ())), field.choices[0][0]
                )
                for field in step.form.fields
            }
            row = sandbox.take_step(row.pk, step.id, values, by=lead, expected_version=row.version)
        view = sandbox.trial_for(lead, row.pk)
        assert {"hold_panel", "make_plan", "record_outcome"} <= seen
        (six, *_) = [event for event in view.expected if event.is_date]
        row = sandbox.let_come(row.pk, six.id, {}, by=lead, expected_version=row.version)
        assert [step.id for step in sandbox.trial_for(lead, row.pk).waiting] == ["review_six"]
        stages = sandbox.trial_for(lead, row.pk).stages
        row = sandbox.reopen(row.pk, stages[0][0], by=lead, expected_version=row.version)
        assert sandbox.trial_for(lead, row.pk).waiting

    def test_news(self, world, draft, case):
        by = world.supervisor
        take(case, "deconfliction", by, world.officer, result="clear")
        take(case, "gateway_assessment", by, world.officer, result="information")
        row = copied(draft, case, by)
        (news,) = [event for event in sandbox.trial_for(by, row.pk).expected if event.id == "news_information"]
        values = {field.id: field.choices[0][0] for field in news.form.fields}
        row = sandbox.let_come(row.pk, news.id, values, by=by, expected_version=row.version)
        assert [step.id for step in sandbox.trial_for(by, row.pk).waiting] == ["deconfliction"]
        with pytest.raises(NotPossible):
            sandbox.let_come(row.pk, news.id, values, by=by, expected_version=row.version)

    def test_pressed_twice_is_once(self, world, draft, case):
        row = copied(draft, case, world.supervisor)
        sandbox.take_step(row.pk, "deconfliction", {"result": "clear"}, by=world.supervisor, expected_version=1)
        with pytest.raises((Conflict, NotPossible)):
            sandbox.take_step(row.pk, "deconfliction", {"result": "clear"}, by=world.supervisor, expected_version=1)

    def test_a_copy_of_an_earlier_draft_goes_no_further(self, world, draft, lead, case):
        row = copied(draft, case, world.supervisor)
        changed = files_of("form_changed")["forms/assess.yaml"]
        draft.refresh_from_db()
        rules.upload_files(draft.pk, files={"forms/assess.yaml": changed}, by=lead, expected_version=draft.version)
        view = sandbox.trial_for(world.supervisor, row.pk)
        assert (view.is_stale, view.waiting, view.expected) == (True, (), ())
        with pytest.raises(NotPossible, match="was changed since"):
            sandbox.take_step(row.pk, "deconfliction", {"result": "clear"}, by=world.supervisor, expected_version=1)

    def test_a_changed_form_is_asked_as_the_draft_has_it(self, world, lead):
        draft = a_draft(lead, "form_changed")
        case = a_case(world)  # of the other process: the draft leaves that as it is
        view = sandbox.trial_for(world.supervisor, copied(draft, case, world.supervisor).pk)
        assert view.process.hash == case.runs.get().process_hash
        row = sandbox.begin_trial(draft.pk, process_id="prevent_path", by=lead)
        assert PATH in draft.files
        assert sandbox.trial_for(lead, row.pk).waiting


class TestEnd:
    def test_thirty_days(self, world, draft, case):
        row = copied(draft, case, world.supervisor)
        with clock.moved_to(START + timedelta(days=30) - timedelta(seconds=1)):
            assert sweep_what_was_tried() == 0
            assert sandbox.trial_for(world.supervisor, row.pk)
        with clock.moved_to(START + timedelta(days=30)):
            with pytest.raises(NotFound):
                sandbox.trial_for(world.supervisor, row.pk)
            assert sweep_what_was_tried() == 1
        assert not ProcessTrial.objects.exists()

    def test_by_hand(self, world, draft, case):
        row = copied(draft, case, world.supervisor)
        with pytest.raises(NotFound):
            sandbox.delete_trial(row.pk, by=world.second_supervisor)
        sandbox.delete_trial(row.pk, by=world.supervisor)
        assert not ProcessTrial.objects.exists()
        with pytest.raises(NotFound):
            sandbox.delete_trial(row.pk, by=world.supervisor)
