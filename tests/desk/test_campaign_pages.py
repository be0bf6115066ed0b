"""The campaigns pages as a browser without scripts sees them: uploads, refusals, the network's filter, downloads."""

import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.campaigns.making import FEW_POSTS, REASON, a_finding, a_run, a_snapshot, a_trace, an_outcome
from tests.cast import logged_in

from counterpoint.access import services as access
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.campaigns import services
from counterpoint.campaigns.models import Disclosure, Finding, Run, Snapshot
from counterpoint.campaigns.policies import LARGEST_UPLOAD
from counterpoint.campaigns.services import runs
from counterpoint.campaigns.types import FindingState

pytestmark = pytest.mark.django_db
NEW = "/desk/campaigns/snapshots/new/"


@pytest.fixture(autouse=True)
def _folders_of_their_own(tmp_path, settings):
    settings.FILES_FOLDER = tmp_path / "files"
    settings.RUNS_FOLDER = tmp_path / "runs"


@pytest.fixture
def analyst(people) -> Client:
    return logged_in(people[Role.ANALYST])


def said(content: bytes = FEW_POSTS, *, name: str = "posts.csv", **changes):
    last = clock.now().date() + timedelta(days=30)
    file = io.BytesIO(content)
    file.name = name
    return {
        "file": file,
        "title": "Northmoor, first week",
        "purpose": "To see who pushes the leaflet",
        "legal_basis": "public_task",
        "source_note": "Given by the platform",
        "delete_on_day": last.day,
        "delete_on_month": last.month,
        "delete_on_year": last.year,
        **changes,
    }


def errors_of(response) -> str:
    found = re.search(r'class="govuk-error-summary".*?</ul>', response.content.decode(), re.DOTALL)
    return found.group() if found else ""


def test_what_was_shared_is_told_by_kinds_and_by_wordings_that_vary(analyst, people):
    kept = a_finding(people)
    page = analyst.get(f"/desk/campaigns/findings/{kept.pk}/").content.decode()
    row = re.search(r'scope="row"[^>]*>wording cccccccc</th>(.*?)</tr>', page, re.DOTALL)
    assert row is not None
    assert re.findall(r"numeric.>(\d+)<", row.group(1)) == ["3", "4", "5"]
    assert "No address, hashtag, file or wording" not in page


def test_a_finding_from_before_wordings_were_kept_is_shown(analyst, people):
    outcome = an_outcome()
    del outcome["findings"][0]["wordings"]
    outcome["findings"][0]["things"] = []
    run = a_run(people, a_snapshot(people))
    runs.store_outcome(run.pk, outcome)
    response = analyst.get(f"/desk/campaigns/findings/{Finding.objects.get(run=run).pk}/")
    assert response.status_code == 200
    page = response.content.decode()
    assert "No address, hashtag, file or wording that two of the accounts shared." in page
    assert "There is nothing that can be looked for in later posts" in page
    assert "can be looked for in later posts.</p>" not in page


def test_a_wording_in_several_versions_can_be_followed_while_its_posts_are_held(analyst, people):
    outcome = an_outcome()
    outcome["findings"][0]["things"] = []
    run = a_run(people, a_snapshot(people))
    runs.store_outcome(run.pk, outcome)
    kept, by = Finding.objects.get(run=run), people[Role.ANALYST]
    services.judge(kept.pk, state=FindingState.CONFIRMED, reason=REASON, by=by, expected_version=kept.version)
    services.add_act(kept.pk, on=date(2020, 9, 20), platform="chirper", what="Closed the accounts", by=by)
    trace = services.follow_into(kept.pk, snapshot_id=a_snapshot(people, title="A later week").pk, by=by)
    met = a_trace()["reappeared"][0] | {"kind": "wording", "key": "c" * 32}
    runs.store_outcome(trace.pk, a_trace() | {"reappeared": [met]})
    address = f"/desk/campaigns/findings/{kept.pk}/"
    page = analyst.get(address).content.decode()
    assert "Look in other posts" in page
    where = page.split('id="followed"')[1]
    assert "wording cccccccc" in where
    assert "Wording in several versions" in where
    services.delete_snapshot(run.snapshot_id, reason=REASON, by=by)
    page = analyst.get(address).content.decode()
    assert "looked for only while the posts are held" in page
    assert "Look in other posts" not in page


