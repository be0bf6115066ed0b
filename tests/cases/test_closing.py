"""A case closes when nothing is missing, and all that is missing is told at once."""

import pytest
from django.db import IntegrityError, transaction
from tests.cases.making import OUTCOME, START, a_case, a_referral, an_action, decide_as_case, put_pack_in_force, walk_to

from counterpoint.audit.models import AuditEntry
from counterpoint.base import keyring
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import envelope, policies, process, services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import CaseOutcome, Feedback
from counterpoint.cases.types import CaseState
from counterpoint.intake.models import Mailbox, MailboxMessage
from counterpoint.intake.types import MessageKind, PublicStatus, ReferralState

pytestmark = pytest.mark.django_db

NO_OUTCOME = "No outcome is recorded. Record what came of the work."
NOT_TOLD = "The reporter was not told. Tell them what may be told, or withhold it with a reason."
NOT_AGREED = "A supervisor other than the lead officer must agree to close."
NO_REASON = "Choose one of the closure reasons for cases."


def waits(step):
    return f"The process waits for “{step}”. Finish that first."


def close(case, *, by, reason="concerns_reduced"):
    case.refresh_from_db()
    return services.close_case(case, reason_id=reason, by=by, expected_version=case.version)


# (brought to this step, open actions, who closes, reason) -> what is missing
TABLE = [
    (
        "contact_reporter",
        0,
        "officer",
        "concerns_reduced",
        [NO_OUTCOME, NOT_TOLD, waits("Contact the reporter"), NOT_AGREED],
    ),
    (
        "contact_reporter",
        2,
        "officer",
        "no_such_reason",
        [
            "2 actions are open. Finish or drop each.",
            NO_OUTCOME,
            NOT_TOLD,
            waits("Contact the reporter"),
            NOT_AGREED,
            NO_REASON,
        ],
    ),
    ("record_outcome", 0, "supervisor", "concerns_reduced", [NO_OUTCOME, NOT_TOLD, waits("Record the outcome")]),
    ("tell_reporter", 0, "officer", "concerns_reduced", [NOT_TOLD, waits("Tell the reporter"), NOT_AGREED]),
    ("tell_reporter", 0, "supervisor", "concerns_reduced", [NOT_TOLD, waits("Tell the reporter")]),
    ("agree_closure", 0, "officer", "concerns_reduced", [NOT_AGREED]),
    ("agree_closure", 1, "supervisor", "concerns_reduced", ["1 action is open. Finish or drop each."]),
    ("agree_closure", 0, "supervisor", "misguided", [NO_REASON]),  # a reason for referrals, not for cases
    (
        "agree_closure",
        0,
        "supervisor",
        "case_signposted",
        [
            "Record “Signposted to” with the outcome: the closure reason asks for it.",
            "Record “Service accepted” with the outcome: the closure reason asks for it.",
        ],
    ),
    ("agree_closure", 0, "supervisor", "concerns_reduced", []),
    ("", 0, "officer", "concerns_reduced", []),  # agreed before by a supervisor
    ("", 1, "officer", "concerns_reduced", ["1 action is open. Finish or drop each."]),
]


@pytest.mark.parametrize(("step", "actions", "who", "reason", "missing"), TABLE, ids=range(len(TABLE)))
def test_what_is_missing(world, step, actions, who, reason, missing):  # noqa: PLR0917 - the columns of the table
    case = walk_to(a_case(world), step, world)
    for _ in range(actions):
        services.add_action(case, an_action(world), by=world.officer)
    if missing:
        with pytest.raises(Missing) as refused:
            close(case, by=getattr(world, who), reason=reason)
        assert list(refused.value.problems) == missing
        case.refresh_from_db()
        assert case.state == CaseState.OPEN
    else:
        assert close(case, by=getattr(world, who), reason=reason).state == CaseState.CLOSED


def test_closing_ends_the_run_the_referrals_and_tells_the_mailboxes(world):
    case = walk_to(a_case(world), "agree_closure", world)
    closed = close(case, by=world.supervisor)
    run = closed.runs.get()
    assert (closed.closed_at, closed.closure_reason, closed.next_step) == (START, "concerns_reduced", "")
    assert (run.ended_at, run.closure_reason) == (START, "concerns_reduced")
    assert run.steps.get(step="agree_closure").by == world.supervisor  # closing was the agreement
    referral = closed.referrals.get().referral
    assert (referral.state, referral.closure_reason) == (ReferralState.CLOSED, "concerns_reduced")
    assert Mailbox.objects.get(arrival=referral.arrival).status == PublicStatus.CLOSED
    assert AuditEntry.objects.filter(action="case.closed").count() == 1


