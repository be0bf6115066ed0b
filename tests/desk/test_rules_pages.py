"""Changing the rules at the desk, driven as a browser would without JavaScript."""

import io
import re
import zipfile
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.cast import logged_in
from tests.intake.telling import CONCERN, a_referral, someone
from tests.rules.making import (
    MANIFEST,
    TRIAGE,
    england,
    more_second_readers,
    new_version,
    repeats_to_advice,
    sooner_repeats,
)

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.desk.rules.files import place_of
from counterpoint.intake.types import Urgency
from counterpoint.intake.work import run_queued
from counterpoint.rules import services
from counterpoint.rules.models import RuleDraft, VersionMove
from counterpoint.rules.selectors import pack_in_force
from counterpoint.rules.types import DraftState, MoveState
from counterpoint.triage.models import Backtest, Verdict
from counterpoint.triage.types import Route

pytestmark = pytest.mark.django_db
PERSON = someone("Idris", "Marlow", age=16, postcode="NM1 2AB")


@pytest.fixture
def lead(people) -> Client:
    return logged_in(people[Role.PROCESS_LEAD])


@pytest.fixture
def supervisor(people) -> Client:
    return logged_in(people[Role.SUPERVISOR])


@pytest.fixture
def draft(people) -> RuleDraft:
    return services.start_draft(title="Repeats sooner", why="They came too late", by=people[Role.PROCESS_LEAD])


def at(name: str, draft: RuleDraft, **parts: object) -> str:
    return reverse(f"desk:{name}", kwargs={"draft_id": draft.pk, **parts})


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def put_in(client: Client, draft: RuleDraft, files: dict[str, bytes], *, place: str = ""):
    draft.refresh_from_db()
    uploads = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return client.post(
        at("rule_draft_upload", draft), {"uploads": uploads, "place": place, "version": draft.version}, follow=True
    )


def done(response) -> str:
    assert response.status_code == 200, text(response)
    return text(response)


class TestInForce:
    def test_the_page_tells_what_is_in_force_and_every_file_can_be_saved(self, lead):
        page = lead.get(reverse("desk:rules"))
        assert "england 2026.1" in done(page)
        for path, content in england().items():
            assert f"Save {path}" in text(page)
            saved = lead.get(reverse("desk:rules_file", kwargs={"path": path}))
            assert saved.content == content
            assert saved.headers["Content-Disposition"].startswith("attachment")
        whole = zipfile.ZipFile(io.BytesIO(lead.get(reverse("desk:rules_archive")).content))
        assert {name: whole.read(name) for name in whole.namelist()} == england()
        assert lead.get(reverse("desk:rules_file", kwargs={"path": "../settings.py"})).status_code == 404

    def test_why_a_referral_went_where_it_went_is_one_click_away(self, people):
        a_referral(CONCERN | PERSON)
        referral = a_referral(CONCERN | PERSON)
        officer = logged_in(people[Role.TRIAGE_OFFICER])
        page = officer.get(reverse("desk:referral", kwargs={"referral_id": referral.pk})).content.decode()
        address, row = re.search(r'href="(/desk/rules/tables/[0-9a-f]{64}/)#(row-5)"', page).groups()
        table = officer.get(address).content.decode()
        assert f'id="{row}"' in table
        assert Verdict.objects.get(referral=referral).fired[0]["reason"] in table

    def test_why_somebody_else_had_to_agree_is_one_click_away_too(self, people):
        a_referral(CONCERN | PERSON)
        referral = a_referral(CONCERN | PERSON)
        officer = logged_in(people[Role.TRIAGE_OFFICER])
        closing = reverse("desk:referral_decide_route", kwargs={"referral_id": referral.pk, "route": "close"})
        assert "A second reader must agree before this is closed. It may be about somebody" in text(
            officer.get(closing)
        )
        journey.decide(
            referral.pk,
            route=Route.CLOSE,
            urgency=Urgency.ROUTINE,
            reason="Nothing in it",
            closure_reason="no_further_action",
            by=people[Role.TRIAGE_OFFICER],
            expected_version=referral.version,
        )
        page = officer.get(reverse("desk:referral", kwargs={"referral_id": referral.pk})).content.decode()
        assert "A second reader was needed" in page
        decision = referral.decisions.get()
        table = reverse("desk:rules_table", kwargs={"table_hash": decision.reader_verdict.table_hash})
        assert f'{table}#row-2"' in page
        assert decision.reader_verdict.fired[0]["reason"] in officer.get(table).content.decode()