def test_posts_are_uploaded_and_a_run_begun(analyst):
    response = analyst.post(NEW, said())
    snapshot = Snapshot.objects.get()
    assert response["Location"] == f"/desk/campaigns/snapshots/{snapshot.pk}/run/"
    asked = {"detectors": ["pairs", "automation"], "window_seconds": "30", "min_participation": "3"}
    response = analyst.post(response["Location"], asked)
    run = Run.objects.get()
    assert response["Location"] == f"/desk/campaigns/runs/{run.pk}/"
    assert (run.parameters["window_seconds"], run.parameters["detectors"]) == (30, ["pairs", "automation"])
    page = analyst.get(response["Location"]).content.decode()
    assert "Look again" in page
    assert "http-equiv" not in page


def test_the_token_is_asked_for_with_large_files_too(people):
    client = Client(enforce_csrf_checks=True)
    client.cookies = logged_in(people[Role.ANALYST]).cookies
    assert client.post(NEW, said()).status_code == 403
    page = client.get(NEW).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
    assert client.post(NEW, said(csrfmiddlewaretoken=token)).status_code == 302
    assert Snapshot.objects.count() == 1


def test_more_than_other_forms_take_is_taken_here(analyst):
    row = b"p%d,acct_1,1600000000," + b"x" * 990 + b"\n"
    large = FEW_POSTS.splitlines(keepends=True)[0] + b"".join(row % number for number in range(13_000))
    assert len(large) > 12_500_000
    assert analyst.post(NEW, said(large)).status_code == 302


def test_too_large_is_told_at_the_field(analyst, monkeypatch):
    from counterpoint.desk.campaigns import snapshots, uploads

    monkeypatch.setattr(uploads.SnapshotUploads, "largest_file", 1000)
    monkeypatch.setattr(snapshots, "LARGEST_UPLOAD", 1000)
    response = analyst.post(NEW, said(FEW_POSTS * 20))
    assert "larger than" in errors_of(response)
    assert "#id_file" in errors_of(response)
    assert not Snapshot.objects.exists()
    assert LARGEST_UPLOAD == 50_000_000


def test_everything_wrong_is_told_at_its_field(analyst):
    response = analyst.post(NEW, said(b"a,b\n1,2\n", delete_on_year=2090))
    assert response.status_code == 200
    assert "#id_delete_on-day" in errors_of(response)
    response = analyst.post(NEW, said(b"a,b\n1,2\n"))
    assert "#id_file" in errors_of(response)
    response = analyst.post(NEW, {})
    assert errors_of(response).count("<li>") == 6


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("2026-03-04, chirper, closed accounts", True),
        ("2026-03-04, chirper, closed accounts, all of them\n\n", True),
        ("4 March, chirper, closed accounts", False),
        ("2026-03-04", False),
    ],
)
def test_acts_are_read_line_by_line(analyst, people, line, fits):
    snapshot = a_snapshot(people)
    asked = {"detectors": ["displacement"], "window_seconds": "60", "min_participation": "2", "acts": line}
    response = analyst.post(f"/desk/campaigns/snapshots/{snapshot.pk}/run/", asked)
    assert (response.status_code == 302) is fits
    assert ("Line 1" in errors_of(response)) is not fits if not fits else True


def test_the_finding_is_told_in_words_without_texts(analyst, people):
    finding = a_finding(people)
    page = analyst.get(f"/desk/campaigns/findings/{finding.pk}/").content.decode()
    assert "6 accounts shared the same 5 things 12 times between them" in page
    assert "It would be innocent if" in page
    assert "square" not in page, "a post's text is shown before anybody asked for it"
    assert 'href="https://leaflets' not in page, "addresses are no links"
    assert page.index("What was seen") < page.index("<svg")
    texts = analyst.get(f"/desk/campaigns/findings/{finding.pk}/posts/").content.decode()
    assert "@… come to the square!" in texts