def test_a_joined_referral_that_was_not_decided_is_in_the_way(world):
    case = walk_to(a_case(world), "agree_closure", world)
    later = a_referral(world, decided=False)
    services.join_referral(case, referral=later, by=world.supervisor)
    with pytest.raises(Missing, match=f"The referral {later.reference} waits for its decision in triage"):
        close(case, by=world.supervisor)
    decide_as_case(later, world)
    assert close(case, by=world.supervisor).state == CaseState.CLOSED
    later.refresh_from_db()
    assert later.state == ReferralState.CLOSED


CLOSERS = [("colleague", NotFound), ("member", NotAllowed), ("partner", NotFound), ("triage", NotFound)]


@pytest.mark.parametrize(("who", "refusal"), CLOSERS)
def test_who_may_not_close(world, who, refusal):
    case = walk_to(a_case(world), "", world)
    if who == "member":
        services.add_member(case, staff=world.colleague, by=world.officer)
    by = world.colleague if who == "member" else getattr(world, who)
    with pytest.raises(refusal):
        close(case, by=by)


def test_a_stale_page_does_not_close(world):
    case = walk_to(a_case(world), "", world)
    with pytest.raises(Conflict):
        services.close_case(case, reason_id="concerns_reduced", by=world.officer, expected_version=case.version - 1)


def test_a_closed_case_is_closed_for_every_change(world):
    case = close(walk_to(a_case(world), "", world), by=world.officer)
    version = case.version
    attempts = [
        lambda: services.close_case(case, reason_id="custody", by=world.officer, expected_version=version),
        lambda: services.complete_step(case, "assess", {}, by=world.officer, expected_version=version),
        lambda: services.record_outcome(case, **OUTCOME, by=world.officer, expected_version=version),
        lambda: services.send_feedback(case, text="x", by=world.officer, expected_version=version),
        lambda: services.withhold_feedback(case, reason="x", by=world.officer, expected_version=version),
        lambda: services.keep_feedback(case, by=world.officer, expected_version=version),
        lambda: services.add_note(case, visibility="internal", text="x", by=world.officer),
        lambda: services.write_to_reporter(case, text="x", by=world.officer),
        lambda: services.hand_over(case, lead_officer=world.colleague, by=world.officer, expected_version=version),
        lambda: services.add_member(case, staff=world.colleague, by=world.officer),
        lambda: services.join_referral(case, referral=a_referral(world), by=world.supervisor),
        lambda: services.assess_category(
            case, category="islamist", scheme="2024", by=world.officer, expected_version=version
        ),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible, match="This case is closed"):
            attempt()


# --- the outcome