class TestFirstPage:
    """What a process lead and a supervisor find when they log in."""

    def lines(self, client: Client) -> dict[str, str]:
        page = client.get(reverse("desk:home")).content.decode()
        found = re.findall(
            r'href="([^"]+)" aria-describedby="waiting-\d+">([^<]+)</a></div>\s*<div[^>]*>(.*?)</div>', page
        )
        return {what: (re.sub(r"<[^>]+>", "", number), href) for href, what, number in found}

    def test_a_process_lead_sees_what_is_in_force_though_nothing_waits(self, lead):
        lines = self.lines(lead)
        assert lines["Changes of the rules to approve"][0] == "0"
        assert lines["Pack in force"] == ("england 2026.1", reverse("desk:rules"))

    def test_no_line_and_no_place_leads_where_the_role_may_not_go(self, lead):
        page = lead.get(reverse("desk:home")).content.decode()
        for href in set(re.findall(r'href="(/desk/[^"#]*)', page)):
            assert lead.get(href).status_code == 200, href
        assert reverse("desk:tasks") not in page

    def test_drafts_are_told_by_what_they_ask_of_whom(self, lead, supervisor, people, draft):
        assert self.lines(lead)["Your drafts that are under way"] == ("1", at("rule_draft", draft))
        put_in(lead, draft, {"triage.dmn": england()[TRIAGE].replace(b'name="reason"', b'name="because"')})
        assert self.lines(lead)["Your drafts that have problems"] == ("1", at("rule_draft", draft))
        other = services.start_draft(title="Read this", why="A file", by=people[Role.PROCESS_LEAD])
        put_in(lead, other, {"README.md": b"x"})
        assert self.lines(lead)["Changes of the rules to approve"][0] == "0"  # not by who wrote it
        assert self.lines(supervisor)["Changes of the rules to approve"] == ("1", at("rule_draft", other))
        other.refresh_from_db()
        services.approve_draft(other.pk, note="", by=people[Role.SUPERVISOR], expected_version=other.version)
        assert self.lines(lead)["Approved changes to put in force"] == ("1", at("rule_draft", other))
        assert "Changes of the rules to approve" not in self.lines(supervisor)
        services.start_draft(title="Once more", why="A file", by=people[Role.PROCESS_LEAD])
        again = services.start_draft(title="And again", why="A file", by=people[Role.PROCESS_LEAD])
        assert self.lines(lead)["Your drafts that are under way"] == ("2", f"{reverse('desk:rules')}#drafts")
        services.withdraw_draft(again.pk, why="Twice", by=people[Role.PROCESS_LEAD], expected_version=again.version)
        assert self.lines(lead)["Your drafts that are under way"][0] == "1"

    def test_a_move_of_cases_that_runs(self, lead, people):
        row = VersionMove.objects.create(
            process_id="case",
            process_hash="0" * 64,
            pack_hash="0" * 64,
            is_rehearsal=True,
            total=4,
            state=MoveState.RUNNING,
            asked_by=people[Role.SUPERVISOR],
            beat_at=clock.now(),
        )
        address = reverse("desk:rule_move", kwargs={"move_id": row.pk})
        assert self.lines(lead)["Moves of running cases under way"] == ("1", address)
        VersionMove.objects.update(state=MoveState.DONE)
        assert "Moves of running cases under way" not in self.lines(lead)