def test_the_network_is_filtered_on_the_server(analyst, people):
    address = f"/desk/campaigns/findings/{a_finding(people).pk}/"
    lines = {
        least: analyst.get(address + least).content.decode().count("<line data-weight") for least in ("", "?least=3")
    }
    assert lines == {"": 3, "?least=3": 1}
    for odd in ("?least=nan", "?least=1e999", "?least=%3Cscript%3E", "?least=7"):
        assert analyst.get(address + odd).content.decode().count("<line data-weight") == 3


def test_nothing_from_posts_becomes_markup(analyst, people):
    from tests.campaigns.making import an_outcome, thing

    from counterpoint.campaigns.services import runs

    evil = '"><script>alert(1)</script>'
    outcome = an_outcome()
    given = outcome["findings"][0]
    given["things"] = [thing("hashtag", evil, evil), thing("url", evil, f"javascript:{evil}")]
    given["network"]["nodes"][0]["account"] = evil
    given["account_rows"][0]["account"] = evil
    given["innocent"] = evil
    given["posts_kept"][0]["text"] = evil
    run = a_run(people, a_snapshot(people))
    runs.store_outcome(run.pk, outcome)
    finding = Finding.objects.get()
    for part in ("", "posts/", "send/"):
        page = analyst.get(f"/desk/campaigns/findings/{finding.pk}/{part}").content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_two_who_judge_at_once_see_both_versions(analyst, people):
    finding = a_finding(people)
    address = f"/desk/campaigns/findings/{finding.pk}/judge/"
    a_word = {"state": "confirmed", "reason": "The same texts within seconds, for a week.", "version": finding.version}
    assert analyst.post(address, a_word).status_code == 302
    response = analyst.post(address, {**a_word, "state": "dismissed", "reason": "A club that says so openly."})
    assert response.status_code == 409
    page = response.content.decode()
    assert "The same texts within seconds" in page
    assert "A club that says so openly." in page


def test_an_export_is_a_file_and_stands_in_the_list(analyst, people):
    finding = a_finding(people, state=FindingState.CONFIRMED)
    given = {
        "format": "misp",
        "tlp": "green",
        "recipient": "Moorside Analysts",
        "purpose": "To look at their own posts",
    }
    response = analyst.post(f"/desk/campaigns/findings/{finding.pk}/export/", given)
    assert response["Content-Disposition"].startswith('attachment; filename="finding-')
    assert b'"Event"' in response.content
    assert Disclosure.objects.count() == 1
    page = logged_in(people[Role.AUDITOR]).get("/desk/exports/").content.decode()
    assert "Moorside Analysts" in page
    assert f"/desk/campaigns/findings/{finding.pk}/" not in page, "an auditor opens no finding"


def test_a_reviewer_is_offered_nothing_to_change(people):
    finding = a_finding(people, state=FindingState.CONFIRMED)
    page = logged_in(people[Role.CONTENT_REVIEWER]).get(f"/desk/campaigns/findings/{finding.pk}/").content.decode()
    for way in ("judge", "send", "export", "act", "follow"):
        assert f"/{way}/" not in page


def test_analysts_see_no_referral_case_or_person(analyst):
    for route in ("inbox", "content", "search", "cases", "advice", "supervision", "audit", "staff", "break_glass"):
        assert analyst.get(reverse(f"desk:{route}")).status_code == 403, route


@pytest.mark.parametrize("other", [Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.CALL_HANDLER, Role.SUPERVISOR])
def test_nobody_is_analyst_and_safeguards(people, other):
    for holder, role in ((people[Role.ANALYST], other), (people[other], Role.ANALYST)):
        with pytest.raises(NotPossible, match="safeguarding records stay apart"):
            access.give_role(holder, role=role, by=people[Role.ADMINISTRATOR])


def test_the_first_page_counts_findings_to_judge(analyst, people):
    a_finding(people)
    page = analyst.get("/desk/").content.decode()
    assert "Findings to judge" in page