def test_an_outcome_is_sealed_and_a_later_one_supersedes(world):
    case = walk_to(a_case(world), "record_outcome", world)
    first = services.record_outcome(case, **OUTCOME, by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    assert case.next_step == "tell_reporter"
    assert b"football" not in bytes(first.sealed_text)
    assert envelope.unseal(first, "sealed_text", key_id=case.key_id) == "They go to football again."
    changed = {**OUTCOME, "text": "They stopped going.", "impact": "worse"}
    second = services.record_outcome(case, **changed, by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    assert case.next_step == "tell_reporter"
    assert policies.latest_outcome(case.runs.get()) == second
    assert CaseOutcome.objects.count() == 2


OUTCOMES_REFUSED = [
    ({"text": " "}, "Write what came of the work"),
    ({"reason_id": "misguided"}, "Choose one of the closure reasons for cases"),
    ({"reason_id": "support_complete"}, "Record “Signposted to”"),
    ({"reason_id": "support_complete", "needs": {"signposted_to": "  "}}, "Record “Signposted to”"),
]


@pytest.mark.parametrize(("change", "words"), OUTCOMES_REFUSED, ids=range(len(OUTCOMES_REFUSED)))
def test_outcomes_refused(world, change, words):
    case = walk_to(a_case(world), "record_outcome", world)
    with pytest.raises(Missing, match=words):
        services.record_outcome(case, **{**OUTCOME, **change}, by=world.officer, expected_version=case.version)
    assert CaseOutcome.objects.count() == 0


def test_what_was_agreed_on_stands(world):
    case = walk_to(a_case(world), "", world)
    with pytest.raises(NotPossible, match="agreed on the outcome"):
        services.record_outcome(case, **OUTCOME, by=world.officer, expected_version=case.version)


def test_an_agreement_refused_leads_back_to_the_outcome_and_feedback_may_stand(world):
    case = walk_to(a_case(world), "agree_closure", world)
    values = {"decision": "not_agreed", "reason": "Say what the school does."}
    services.complete_step(case, "agree_closure", values, by=world.supervisor, expected_version=case.version)
    case.refresh_from_db()
    assert case.next_step == "record_outcome"
    services.record_outcome(case, **OUTCOME, by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    services.keep_feedback(case, by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    assert (case.next_step, Feedback.objects.count()) == ("agree_closure", 1)
    with pytest.raises(Missing) as refused:
        close(case, by=world.officer)
    assert list(refused.value.problems) == [NOT_AGREED]


def test_handing_over_to_who_agreed_takes_the_agreement_away(world):
    case = walk_to(a_case(world), "", world)
    services.hand_over(case, lead_officer=world.supervisor, by=world.supervisor, expected_version=case.version)
    with pytest.raises(Missing) as refused:
        close(case, by=world.supervisor)
    assert list(refused.value.problems) == [NOT_AGREED]
    assert close(case, by=world.second_supervisor).state == CaseState.CLOSED


# --- feedback


def test_feedback_goes_to_the_mailbox_of_each_referral(world):
    case = walk_to(a_case(world), "tell_reporter", world)
    services.join_referral(case, referral=a_referral(world), by=world.supervisor)
    case.refresh_from_db()
    row = services.send_feedback(case, text="Our work has ended.", by=world.officer, expected_version=case.version)
    messages = MailboxMessage.objects.filter(kind=MessageKind.OUTCOME)
    assert sorted(str(each.pk) for each in messages) == sorted(row.message_ids)
    assert len(row.message_ids) == 2
    case.refresh_from_db()
    assert case.next_step == "agree_closure"


def test_withheld_feedback_needs_its_reason(world):
    case = walk_to(a_case(world), "tell_reporter", world)
    with pytest.raises(Missing, match="Write why the reporter is not told here"):
        services.withhold_feedback(case, reason=" ", by=world.officer, expected_version=case.version)
    row = services.withhold_feedback(case, reason="He reads her mail.", by=world.officer, expected_version=case.version)
    assert envelope.unseal(row, "sealed_reason", key_id=case.key_id) == "He reads her mail."
    assert MailboxMessage.objects.count() == 0
    case.refresh_from_db()
    assert case.next_step == "agree_closure"


def test_where_nothing_is_told_the_mailbox_says_so_when_the_case_closes(world):
    case = walk_to(a_case(world), "tell_reporter", world)
    services.withhold_feedback(case, reason="He reads her mail.", by=world.officer, expected_version=case.version)
    close(case, by=world.supervisor)
    said = MailboxMessage.objects.get()
    text = keyring.unseal_record(
        bytes(said.sealed_text), key_id=said.mailbox.key_id, place=f"mailboxmessage.sealed_text:{said.pk}"
    ).decode()
    assert said.kind == MessageKind.OUTCOME
    assert text == put_pack_in_force().text("mailbox.outcome.withheld", "en")
    assert "He reads her mail" not in text


def test_without_any_mailbox_feedback_is_given_in_another_way(world):
    case = a_case(world, referral=a_referral(world, with_mailbox=False))
    walk_to(case, "tell_reporter", world)
    with pytest.raises(NotPossible, match="No reporter has a mailbox"):
        services.send_feedback(case, text="Ended.", by=world.officer, expected_version=case.version)
    services.withhold_feedback(case, reason="Told by phone.", by=world.officer, expected_version=case.version)
    close(case, by=world.supervisor)


def test_nobody_is_told_before_there_is_an_outcome(world):
    case = a_case(world)
    for attempt in (
        lambda: services.send_feedback(case, text="x", by=world.officer, expected_version=case.version),
        lambda: services.withhold_feedback(case, reason="x", by=world.officer, expected_version=case.version),
        lambda: services.keep_feedback(case, by=world.officer, expected_version=case.version),
    ):
        with pytest.raises(NotPossible, match="Record the outcome first"):
            attempt()


def test_the_second_of_two_sees_the_outcome_of_the_first(world):
    case = walk_to(a_case(world), "record_outcome", world)
    seen = case.version
    services.record_outcome(case, **OUTCOME, by=world.officer, expected_version=seen)
    with pytest.raises(Conflict) as refused:
        services.record_outcome(case, **OUTCOME, by=world.supervisor, expected_version=seen)
    assert refused.value.theirs["text"] == "They go to football again."
    assert refused.value.theirs["version"] == seen + 1


def test_the_database_holds_feedback_to_sent_or_withheld(world):
    case = walk_to(a_case(world), "agree_closure", world)
    for change in ({"withheld": True}, {"message_ids": []}):
        with pytest.raises(IntegrityError, match="feedback_sent_or_withheld"), transaction.atomic():
            Feedback.objects.filter(run__case=case).update(**change)


def test_a_run_that_was_tampered_with_is_not_loaded(world):
    case = a_case(world)
    run = case.runs.get()
    import zlib

    text = zlib.decompress(bytes(run.state)).decode()
    ahead = text.replace('"events":[]', '"events":[["step","agree_closure","2026-05-04T09:00:00+00:00",{}]]')
    assert ahead != text
    run.state = zlib.compress(ahead.encode())
    run.save(update_fields=["state"])
    with pytest.raises(Exception, match="could not have been taken"):
        process.current_run(case)