class TestDraft:
    def test_started_with_a_reason(self, lead):
        new = reverse("desk:rule_draft_new")
        assert "Fill in: Why is it needed?" in done(lead.post(new, {"title": "x"}))
        page = lead.post(new, {"title": "Repeats sooner", "why": "They came too late"}, follow=True)
        assert "Nothing is changed yet" in done(page)
        assert RuleDraft.objects.get().state == DraftState.CHECKED

    def test_a_file_is_put_in_by_its_name_and_the_difference_is_told(self, lead, draft):
        assert "Changed: decisions/triage.dmn" in done(put_in(lead, draft, {"triage.dmn": sooner_repeats()}))
        difference = done(lead.get(at("rule_draft_difference", draft)))
        assert "Row 5 (repeat), Urgency Changed same_day five_days" in difference
        saved = lead.get(at("rule_draft_file", draft, path=TRIAGE))
        assert saved.content == sooner_repeats()

    def test_a_file_of_another_name_is_put_in_the_place_that_is_chosen(self, lead, draft):
        done(put_in(lead, draft, {"triage (3).dmn": sooner_repeats()}, place=TRIAGE))
        draft.refresh_from_db()
        assert "Changed: decisions/triage.dmn" in done(lead.get(at("rule_draft", draft)))

    def test_several_files_and_a_zip(self, lead, draft):
        done(put_in(lead, draft, {"triage.dmn": sooner_repeats(), "pack.yaml": new_version()}))
        assert "Changed: decisions/triage.dmn, pack.yaml" in done(lead.get(at("rule_draft", draft)))
        content = lead.get(at("rule_draft_archive", draft)).content
        assert "The files were taken" in done(put_in(lead, draft, {"england.zip": content}))
        both = put_in(lead, draft, {"a.dmn": b"x", "b.dmn": b"y"}, place=TRIAGE)
        assert "Choose one file only" in done(both)
        assert "Choose: Files" in done(lead.post(at("rule_draft_upload", draft), {"version": 4}))

    def test_why_files_are_not_taken_is_told_with_line_and_remedy(self, lead, draft):
        broken = sooner_repeats().replace(b'<text>"five_days"</text>', b"<text>open('x')</text>")
        page = done(put_in(lead, draft, {"triage.dmn": broken, "pack.yaml": b"x: &a 1", "code.py": b"x"}))
        assert "Why the files were not taken" in page
        assert "Anchors" in page
        assert "no place for a file of this name" in page
        assert re.search(r"decisions/triage.dmn \d+ Row 5", page)
        draft.refresh_from_db()
        assert draft.version == 1

    def test_what_is_wrong_between_files_stands_on_the_drafts_page(self, lead, draft):
        page = done(put_in(lead, draft, {"triage.dmn": england()[TRIAGE].replace(b'name="reason"', b'name="because"')}))
        assert "problems" in page
        assert "Triage gives no `reason`" in page
        assert lead.get(at("rule_draft_try", draft)).status_code == 409
        draft.refresh_from_db()
        out = lead.post(at("rule_draft_remove", draft), {"path": "decisions/triage.dmn", "version": draft.version})
        assert out.status_code == 302
        assert "The pack has no decisions/triage.dmn" in done(lead.get(at("rule_draft", draft)))

    def test_somebody_else_changed_it_meanwhile(self, lead, people, draft):
        services.upload_files(draft.pk, files={"README.md": b"x"}, by=people[Role.PROCESS_LEAD], expected_version=1)
        upload = {"uploads": [SimpleUploadedFile("pack.yaml", new_version())], "place": "", "version": 1}
        assert lead.post(at("rule_draft_upload", draft), upload).status_code == 409


