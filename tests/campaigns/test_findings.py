"""What people make of a finding: judged, followed, sent through the front door, exported."""

import json
from datetime import UTC, date, datetime

import pytest
from tests.campaigns.making import REASON, START, a_finding, a_run, a_snapshot, an_outcome, posts_csv

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.campaigns import selectors, services, tasks
from counterpoint.campaigns.apart.gathering import digest_of
from counterpoint.campaigns.models import Finding, Judgement
from counterpoint.campaigns.services import runs
from counterpoint.campaigns.types import ExportFormat, FindingState, NotAsAsked, RunState, Tlp
from counterpoint.intake.arrivals import raw_form
from counterpoint.intake.models import Arrival, Referral
from counterpoint.intake.types import ChannelName, Kind

pytestmark = pytest.mark.django_db


def judged(cast, finding, state, **how):
    given = {"reason": REASON, "by": cast[Role.ANALYST], "expected_version": finding.version}
    return services.judge(finding.pk, state=state, **{**given, **how})


def test_judgements_stand_beside_each_other(cast):
    finding = a_finding(cast)
    judged(cast, finding, FindingState.WATCH)
    finding.refresh_from_db()
    judged(cast, finding, FindingState.CONFIRMED, reason="Seen again for a second week")
    view = selectors.finding(cast[Role.ANALYST], finding.pk)
    assert [each.state for each in view.judgements] == [FindingState.CONFIRMED, FindingState.WATCH]
    assert view.judgements[0].reason == "Seen again for a second week"
    assert view.row.state is FindingState.CONFIRMED
    entries = AuditEntry.objects.filter(action="finding.judged")
    assert [entry.detail for entry in entries.order_by("number")] == [
        {"state": "watch", "was": "open"},
        {"state": "confirmed", "was": "watch"},
    ]
    assert REASON.encode() not in bytes(Judgement.objects.first().sealed_reason)


def test_two_people_who_judge_at_once_see_both(cast):
    finding = a_finding(cast)
    judged(cast, finding, FindingState.CONFIRMED)
    with pytest.raises(Conflict) as conflict:
        judged(cast, finding, FindingState.DISMISSED, reason="A club that says so on its page")
    assert conflict.value.theirs["state"] == FindingState.CONFIRMED
    assert conflict.value.theirs["reason"] == REASON
    assert Judgement.objects.count() == 1


def test_a_judgement_needs_a_reason(cast):
    with pytest.raises(NotAsAsked, match="others will understand"):
        judged(cast, a_finding(cast), FindingState.DISMISSED, reason="no")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_nobody_else_changes_a_finding(cast, role):
    finding, by = a_finding(cast, state=FindingState.CONFIRMED), cast[role]
    today = clock.now().date()
    acts = [
        lambda: services.judge(finding.pk, state=FindingState.WATCH, reason=REASON, by=by, expected_version=2),
        lambda: services.add_act(finding.pk, on=today, platform="chirper", what="closed", by=by),
        lambda: services.follow_into(finding.pk, snapshot_id=finding.run.snapshot_id, by=by),
        lambda: services.send_to_assessment(finding.pk, addresses=["https://leaflets.example/p/1"], note="", by=by),
        lambda: services.export_finding(
            finding.pk, as_format=ExportFormat.STIX, tlp=Tlp.AMBER, recipient="Somebody", purpose="To look at it", by=by
        ),
        lambda: services.ask_run(finding.run.snapshot_id, parameters=runs.Parameters(), by=by),
        lambda: services.delete_snapshot(finding.run.snapshot_id, reason=REASON, by=by),
        lambda: selectors.addresses_to_send(by, finding.pk),
        lambda: selectors.offered_files(by),
    ]
    if role is not Role.CONTENT_REVIEWER:
        acts += [
            lambda: selectors.finding(by, finding.pk),
            lambda: selectors.posts_of_finding(by, finding.pk),
            lambda: selectors.finding_heading(by, finding.pk),
            lambda: selectors.runs(by),
            lambda: selectors.run(by, finding.run_id),
            lambda: selectors.snapshots(by),
            lambda: selectors.snapshot(by, finding.run.snapshot_id),
        ]
    if role is not Role.AUDITOR:
        acts.append(lambda: selectors.disclosures(by))
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_reading_is_recorded_and_texts_apart(cast):
    finding = a_finding(cast)
    reviewer = cast[Role.CONTENT_REVIEWER]
    view = selectors.finding(reviewer, finding.pk)
    assert "posts_kept" not in view.content
    assert AuditEntry.objects.filter(action="finding.read", actor_id=str(reviewer.pk)).count() == 1
    assert not AuditEntry.objects.filter(action="finding.posts_read").exists()
    posts = selectors.posts_of_finding(reviewer, finding.pk)
    assert posts[0].text == "@… come to the square!"
    assert AuditEntry.objects.filter(action="finding.posts_read", actor_id=str(reviewer.pk)).count() == 1


