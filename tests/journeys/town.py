"""One of everything at the desk, made by the services as in earnest: for looking at every page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tests import cast
from tests.campaigns import making as campaigns
from tests.desk.panels.making import a_panel_at_work
from tests.desk.partners.making import working_with_others
from tests.intake.telling import CONCERN, a_referral, someone, told
from tests.journeys.path import a_case_on_the_path
from tests.rules.process_town import a_process_changed, a_rehearsal
from tests.rules.town import rules_being_changed
from tests.stories.files import made
from tests.support.town import support_under_way

from counterpoint import journey
from counterpoint.access import services as access
from counterpoint.access.models import Staff
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.base import clock
from counterpoint.campaigns.services import add_act, delete_snapshot, export_finding, follow_into, send_to_assessment
from counterpoint.campaigns.services import runs as campaign_runs
from counterpoint.campaigns.types import ExportFormat, Failure, FindingState, Tlp
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.cases.types import ActionKind, Impact, NewAction, NoteVisibility
from counterpoint.intake import mailbox, tasks
from counterpoint.intake.models import AdviceContact, Arrival, Referral, RepeatProposal, StoredFile
from counterpoint.intake.types import CallBackEnding, Urgency
from counterpoint.triage.types import Route

PERSON = someone("Idris", "Marlow", age=16, postcode="NM1 2AB", handle="idris_m")
DANGER = CONCERN | {"immediate_danger": {"value": "yes"}}
ADVICE = {
    "immediate_danger": {"value": "no"},
    "advice_topic": {"value": "talk_to_them"},
    "question": {"value": "How do I begin to talk with her?"},
}
ONLINE = {"addresses": {"value": ["https://files.example.org/d/leaflet"]}}
WORDS = "A grandmother's worry, told in full.\nShe saw it herself."


@dataclass(frozen=True)
class Town:
    """Who is there, and the parts that addresses ask for, by name."""

    people: cast.Cast
    parts: Mapping[str, UUID | str]


def a_town() -> Town:
    """A referral in triage with files, letters and a possible repeat; one that waits for its second reader; an
    emergency; online material; advice; a case in the middle of its work, shared, and one that was closed."""
    people = cast.a_cast()
    officer, supervisor = people[Role.TRIAGE_OFFICER], people[Role.SUPERVISOR]
    a_referral(CONCERN | PERSON)
    referral = a_referral(
        CONCERN | PERSON | {"reporter_name": {"value": "An aunt"}, "may_contact": {"value": "email_or_phone"}}
    )
    file = _a_file(referral)
    mailbox.ask_reporter(referral, text="Since when has he said this?", by=officer)
    waiting = a_referral(CONCERN | PERSON)
    journey.decide(
        waiting.pk,
        route=Route.CLOSE,
        urgency=Urgency.ROUTINE,
        by=officer,
        expected_version=Referral.objects.get(pk=waiting.pk).version,
        reason="The same as before",
        closure_reason="no_further_action",
    )
    recusal = access.record_recusal(
        people.other_supervisor, kind=SubjectKind.REFERRAL, subject_id=referral.pk, reason="A cousin", by=supervisor
    )
    emergency = a_referral(DANGER)
    a_referral(ONLINE, about="online_material")
    glass = access.break_glass(
        referral.pk,
        kind=SubjectKind.REFERRAL,
        reason="Called at night, nobody else was there",
        by=people[Role.CASE_OFFICER],
    )
    case, action, grant = _a_case(people)
    repeat = RepeatProposal.objects.filter(referral=referral).first() or RepeatProposal.objects.get(earlier=referral)
    parts: dict[str, UUID | str] = {
        "referral_id": referral.pk,
        "file_id": file.pk,
        "repeat_id": repeat.pk,
        "recusal_id": recusal.pk,
        "row_id": glass.pk,
        "waiting_id": waiting.pk,
        "emergency_id": emergency.pk,
        "advice_id": _advice(),
        "case_id": case.pk,
        "action_id": action,
        "grant_id": grant,
        "member_id": people.other_case_officer.pk,
        "arrival_id": _an_arrival_in_trouble(),
        "staff_id": people[Role.PARTNER].pk,
        "reference": referral.reference,
    }
    parts |= _call_backs_dealt_with(people)
    parts |= a_process_changed(people, beginning=opened_case(people))
    parts |= rules_being_changed(people)
    parts |= a_rehearsal(people)
    parts |= working_with_others(people, case, opened_case(people))
    parts |= a_case_on_the_path(people)
    parts |= support_under_way(people)
    parts |= a_panel_at_work(people)
    return Town(people, {**parts, **_campaigns(people), "closed_case_id": _a_closed_case(people).pk})


def _campaigns(people: cast.Cast) -> dict[str, UUID | str]:
    """Posts with runs in each state; a finding that nobody judged, and one that was confirmed, sent, exported and
    followed; posts that were deleted."""
    analyst, today = people[Role.ANALYST], clock.now().date()
    finding = campaigns.a_finding(people, state=FindingState.CONFIRMED)
    send_to_assessment(finding.pk, addresses=["https://leaflets.example/p/1#from-acct_1"], note="", by=analyst)
    export_finding(
        finding.pk,
        as_format=ExportFormat.STIX,
        tlp=Tlp.GREEN,
        recipient="Moorside Analysts",
        purpose="To look in their own posts",
        by=analyst,
    )
    add_act(finding.pk, on=today, platform="chirper", what="Closed the accounts", by=analyst)
    later = campaigns.a_snapshot(people, title="Northmoor, a later week")
    trace = follow_into(finding.pk, snapshot_id=later.pk, by=analyst)
    campaign_runs.store_outcome(trace.pk, campaigns.a_trace())
    failed = campaigns.a_run(people, later)
    campaign_runs.fail_run(failed.pk, Failure.UNREADABLE, words="The columns do not fit.")
    waiting = campaigns.a_run(people, later)
    gone = campaigns.a_snapshot(people, title="Northmoor, by mistake")
    delete_snapshot(gone.pk, reason="Taken in by mistake, wrong week", by=analyst)
    return {
        "snapshot_id": finding.run.snapshot_id,
        "run_id": finding.run_id,
        "finding_id": finding.pk,
        "unjudged_id": campaigns.a_finding(people).pk,
        "failed_run_id": failed.pk,
        "waiting_run_id": waiting.pk,
        "trace_run_id": trace.pk,
        "deleted_snapshot_id": gone.pk,
    }


def _a_file(referral: Referral) -> StoredFile:
    """A photograph that the reporter added in the mailbox."""
    file = made("photo_with_gps.jpg")
    box = Arrival.objects.get(referral=referral).mailbox
    new = mailbox.NewFile("", file.name, file.media_type, file.content)
    mailbox.reply(box, text="Here is the photograph.", submission_key="town", files=[new])
    tasks.prepare_files.call(str(referral.arrival_id))
    return StoredFile.objects.get()


def _an_arrival_in_trouble() -> UUID:
    """A form that cannot be taken as it is: it waits for a call back."""
    received = told({"worry": {"value": "x" * 6000}})  # longer than the question allows
    journey.process_arrival(received.arrival_id)
    return received.arrival_id


def _call_backs_dealt_with(people: cast.Cast) -> dict[str, UUID | str]:
    """One that was set aside, and one of which a person put into the inbox what fitted."""
    officer, supervisor = people[Role.TRIAGE_OFFICER], people[Role.SUPERVISOR]
    aside = _an_arrival_in_trouble()
    journey.set_call_back_aside(
        aside, ending=CallBackEnding.SPOKEN, note=WORDS, told="Thank you for the talk.", by=officer
    )
    put_in = told(CONCERN | {"oddity": {"value": "Ring me at the mill."}}).arrival_id
    journey.process_arrival(put_in)
    made = journey.put_into_inbox(put_in, by=supervisor).referral_id
    assert made is not None
    return {"set_aside_id": aside, "put_in_id": put_in, "put_in_referral_id": made}


def _advice() -> UUID:
    received = told(ADVICE, about="advice")
    journey.process_arrival(received.arrival_id)
    return AdviceContact.objects.get(reference=received.reference).pk


def opened_case(people: cast.Cast) -> Case:
    referral = a_referral(CONCERN | someone("Nell", "Ashdown", age=15))
    journey.decide(
        referral.pk,
        route=Route.CASE,
        urgency=Urgency.FIVE_DAYS,
        by=people[Role.TRIAGE_OFFICER],
        expected_version=Referral.objects.get(pk=referral.pk).version,
        reason="A child, and a clear change",
        lead_officer=people[Role.CASE_OFFICER],
    )
    return Case.objects.get(reference=referral.reference)


def _a_case(people: cast.Cast) -> tuple[Case, UUID, UUID]:
    """With every kind of note, an action of a partner, one that is done, one that is late, and a member."""
    case, lead = opened_case(people), people[Role.CASE_OFFICER]
    _steps(
        case,
        lead,
        [("contact_reporter", {"contact": "reached", "note": WORDS}), ("gather_information", {"found": WORDS})],
    )
    grant = cases.share_case(
        case,
        agency=people.police,
        sections=[Section.CONCERN, Section.ACTIONS],
        purpose="To do its part",
        legal_basis="Safeguarding of a child",
        until=clock.now() + timedelta(days=100),
        by=lead,
    )
    for visibility in (NoteVisibility.INTERNAL, NoteVisibility.RESTRICTED):
        cases.add_note(case, visibility=visibility, text=WORDS, by=lead)
    cases.write_to_reporter(
        case, text="We have begun.", by=lead, asks=False, referral_id=case.referrals.get().referral_id
    )
    cases.add_member(case, staff=people.other_case_officer, by=lead)
    today = clock.now().date()
    action = cases.add_action(
        case, NewAction(ActionKind.CHECK, "Look into the account", today, owner_agency_id=people.police.pk), by=lead
    )
    with clock.moved_to(clock.now() - timedelta(days=9)):
        done = cases.add_action(
            case,
            NewAction(ActionKind.SUPPORT, "A mentor each week", today - timedelta(days=3), owner_id=lead.pk),
            by=lead,
        )
        cases.add_action(
            case, NewAction(ActionKind.CONTACT, "Ring the school", today - timedelta(days=2), owner_id=lead.pk), by=lead
        )
    cases.finish_action(done, outcome="partly", why="He came twice", by=lead, expected_version=done.version)
    return Case.objects.get(pk=case.pk), action.pk, grant.pk


def _a_closed_case(people: cast.Cast) -> Case:
    case, lead, supervisor = opened_case(people), people[Role.CASE_OFFICER], people[Role.SUPERVISOR]
    steps = [
        ("contact_reporter", {"contact": "not_wanted"}),
        ("gather_information", {"found": WORDS}),
        ("assess", {"decision": "no_further_action", "reason": WORDS}),
    ]
    _steps(case, lead, steps)
    version = _version(case)
    cases.record_outcome(
        case,
        text=WORDS,
        impact=Impact.SAME,
        reason_id="case_no_further_action",
        needs={},
        by=lead,
        expected_version=version,
    )
    cases.withhold_feedback(case, reason="It could harm her", by=lead, expected_version=_version(case))
    _steps(case, supervisor, [("agree_closure", {"decision": "agreed", "reason": "Read in full"})])
    return cases.close_case(case, reason_id="case_no_further_action", by=lead, expected_version=_version(case))


def _steps(case: Case, by: Staff, steps: list[tuple[str, dict[str, str]]]) -> None:
    for step, values in steps:
        cases.complete_step(case, step, values, by=by, expected_version=_version(case))


def _version(case: Case) -> int:
    return Case.objects.values_list("version", flat=True).get(pk=case.pk)
