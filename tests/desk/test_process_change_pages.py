"""Changing a process at the desk: what differs, trying it on a copy, and moving running cases, as a browser would."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.cases.making import START, World, a_person, a_world
from tests.cases.versions import PATH, a_path_case, files_of, put, take
from tests.cast import logged_in, refreshed

from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.cases.models import Case
from counterpoint.cases.services import moving
from counterpoint.cases.types import EventKind
from counterpoint.intake.work import run_queued
from counterpoint.rules import services
from counterpoint.rules.models import ProcessTrial, RuleDraft, VersionMove
from counterpoint.rules.types import MoveState

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db) -> World:
    with clock.moved_to(START):
        yield a_world()


@pytest.fixture
def lead(world):
    return a_person("Proc Lead", world.lead, Role.PROCESS_LEAD)


@pytest.fixture
def draft(lead) -> RuleDraft:
    return services.start_draft(title="Another name", why="It was not clear.", by=lead)


@pytest.fixture
def changed(draft, lead) -> RuleDraft:
    files = {path: files_of("deconfliction_renamed")[path] for path in [PATH]}
    return services.upload_files(draft.pk, files=files, by=lead, expected_version=draft.version)


@pytest.fixture
def case(world) -> Case:
    case = a_path_case(world)
    take(case, "acknowledge", world.supervisor, world.officer)
    return case


def client_of(staff) -> Client:
    return logged_in(refreshed(staff))


def at(name: str, **parts: object) -> str:
    return reverse(f"desk:{name}", kwargs=parts)


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def done(response) -> str:
    assert response.status_code == 200, text(response)
    return text(response)


class TestFilesOfAProcess:
    def test_saved_edited_put_in_and_what_differs_in_words_and_drawn(self, lead, draft):
        client = client_of(lead)
        saved = client.get(at("rule_draft_file", draft_id=draft.pk, path=PATH)).content
        edited = saved.replace(b'name="De-conflict"', b'name="Ask the police"')
        clocks = files_of("longer_panel")["clocks.yaml"]
        uploads = [SimpleUploadedFile("prevent_path.bpmn", edited), SimpleUploadedFile("clocks.yaml", clocks)]
        page = client.post(
            at("rule_draft_upload", draft_id=draft.pk), {"uploads": uploads, "place": "", "version": 1}, follow=True
        )
        assert "Changed: clocks.yaml, processes/prevent_path.bpmn" in done(page)
        assert "Try its processes on copies of cases" in text(page)
        page = client.get(at("rule_draft_difference", draft_id=draft.pk))
        told = done(page)
        assert "The step “Ask the police” (deconfliction) Changed It was called “De-conflict”." in told
        assert "The clock “deconfliction”: how long it gives Changed 2 working days 9 working days" in told
        picture = re.search(
            r'aria-label="processes/prevent_path.bpmn as a picture[^>]*>(.*?)</svg>', page.content.decode(), re.DOTALL
        )
        assert "process-node--changed" in picture[1]

    def test_a_process_that_runs_code_is_refused_with_the_line(self, lead, draft):
        bad = files_of()[PATH].replace(b'<bpmn:userTask id="acknowledge"', b'<bpmn:scriptTask id="acknowledge"', 1)
        bad = bad.replace(b"</bpmn:userTask>", b"</bpmn:scriptTask>", 1)
        upload = {"uploads": [SimpleUploadedFile("prevent_path.bpmn", bad)], "place": "", "version": 1}
        page = done(client_of(lead).post(at("rule_draft_upload", draft_id=draft.pk), upload, follow=True))
        assert "Why the files were not taken" in page
        assert re.search(r"processes/prevent_path.bpmn \d+ ", page)

    def test_a_draft_that_changes_no_process_offers_no_sandbox(self, lead, draft):
        assert "copies of cases" not in done(client_of(lead).get(at("rule_draft", draft_id=draft.pk)))


class TestSandbox:
    def test_a_case_is_copied_walked_and_taken_back(self, world, changed, case):
        client = client_of(world.supervisor)
        page = client.post(
            at("rule_draft_sandbox", draft_id=changed.pk),
            {"what": "cases", "references": case.reference},
            follow=True,
        )
        seen = done(page)
        assert f"Copy of case {case.reference}" in seen
        assert "The case itself could be moved" in seen
        assert "Ask the police: waiting now" in page.content.decode()
        trial = ProcessTrial.objects.get()
        address = at("rule_trial", draft_id=changed.pk, trial_id=trial.pk)
        empty = {"what": "step", "which": "deconfliction", "step-deconfliction-version": 1}
        assert "There is a problem" in done(client.post(address, empty))
        page = client.post(address, {**empty, "step-deconfliction-result": "clear"}, follow=True)
        assert "1 thing was done in the copy" in done(page)
        assert "Gateway assessment: waiting now" in page.content.decode()
        back = {"what": "back", "which": "", "back--version": 2}
        assert "Ask the police: waiting now" in client.post(address, back, follow=True).content.decode()
        assert "It goes no further back" in done(client.post(address, back))
        again = {"what": "step", "which": "hold_panel", "step-hold_panel-version": 3}
        assert client.post(address, again).status_code == 409
        assert client.post(address, {"what": "x"}).status_code in {200, 409}
        listed = done(client.get(at("rule_draft_sandbox", draft_id=changed.pk)))
        assert f"{case.reference}" in listed
        assert "could be moved" in listed
        gone = client.post(at("rule_trial_delete", draft_id=changed.pk, trial_id=trial.pk), follow=True)
        assert "The copy was deleted" in done(gone)
        assert client.get(address).status_code == 404

    def test_references_that_are_none(self, world, changed):
        page = client_of(world.supervisor).post(
            at("rule_draft_sandbox", draft_id=changed.pk), {"what": "cases", "references": "CP-1\nCP-2"}
        )
        assert "There is no case CP-1, or it is not yours to see." in done(page)
        assert "There is no case CP-2" in text(page)

    def test_a_process_lead_begins_at_the_beginning(self, lead, changed):
        client = client_of(lead)
        assert "References of cases" not in done(client.get(at("rule_draft_sandbox", draft_id=changed.pk)))
        begin = {"what": "beginning", "process": "prevent_path"}
        page = client.post(at("rule_draft_sandbox", draft_id=changed.pk), begin, follow=True)
        assert "A run from the beginning" in done(page)

    def test_a_copy_of_another_draft_is_not_found_under_this_one(self, world, lead, changed, case):
        client = client_of(world.supervisor)
        client.post(at("rule_draft_sandbox", draft_id=changed.pk), {"what": "cases", "references": case.reference})
        trial = ProcessTrial.objects.get()
        other = services.start_draft(title="Other", why="x", by=lead)
        assert client.get(at("rule_trial", draft_id=other.pk, trial_id=trial.pk)).status_code == 404
        somebody = client_of(world.second_supervisor)
        assert somebody.get(at("rule_trial", draft_id=changed.pk, trial_id=trial.pk)).status_code == 404


class TestMoving:
    def test_rehearsed_chosen_and_all(self, world, lead, case):
        others = [a_path_case(world) for _ in range(2)]
        take(case, "deconfliction", world.supervisor, world.officer, result="clear")
        put("deconfliction_renamed")
        client = client_of(lead)
        overview = done(client.get(at("rule_moves")))
        assert "0 running cases go by the version in force, 3 by older ones" in overview
        assert "processes/prevent_path.bpmn" in overview
        start = at("rule_move_start", process_id="prevent_path")
        seen = done(client.post(start, {"what": "rehearse"}, follow=True))
        assert "3 of 3 looked at, 2 could be moved, 1 would stay" in seen
        assert "“De-conflict” was finished, and is called “Ask the police” in the new process." in seen
        assert case.reference in seen
        assert client.post(start, {"what": "chosen"}).status_code == 409
        assert client.post(start, {"what": "else"}).status_code == 409
        seen = done(client.post(start, {"what": "chosen", "case": [str(others[0].pk)]}, follow=True))
        assert "1 of 1 looked at, 1 moved, 0 stayed" in seen
        seen = done(client.post(start, {"what": "all"}, follow=True))
        assert "2 of 2 looked at, 1 moved, 1 stayed" in seen
        told = "1 running case goes by the version in force, 2 by older ones"
        assert told not in done(client.get(at("rule_moves")))
        assert "2 running cases go by the version in force, 1 by an older one" in text(client.get(at("rule_moves")))
        assert all(other.events.filter(kind=EventKind.MIGRATED).exists() for other in others)

    def test_many_are_a_job_with_progress_that_can_be_stopped(self, world, lead, monkeypatch):
        cases = [a_path_case(world) for _ in range(3)]
        put("panel_renamed")
        monkeypatch.setattr("counterpoint.desk.rules.moving._AT_ONCE_SECONDS", -1.0)
        client = client_of(lead)
        seen = done(client.post(at("rule_move_start", process_id="prevent_path"), {"what": "all"}, follow=True))
        assert "Running : 1 of 3 looked at" in seen
        run_queued()
        row = VersionMove.objects.get()
        assert (row.state, row.moved) == (MoveState.DONE, 3)
        assert "Finished : 3 of 3" in done(client.get(at("rule_move", move_id=row.pk)))
        assert all(case.events.filter(kind=EventKind.MIGRATED).count() == 1 for case in cases)
        put("deconfliction_renamed")
        client.post(at("rule_move_start", process_id="prevent_path"), {"what": "rehearse"})
        last = VersionMove.objects.get(is_rehearsal=True)
        assert "It was stopped" in done(client.post(at("rule_move_stop", move_id=last.pk), follow=True))

    def test_nothing_to_move(self, world, lead):
        client = client_of(lead)
        assert "No case is running" in done(client.get(at("rule_moves")))
        answer = client.post(at("rule_move_start", process_id="prevent_path"), {"what": "all"})
        assert answer.status_code == 409

    def test_who_may(self, world, lead):
        a_path_case(world)
        put("panel_renamed")
        row = moving.start_move("prevent_path", by=lead, is_rehearsal=True)
        for nobody in (world.officer, world.triage, world.partner):
            client = client_of(nobody)
            assert client.get(at("rule_moves")).status_code == 403
            assert client.get(at("rule_move", move_id=row.pk)).status_code == 403
            assert client.post(at("rule_move_start", process_id="prevent_path"), {"what": "all"}).status_code == 403


class TestOnePage:
    def test_a_case_is_moved_from_its_own_page(self, world, case):
        client = client_of(world.officer)
        address = at("case_version", case_id=case.pk)
        assert "goes by the version that is in force" in done(client.get(address))
        put("deconfliction_renamed")
        page = client.get(address)
        assert "processes/prevent_path.bpmn" in done(page)
        assert page.content.decode().count("<svg") == 2
        case.refresh_from_db()
        moved = client.post(address, {"version": case.version}, follow=True)
        assert "The case goes on by the version in force" in done(moved)
        assert "Ask the police" in text(moved)

    def test_why_it_stays(self, world, case):
        take(case, "deconfliction", world.supervisor, world.officer, result="clear")
        put("deconfliction_renamed")
        client = client_of(world.officer)
        address = at("case_version", case_id=case.pk)
        page = done(client.get(address))
        assert "This case stays on its version" in page
        assert "is called “Ask the police”" in page
        assert "Move the case" not in page
        case.refresh_from_db()
        client.post(address, {"version": case.version})
        assert not case.events.filter(kind=EventKind.MIGRATED).exists()

    def test_a_stage_is_opened_again(self, world, case):
        client = client_of(world.officer)
        address = at("case_stage_reopen", case_id=case.pk)
        assert "no stage that could be opened again" in done(client.get(address))
        for step, result in (("deconfliction", "clear"), ("gateway_assessment", "information")):
            take(case, step, world.supervisor, world.officer, result=result)
        assert "Police check" in done(client.get(address))
        case.refresh_from_db()
        assert "Fill in: Why is it opened again?" in done(client.post(address, {"version": case.version}))
        given = {"stage": "police_check", "reason": "The police know more.", "version": case.version}
        page = client.post(address, given, follow=True)
        assert "The stage is open again" in done(page)
        assert "Stage opened again" in text(page)
        assert "The police know more." in text(page)
        assert client.post(address, given).status_code in {200, 409}
        assert case.events.filter(kind=EventKind.STAGE_REOPENED).count() == 1

    def test_only_for_who_leads_it(self, world, case):
        for name in ("case_version", "case_stage_reopen"):
            assert client_of(world.stranger).get(at(name, case_id=case.pk)).status_code == 404
            assert client_of(world.partner).get(at(name, case_id=case.pk)).status_code in {403, 404}
            assert client_of(world.supervisor).get(at(name, case_id=case.pk)).status_code == 200

    def test_copies_are_gone_after_thirty_days(self, world, changed, case):
        client = client_of(world.supervisor)
        client.post(at("rule_draft_sandbox", draft_id=changed.pk), {"what": "cases", "references": case.reference})
        ProcessTrial.objects.update(created_at=clock.now() - timedelta(days=31))
        assert "Your copies" not in done(client.get(at("rule_draft_sandbox", draft_id=changed.pk)))