def test_no_such_finding(cast):
    with pytest.raises(NotFound):
        selectors.finding(cast[Role.ANALYST], cast.council.pk)


# --- the front door


def test_addresses_go_through_the_front_door_and_nothing_else_passes(cast):
    finding, analyst = a_finding(cast), cast[Role.ANALYST]
    addresses = selectors.addresses_to_send(analyst, finding.pk)
    sent = services.send_to_assessment(finding.pk, addresses=addresses[:2], note="A leaflet", by=analyst)
    arrival = Arrival.objects.get(reference=sent.reference)
    assert (arrival.channel, arrival.kind) == (ChannelName.CAMPAIGNS, Kind.ONLINE_MATERIAL)
    assert raw_form(arrival)["answers"] == {
        "addresses": {"value": addresses[:2]},
        "description": {"value": "A leaflet"},
    }
    assert journey.process_arrival(arrival.pk).referral_id
    referral = Referral.objects.get(arrival=arrival)
    assert (referral.kind, referral.route) == (Kind.ONLINE_MATERIAL, ChannelName.CAMPAIGNS)
    view = selectors.finding(analyst, finding.pk)
    assert [each.reference for each in view.sendings] == [sent.reference]
    assert list(view.sendings[0].addresses) == addresses[:2]


def test_the_same_addresses_sent_twice_are_one_arrival(cast):
    finding, analyst = a_finding(cast), cast[Role.ANALYST]
    addresses = selectors.addresses_to_send(analyst, finding.pk)
    first = services.send_to_assessment(finding.pk, addresses=addresses[:2], note="", by=analyst)
    again = services.send_to_assessment(finding.pk, addresses=[*addresses[:2]][::-1], note="", by=analyst)
    other = services.send_to_assessment(finding.pk, addresses=addresses[:1], note="", by=analyst)
    assert first == again != other
    assert Arrival.objects.count() == 2


@pytest.mark.parametrize("addresses", [[], ["https://elsewhere.example/"], ["x"] * 21])
def test_only_addresses_of_the_finding_pass(cast, addresses):
    with pytest.raises(NotAsAsked):
        services.send_to_assessment(a_finding(cast).pk, addresses=addresses, note="", by=cast[Role.ANALYST])
    assert not Arrival.objects.exists()


# --- where it went


def test_following_into_later_posts(cast):
    finding, analyst = a_finding(cast, state=FindingState.CONFIRMED), cast[Role.ANALYST]
    later = START + 20 * 86_400
    rows = [
        {
            "post_id": f"l{number}",
            "account_id": f"new_{number}",
            "posted_at": str(later + number * 60),
            "platform": "burrow",
            "text": "@others Come to the SQUARE 🔥",
            "urls": "https://www.leaflets.example/p/1?utm_source=x",
            "hashtags": "#NorthmoorRises",
        }
        for number in range(4)
    ]
    snapshot = a_snapshot(cast, posts_csv(rows), title="A later week")
    with pytest.raises(NotPossible, match="Add what the platform did"):
        services.follow_into(finding.pk, snapshot_id=snapshot.pk, by=analyst)
    day = selectors.finding(analyst, finding.pk).row.last_at.date()
    services.add_act(finding.pk, on=day, platform="chirper", what="Closed the accounts", by=analyst)
    with pytest.raises(NotPossible, match="another snapshot"):
        services.follow_into(finding.pk, snapshot_id=finding.run.snapshot_id, by=analyst)
    run = services.follow_into(finding.pk, snapshot_id=snapshot.pk, by=analyst)
    tasks.run_until_done(run)
    assert run.state == RunState.DONE
    (trace,) = selectors.finding(analyst, finding.pk).traces
    back = {(row.kind, row.value): row for row in trace.rows}
    assert set(back) == {
        ("url", "https://leaflets.example/p/1#from-acct_1"),
        ("hashtag", "#northmoorrises"),
        ("text", digest_of("come to the square")),
    }
    assert {(row.posts, row.accounts, row.platforms, row.days_after) for row in back.values()} == {(4, 4, "burrow", 19)}
    assert services.follow_into(finding.pk, snapshot_id=snapshot.pk, by=analyst) == run


VERSIONS = [
    f"Tonight the {word} of Northmoor gather at the old mill, bring lanterns and {thing}"
    for word, thing in [("people", "drums"), ("friends", "bread"), ("children", "flags"), ("neighbours", "song")]
]


