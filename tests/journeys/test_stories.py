"""Forty stories told through the real portal in a real browser with real files, worked at the desk to an outcome by
clicking, and read back by those who told them.

Each runs against a server with an empty Northmoor: the reporter tells it page by page and keeps the receipt; the job
worker's own code makes a referral of it; officers work it at their pages; the reporter comes back with the receipt and
reads what may be told, and no word that may not. Every second story is told without scripts, every third is worked
without them.
"""

import pytest
from playwright.sync_api import expect
from tests import cast
from tests.journeys.casework import CaseDesk
from tests.journeys.reporting import BY_ID, STORIES, Receipt, Reporter, Story
from tests.journeys.working import Desk
from tests.stories.files import made, traces

from counterpoint.access.models import Agency
from counterpoint.access.types import Role, Section
from counterpoint.base import clock
from counterpoint.intake import storage
from counterpoint.intake.models import AdviceContact, Referral, StoredFile
from counterpoint.intake.work import run_queued
from counterpoint.kernel.packs import ClosureLevel
from counterpoint.rules.selectors import pack_in_force
from counterpoint.triage.models import Verdict

PROCESS_WORDS = {
    "contact_reporter": "Contact the reporter",
    "gather_information": "Gather information",
    "assess": "Assess the concern",
    "plan_support": "Plan support",
    "review_actions": "Review the actions",
    "record_outcome": "Record the outcome",
    "tell_reporter": "Tell the reporter",
    "agree_closure": "Agree to close",
}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_story_is_told_worked_and_read_back(new_page, story):
    number = int(story["id"])
    people = cast.a_cast()
    told_before = _tell_the_earlier_one(new_page, story)
    reporter = Reporter(new_page(scripts=number % 2 == 0), story["language"])
    receipt = reporter.tell(story)
    run_queued()
    _check_what_arrived(story, receipt)
    _Working(new_page, story, people, receipt, reporter).to_the_end(told_before)
    _read_back(reporter, story, receipt)


def _tell_the_earlier_one(new_page, story: Story) -> Receipt | None:
    """The story that this one repeats: somebody else told it, some time ago."""
    earlier = BY_ID.get(story["at_the_desk"].get("repeat_of", ""))
    if earlier is None:
        return None
    receipt = Reporter(new_page(scripts=False), earlier["language"]).tell(earlier)
    run_queued()
    return receipt


def _check_what_arrived(story: Story, receipt: Receipt) -> None:
    """The table says what was expected; each file lies sealed as it was sent, beside a copy without its secrets."""
    expected = story["at_the_desk"]["expected"]
    about = {"advice__reference" if story["question_set"] == "advice" else "referral__reference": receipt.reference}
    verdict = Verdict.objects.get(**about)
    assert (verdict.fired[0]["rule_id"], verdict.route, verdict.urgency) == (
        expected["rule"],
        expected["route"],
        expected["urgency"],
    )
    stored = {storage.name_of(row): row for row in StoredFile.objects.filter(arrival__reference=receipt.reference)}
    assert set(stored) == set(story["files"])
    for name, row in stored.items():
        file = made(name)
        assert storage.read_original(row) == file.content
        assert traces(storage.read_working_copy(row), file.hidden) == []


def _read_back(reporter: Reporter, story: Story, receipt: Receipt) -> None:
    reads = story["reporter_reads"]
    reporter.come_back(receipt, by_numbers=story["language"] == "ar")
    expect(reporter.status()).to_contain_text(reporter.text(f"mailbox.status.{reads['status']}"))
    told = reporter.told_by_the_team()
    assert _outcome_words(story) in told
    assert [word for word in reads.get("never", []) if word in told] == []
    reporter.close_mailbox()


def _outcome_words(story: Story) -> str:
    desk, outcome = story["at_the_desk"], story["reporter_reads"]["outcome"]
    pack = pack_in_force()
    if outcome == "answer":
        return desk["answer"]
    if outcome == "withheld":
        return pack.text("mailbox.outcome.withheld", story["language"])
    level = ClosureLevel.CASE if "case" in desk else ClosureLevel.REFERRAL
    told = {row.id: row for row in pack.closure_reasons_on(clock.now().date(), level, story["language"])}
    return told[outcome].tell_reporter or ""