class TestWholeWay:
    def test_backtested_approved_by_another_in_force_and_rolled_back(self, lead, supervisor, draft):
        for _ in range(3):
            a_referral(CONCERN | PERSON)
        done(put_in(lead, draft, {"triage.dmn": repeats_to_advice()}))
        page = lead.post(at("rule_backtest_start", draft), follow=True)
        assert "Running : 0 of 3" in done(page)
        run_queued()
        backtest = Backtest.objects.get()
        address = at("rule_backtest", draft, backtest_id=backtest.pk)
        seen = done(lead.get(address))
        assert "propose something else for 2" in seen
        assert "Which referrals these are is shown to those who work on them" in seen
        assert "CP-" in done(supervisor.get(address))
        assert "CP-" not in seen
        csv = lead.get(at("rule_backtest_counts", draft, backtest_id=backtest.pk)).content.decode()
        assert "route,case,advice,fewer than 5" in csv
        assert "You have changed this draft" in done(lead.get(at("rule_draft", draft)))
        draft.refresh_from_db()
        approve = {"version": draft.version, "read": "on", "note": "Read in full"}
        assert "Somebody who has not changed this draft" in done(lead.post(at("rule_draft_approve", draft), approve))
        assert "Changes of the rules to approve" in done(supervisor.get("/desk/"))
        assert "is approved" in done(supervisor.post(at("rule_draft_approve", draft), approve, follow=True))
        draft.refresh_from_db()
        live = {"version": draft.version, "sure": "on"}
        assert "The change is in force" in done(lead.post(at("rule_draft_live", draft), live, follow=True))
        assert pack_in_force().files[TRIAGE] == backtest.table_hash
        page = supervisor.get(reverse("desk:rules_roll_back")).content.decode()
        in_force = re.search(r'name="in_force" value="([0-9a-f]{64})"', page).group(1)
        back = {"in_force": in_force, "why": "It sent too many away"}
        assert "in force again" in done(supervisor.post(reverse("desk:rules_roll_back"), back, follow=True))
        assert "It sent too many away" in done(lead.get(at("rule_draft", draft)))

    def test_shadow_begins_and_ends(self, lead, draft):
        done(put_in(lead, draft, {"triage.dmn": repeats_to_advice()}))
        draft.refresh_from_db()
        begun = lead.post(at("rule_draft_shadow", draft), {"version": draft.version}, follow=True)
        assert "End the shadow" in done(begun)
        a_referral(CONCERN | PERSON)
        a_referral(CONCERN | PERSON)
        assert "Of 2 referrals compared, the draft would propose something else for 1" in done(
            lead.get(at("rule_draft_shadow", draft))
        )
        draft.refresh_from_db()
        ended = lead.post(at("rule_draft_shadow", draft), {"version": draft.version}, follow=True)
        assert "Put it in shadow" in done(ended)
        assert lead.post(at("rule_draft_shadow", draft), {}).status_code == 409

    def test_the_sandbox_on_made_up_answers_and_on_chosen_referrals(self, lead, supervisor, draft):
        a_referral(CONCERN | PERSON)
        referral = a_referral(CONCERN | PERSON)
        done(put_in(lead, draft, {"triage.dmn": repeats_to_advice()}))
        made_up = {"what": "facts", "fact-kind": "concern", "fact-possible_repeat": "true"}
        assert "Something else" in done(lead.post(at("rule_draft_try", draft), made_up))
        assert "Chosen referrals" not in done(lead.get(at("rule_draft_try", draft)))
        chosen = {"what": "references", "references": referral.reference}
        assert "not yours to see" in done(lead.post(at("rule_draft_try", draft), chosen))
        assert f"{referral.reference} : Something else" in done(supervisor.post(at("rule_draft_try", draft), chosen))

    def test_an_outdated_draft_is_brought_up_to_date(self, lead, people, draft):
        by, supervisor = people[Role.PROCESS_LEAD], people[Role.SUPERVISOR]
        other = services.start_draft(title="Another", why="y", by=by)
        services.upload_files(other.pk, files={MANIFEST: new_version()}, by=by, expected_version=1)
        services.approve_draft(other.pk, note="", by=supervisor, expected_version=2)
        services.go_live(other.pk, by=by, expected_version=3)
        assert "has changed since this draft was copied" in done(lead.get(at("rule_draft", draft)))
        renewed = lead.post(at("rule_draft_renew", draft), {"version": 1}, follow=True)
        assert "has changed since" not in done(renewed)

    def test_withdrawn_with_a_reason(self, supervisor, lead, draft):
        page = supervisor.post(at("rule_draft_withdraw", draft), {"version": 1, "why": "Not needed"}, follow=True)
        assert "Withdrawn" in done(page)
        assert lead.get(at("rule_draft_upload", draft)).status_code == 409