def varied(cast):
    """A confirmed finding whose accounts shared nothing but a wording in several versions."""
    outcome = an_outcome()
    (given,) = outcome["findings"]
    given["things"] = []
    post = given["posts_kept"][0]
    given["posts_kept"] = [post | {"text": text, "wording": "c" * 32} for text in VERSIONS] + [
        post | {"text": "What a day at the seaside, who would have thought of it", "wording": ""}
    ]
    run = a_run(cast, a_snapshot(cast))
    runs.store_outcome(run.pk, outcome)
    finding = Finding.objects.get(run=run)
    analyst = cast[Role.ANALYST]
    services.judge(finding.pk, state=FindingState.CONFIRMED, reason=REASON, by=analyst, expected_version=1)
    services.add_act(finding.pk, on=date(2020, 9, 20), platform="chirper", what="Closed the accounts", by=analyst)
    return finding


def later_posts(texts):
    others = [f"Report {number} on bread prices at market {number * 7}, nothing new" for number in range(40)]
    return posts_csv([
        {
            "post_id": f"l{number}",
            "account_id": f"new_{number}",
            "posted_at": str(START + 20 * 86_400 + number),
            "text": text,
            "repost_of": "l0" if text.startswith("RT ") else "",
        }
        for number, text in enumerate([*texts, *others])
    ])  # fmt: skip


MOVED = [
    "Tonight the workers of Northmoor gather at the old mill, bring lanterns and candles! 🔥 https://mill.example/7",
    "@someone tonight the mothers of Northmoor gather at the old mill, bring lanterns and hope",
    "What a day at the seaside, who would have thought of it",  # evidence, but of no wording in versions
    "RT Tonight the workers of Northmoor gather at the old mill, bring lanterns and candles!",
]


def test_a_wording_in_several_versions_is_followed_in_yet_another(cast):
    finding, analyst = varied(cast), cast[Role.ANALYST]
    snapshot = a_snapshot(cast, later_posts(MOVED), title="A later week")
    run = services.follow_into(finding.pk, snapshot_id=snapshot.pk, by=analyst)
    tasks.run_until_done(run)
    assert run.state == RunState.DONE
    (trace,) = selectors.finding(analyst, finding.pk).traces
    assert [(row.kind, row.value, row.posts, row.accounts) for row in trace.rows] == [("wording", "c" * 32, 2, 2)]
    assert trace.looked_for == 1
    assert trace.rows[0].first_at == datetime.fromtimestamp(START + 20 * 86_400, UTC)


def test_it_is_followed_only_while_its_posts_are_held(cast):
    finding, analyst = varied(cast), cast[Role.ANALYST]
    services.delete_snapshot(finding.run.snapshot_id, reason=REASON, by=analyst)
    snapshot = a_snapshot(cast, later_posts(MOVED), title="A later week")
    run = services.follow_into(finding.pk, snapshot_id=snapshot.pk, by=analyst)
    tasks.run_until_done(run)
    assert run.state == RunState.DONE
    (trace,) = selectors.finding(analyst, finding.pk).traces
    assert not trace.rows
    assert trace.looked_for == 0


@pytest.mark.parametrize("state", [None, FindingState.WATCH, FindingState.DISMISSED])
def test_only_confirmed_findings_are_followed_and_exported(cast, state):
    finding, analyst = a_finding(cast, state=state), cast[Role.ANALYST]
    with pytest.raises(NotPossible, match="confirmed"):
        services.add_act(finding.pk, on=clock.now().date(), platform="chirper", what="closed", by=analyst)
    with pytest.raises(NotPossible, match="confirmed"):
        services.export_finding(
            finding.pk,
            as_format=ExportFormat.MISP,
            tlp=Tlp.GREEN,
            recipient="Them",
            purpose="To look at it",
            by=analyst,
        )


def test_an_act_has_happened_and_says_what(cast):
    finding = a_finding(cast, state=FindingState.CONFIRMED)
    tomorrow = clock.now().date().replace(year=clock.now().year + 1)
    with pytest.raises(NotAsAsked) as refused:
        services.add_act(finding.pk, on=tomorrow, platform=" ", what="", by=cast[Role.ANALYST])
    assert {lack.field for lack in refused.value.lacks} == {"on", "platform", "what"}


# --- what is kept of an outcome


def test_findings_hold_nothing_in_clear(cast):
    finding = a_finding(cast)
    for sealed in (finding.sealed_content, finding.sealed_posts, finding.run.sealed_outcome):
        for word in (b"square", b"leaflets", b"acct_1", b"Write times"):
            assert word not in bytes(sealed)
    view = selectors.run(cast[Role.ANALYST], finding.run_id)
    assert view.quarantine == an_outcome()["quarantine"]
    assert view.facts["used"] == 18


def test_asking_for_nonsense_is_told_all_at_once(cast):
    snapshot = a_snapshot(cast)
    wrong = runs.Parameters(detectors=(), window_seconds=0, min_participation=0)
    with pytest.raises(NotAsAsked) as refused:
        a_run(cast, snapshot, wrong)
    assert {lack.field for lack in refused.value.lacks} == {"detectors", "window_seconds", "min_participation"}
    assert json.dumps(runs.Parameters().as_json())