class _Working:
    """The desk's part of one story, person by person."""

    def __init__(self, new_page, story: Story, people: cast.Cast, receipt: Receipt, reporter: Reporter) -> None:
        self.new_page, self.story, self.people = new_page, story, people
        self.receipt, self.reporter = receipt, reporter
        self.scripts = int(story["id"]) % 3 != 0
        self.desk = story["at_the_desk"]

    def at_the_desk(self, role: Role) -> Desk:
        return Desk(self.new_page(scripts=self.scripts), self.people[role]).log_in()

    def to_the_end(self, told_before: Receipt | None) -> None:
        officer = self.at_the_desk(Role.TRIAGE_OFFICER)
        if self.story["question_set"] == "advice":
            officer.give_advice(self.receipt.reference, self.desk["answer"])
            assert AdviceContact.objects.get().given_by == officer.staff
            return
        officer.open_from_inbox(self.receipt.reference)
        officer.take()
        if "handed_over" in self.desk:
            officer.hand_over(to="police", note=f"{self.desk['handed_over']['to']}. {self.desk['handed_over']['note']}")
        for question in self.desk.get("questions", []):
            self._ask(officer, question)
        if told_before is not None:
            officer.say_same_person(told_before, self.desk["decision"]["reason"])
        officer.decide(self.story, **self.desk["decision"])
        if told_before is not None:
            self._read_second()
        if "then" in self.desk:
            officer.decide(self.story, **self.desk["then"], second_reader=False)
        if Referral.objects.get(reference=self.receipt.reference).state == "awaiting_second_reader":
            self._read_second()
        if "case" in self.desk:
            self._work_case()

    def _ask(self, officer: Desk, question: Story) -> None:
        """Put into the mailbox, answered from there, read at the desk."""
        officer.ask(question["ask"])
        self.reporter.come_back(self.receipt)
        self.reporter.read_and_reply(question["ask"], question["reply"])
        officer.open_from_inbox(self.receipt.reference)
        expect(officer.main()).to_contain_text(question["reply"])

    def _read_second(self) -> None:
        second = self.at_the_desk(Role.SUPERVISOR)
        second.open_from_inbox(self.receipt.reference, list_name="For a second reader")
        second.read_second(reason=self.desk.get("second_reader", "Read in full and agreed."))

    # --- the case

    def _work_case(self) -> None:
        """Step by step as the story says; actions once there is a plan, finished before the outcome."""
        case, officer = self.desk["case"], self._casework(Role.CASE_OFFICER)
        officer.open_case(self.receipt.reference)
        for place, step in enumerate(case["steps"]):
            if step["step"] == "record_outcome" and not _any_before(case["steps"], place, "record_outcome"):
                self._act(officer, case["actions"])
            self._take(officer, step, is_again=_any_before(case["steps"], place, step["step"]))
        officer.open_case(self.receipt.reference)
        officer.close_case(self.desk["closure_reason"])

    def _casework(self, role: Role) -> CaseDesk:
        return CaseDesk(self.new_page(scripts=self.scripts), self.people[role]).log_in()

    def _take(self, officer: CaseDesk, step: Story, *, is_again: bool) -> None:
        name = PROCESS_WORDS[step["step"]]
        if step["step"] == "record_outcome":
            officer.record_outcome(
                text=step["note"],
                impact=step["impact"],
                reason=self.desk["closure_reason"],
                needs=self.desk.get("recorded_with", {}),
            )
        elif step["step"] == "tell_reporter" and is_again:
            officer.what_was_told_still_holds()
        elif step["step"] == "tell_reporter":
            officer.tell_reporter(withheld_because=self.desk.get("withheld_because", ""))
        elif step["step"] == "agree_closure":
            supervisor = self._casework(Role.SUPERVISOR)
            supervisor.open_case(self.receipt.reference)
            supervisor.step(name, step["values"])
        else:
            officer.step(name, step["values"])

    def _act(self, officer: CaseDesk, actions: list[Story]) -> None:
        """Each action is given to whom the story names. Another agency is shown its actions first, for that purpose
        and no more; where it has somebody at the desk, they finish the action themselves."""
        for owner in sorted({action["owner"] for action in actions} - {"council"}):
            officer.share(self._agency(owner), (Section.ACTIONS,), purpose="To do its part of the plan")
        for action in actions:
            officer.add_action(action, owner=self._agency(action["owner"]).name)
        officer.part("Overview")
        for action in actions:
            partner = self._partner(action["owner"])
            if partner is None:
                officer.finish_action(action)
            else:
                partner.open_case(self.receipt.reference)
                partner.finish_action(action)
        officer.open_case(self.receipt.reference)

    def _agency(self, owner: str) -> Agency:
        named = {
            "council": self.people.council,
            "police": self.people.police,
            "education": self.people.schools,
            "health": self.people.health,
        }
        return named.get(owner) or self._further_agency(owner)

    def _further_agency(self, owner: str) -> Agency:
        name = {"voluntary": "Northmoor Befrienders", "youth_service": "Northmoor Youth Service"}[owner]
        return Agency.objects.filter(name=name).first() or self._an_agency_with_agreement(name, owner)

    def _an_agency_with_agreement(self, name: str, kind: str) -> Agency:
        agency, people = cast.an_agency(name, kind=kind), self.people
        cast.an_agreement(
            people.council, agency, proposed_by=people[Role.SUPERVISOR], approved_by=people.other_supervisor
        )
        return agency

    def _partner(self, owner: str) -> CaseDesk | None:
        staff = {"police": self.people[Role.PARTNER], "health": self.people.health_partner}.get(owner)
        return CaseDesk(self.new_page(scripts=self.scripts), staff).log_in() if staff else None


def _any_before(steps: list[Story], place: int, name: str) -> bool:
    return any(step["step"] == name for step in steps[:place])