class TestBacktestPages:
    def test_over_some_days_and_wrong_days(self, lead, draft):
        a_referral(CONCERN | PERSON)
        done(put_in(lead, draft, {"triage.dmn": repeats_to_advice()}))
        page = done(lead.get(at("rule_backtest_start", draft)))
        assert "From which day?" in page
        assert "Which table?" not in page
        wrong = lead.post(at("rule_backtest_start", draft), {"received_from_day": "31", "received_from_month": "2"})
        assert "Enter a day, a month and a year" in done(wrong)
        later = {"received_from_day": "1", "received_from_month": "1", "received_from_year": "2090"}
        assert "The first day must be before the last" in done(lead.post(at("rule_backtest_start", draft), later))
        early = {"received_to_day": "1", "received_to_month": "2", "received_to_year": "2020"}
        page = done(lead.post(at("rule_backtest_start", draft), early, follow=True))
        assert "over 0 referrals received before 2 February 2020: not all, so it opens no way to approval" in page
        run_queued()
        assert ", triage, of some days" in done(lead.get(at("rule_draft", draft)))

    def test_of_second_readers(self, lead, supervisor, people, draft):
        referral = a_referral(CONCERN | PERSON)
        officer = people[Role.TRIAGE_OFFICER]
        journey.decide(
            referral.pk, route=Route.CLOSE, urgency=Urgency.ROUTINE, reason="Nothing", by=officer,
            closure_reason="no_further_action", expected_version=referral.version,
        )  # fmt: skip
        both = {"triage.dmn": repeats_to_advice(), "second_reader.dmn": more_second_readers()}
        done(put_in(lead, draft, both))
        assert "Choose the table that is replayed" in done(lead.post(at("rule_backtest_start", draft), {}))
        lead.post(at("rule_backtest_start", draft), {"replayed": "second_reader"})
        run_queued()
        row = Backtest.objects.get()
        page = done(supervisor.get(at("rule_backtest", draft, backtest_id=row.pk)))
        assert "asked for a second reader in 1 where the table in force does not" in page
        assert f"{referral.reference}" in page
        assert referral.reference not in text(lead.get(at("rule_backtest", draft, backtest_id=row.pk)))
        counts = lead.get(at("rule_backtest_counts", draft, backtest_id=row.pk)).content.decode()
        assert "second reader needed,no,yes,fewer than 5" in counts

    def test_nothing_to_replay(self, lead, draft):
        assert lead.get(at("rule_backtest_start", draft)).status_code == 409


def test_a_backtest_of_another_draft_is_not_found(lead, people, draft):
    by = people[Role.PROCESS_LEAD]
    other = services.start_draft(title="Another", why="y", by=by)
    done(put_in(lead, draft, {"triage.dmn": repeats_to_advice()}))
    lead.post(at("rule_backtest_start", draft))
    backtest = Backtest.objects.get()
    assert lead.get(at("rule_backtest", other, backtest_id=backtest.pk)).status_code == 404
    assert lead.get(at("rule_backtest", draft, backtest_id=UUID(int=1))).status_code == 404
    assert lead.get(at("rule_backtest", draft, backtest_id=backtest.pk) + "?after=x").status_code == 404


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("triage.dmn", "decisions/triage.dmn"),
        ("portal.yaml", "texts/portal.yaml"),
        ("C:\\files\\pack.yaml", "pack.yaml"),
        ("new.dmn", "decisions/new.dmn"),
        ("new.bpmn", "processes/new.bpmn"),
        ("what.py", "what.py"),
    ],
)
def test_where_an_uploaded_file_goes(name, place):
    assert place_of(name, england()) == place
