"""A panel cycle in real browsers: seven people of five agencies take one concern from the portal by the whole path to
closure and to the review six months later. Whatever a person does is clicked; only the clock is moved, and the worker's
job is run, by the test.

Health sits on the panel and is never given the case: after each stage nothing that health can open tells of it.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from docx import Document
from playwright.sync_api import expect
from tests import cast
from tests.desk.panels.making import a_path_case
from tests.journeys.going import go_by
from tests.journeys.looking import keep_picture
from tests.journeys.panelwork import Ahead, PanelDesk, run_clock
from tests.journeys.reporting import Receipt, Reporter, Story
from tests.panels.making import give

from counterpoint.access.models import Agency, Staff
from counterpoint.access.types import Role, Section
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.intake.work import run_queued
from counterpoint.kernel.packs import ClosureLevel
from counterpoint.rules.selectors import pack_in_force

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

BEGINS = datetime(2026, 5, 5, 8, 30, tzinfo=UTC)  # a Tuesday, no holiday
PANEL = "Northmoor panel"
WORRY = "He says the people at the mosque will get what is coming to them, and he keeps a list of names."
ANSWER = "He stopped coming to the workshop in March and sits with nobody."
DISSENT = "College support alone would do, and would mark him less."
SESSION = "He came, and we mended a bicycle."
STORY: Story = {
    "title": "A sister and a list of names",
    "language": "en",
    "question_set": "concern_public",
    "answers": {
        "immediate_danger": {"value": "no"},
        "imminent_travel": {"value": "no"},
        "relation": {"value": "brother_sister"},
        "worry": {"value": WORRY, "provenance": "first_hand"},
        "concern_about": {"value": "extremism"},
        "person_forename": {"value": "Perrin"},
        "person_surname": {"value": "Thistlewood"},
        "person_age": {"value": {"years": 19, "estimated": False}},
        "may_contact": {"value": "mailbox"},
        "may_name": {"value": "no"},
    },
    "files": [],
    "at_the_desk": {"expected": {"route": "case"}},
}
TRACES = ("Perrin", "Thistlewood", "mosque", "workshop")


@dataclass
class Cycle:
    """One concern on its way, with a browser for each person who has a part in it."""

    clock: Ahead
    people: cast.Cast
    triage: PanelDesk
    officer: PanelDesk
    chair: PanelDesk
    police: PanelDesk
    school: PanelDesk
    teacher: PanelDesk
    health: PanelDesk
    provider: PanelDesk
    reporter: Reporter
    youth: Agency
    other: Case  # another case of the town, which health was given
    receipt: Receipt = field(default_factory=lambda: Receipt("", "", ""))
    meetings: list[str] = field(default_factory=list)
    address: str = ""  # of the case

    @property
    def reference(self) -> str:
        return self.receipt.reference

    def go_on_to(self, at: datetime) -> None:
        """The clock goes on. Who was away for so long logs in again."""
        self.clock.move_to(at)
        for desk in self.all():
            desk.log_in()

    def all(self) -> list[PanelDesk]:
        return [
            self.triage, self.officer, self.chair, self.police, self.school, self.teacher, self.health, self.provider
        ]  # fmt: skip


def test_a_panel_cycle_from_the_portal_to_the_review_after_six_months(new_page, site, monkeypatch):
    clock = run_clock(monkeypatch, begins=BEGINS)
    cycle = begin(new_page, clock)
    told_and_decided(cycle)
    goes_on_by_the_whole_path(cycle)
    police_check(cycle)
    information_and_assessment(cycle)
    panel_is_prepared(cycle)
    panel_decides(cycle)
    minutes_are_kept(cycle)
    consent_plan_and_support(cycle)
    panel_reviews(cycle)
    closure(cycle)
    reporter_reads_it(cycle)
    review_after_six_months(cycle)


# --- who is there


def begin(new_page, clock: Ahead) -> Cycle:
    """The agencies and people, with an agreement with each agency; and another case, due for the panel too."""
    people = cast.a_cast()
    youth = cast.an_agency("Northmoor Youth Service", kind="youth_service")
    cast.an_agreement(people.council, youth, proposed_by=people[Role.SUPERVISOR], approved_by=people.other_supervisor)
    on_panel = [Role.PARTNER, Role.PANEL_MEMBER]
    staff = {
        "police": cast.a_person("Paz Constable", people.police, on_panel),
        "school": cast.a_person("Sid Scholar", people.schools, on_panel),
        "teacher": cast.a_person("Thea Cher", people.schools, on_panel),
        "health": cast.a_person("Hester Nurse", people.health, on_panel),
        "provider": cast.a_person("Iva Mentor", youth, [Role.PARTNER, Role.INTERVENTION_PROVIDER]),
    }
    other = a_path_case(people, "prepare_panel")
    give(other, people.health, Section.CONCERN, by=people[Role.CASE_OFFICER])

    def desk(person: Staff) -> PanelDesk:
        return PanelDesk(new_page(), person).log_in()

    return Cycle(
        clock=clock,
        people=people,
        triage=desk(people[Role.TRIAGE_OFFICER]),
        officer=desk(people[Role.CASE_OFFICER]),
        chair=desk(people[Role.PANEL_CHAIR]),
        reporter=Reporter(new_page()),
        youth=youth,
        other=other,
        **{name: desk(person) for name, person in staff.items()},
    )


def nothing_is_known(cycle: Cycle, *desks: PanelDesk) -> None:
    """No page that these people can open names the case, or any word of it."""
    addresses = [cycle.address] if cycle.address else []
    addresses += ["/desk/", "/desk/cases/", "/desk/tasks/", "/desk/panels/", "/desk/notices/", "/desk/requests/"]
    for desk in desks:
        for address in [*addresses, *cycle.meetings, *(f"{each}papers/" for each in cycle.meetings)]:
            desk.page.goto(address)
            said = desk.page.content()
            found = [word for word in (cycle.reference, *TRACES) if word in said]
            assert found == [], f"{desk.staff.name} reads {found} at {address}"


# --- the stages


def told_and_decided(cycle: Cycle) -> None:
    cycle.receipt = cycle.reporter.tell(STORY)
    run_queued()
    cycle.triage.open_from_inbox(cycle.reference)
    cycle.triage.take()
    cycle.triage.decide(STORY, route="case", reason="A clear change, and a list of names.")
    assert cycle.officer.knows(cycle.reference)
    for desk in (cycle.chair, cycle.police, cycle.school, cycle.health):
        assert not desk.knows(cycle.reference)
    nothing_is_known(cycle, cycle.health)


def goes_on_by_the_whole_path(cycle: Cycle) -> None:
    officer, triage = cycle.officer, cycle.triage
    officer.open_case(cycle.reference)
    cycle.address = officer.page.url
    officer.follow("Go on by another process")
    officer.send(
        "Begin it",
        {"process_id": "prevent_path", "reason": "It may need a panel."},
        told="The case goes on by another process.",
    )
    expect(officer.page.locator(".cp-process svg")).to_contain_text("Acknowledge")
    assert "Acknowledge the referral" in triage.queue()
    assert cycle.police.queue() == []
    triage.take_task("Acknowledge the referral", cycle.reference)
    triage.do_task("Acknowledge the referral", cycle.reference, {"acknowledged": "yes", "contact": "yes"})


def police_check(cycle: Cycle) -> None:
    officer, police = cycle.officer, cycle.police
    assert police.queue() == [], "the police do not know of the case yet"
    officer.open_case(cycle.reference)
    officer.share(cycle.people.police, (Section.CONCERN, Section.PERSON), purpose="To prepare the panel")
    # what waits for the police goes to their queue by itself once the case is shared with them
    assert police.queue() == ["De-conflict"]
    police.look()
    officer.page.goto("/desk/clocks/")
    expect(officer.page.get_by_role("row").filter(has_text=cycle.reference)).to_contain_text("De-conflict")
    keep_picture(officer.page, "clocks")
    police.take_task("De-conflict", cycle.reference)
    police.do_task("De-conflict", cycle.reference, {"result": "clear", "checked_on": date(2026, 5, 5)})
    police.take_task("Gateway assessment", cycle.reference)
    values = {"concern_class": "clear_concern", "result": "information", "reason": "A list of names, and a motive."}
    police.do_task("Gateway assessment", cycle.reference, values)
    assert police.own_tasks() == police.queue() == []
    nothing_is_known(cycle, cycle.health, cycle.teacher)


def information_and_assessment(cycle: Cycle) -> None:
    officer, school = cycle.officer, cycle.school
    officer.open_case(cycle.reference)
    officer.part("Information from partners")
    officer.follow("Ask Northmoor Schools")
    officer.page.get_by_label("What do you want to know?").fill("How was he at college this spring?")
    officer.choose("sections", Section.PERSON.value)
    officer.page.get_by_label("To prepare the panel", exact=True).check()
    officer.page.get_by_label("Public task", exact=True).check()
    officer.press("Ask")
    officer.told("Northmoor Schools was asked")
    officer.look()

    school.page.goto("/desk/requests/")
    go_by(school.page.locator("table tbody th a"))
    expect(school.main()).to_contain_text("Perrin")
    assert WORRY not in school.page.content(), "only what was shown with the question"
    assert cycle.reference not in school.page.content()
    school.look()
    school.follow_button("Answer")
    school.send("Send the answer", {"text": ANSWER, "provenance": "first_hand"}, told="The answer was sent.")
    assert not school.knows(cycle.reference)

    officer.open_case(cycle.reference)
    officer.part("Information from partners")
    expect(officer.main()).to_contain_text(ANSWER)
    officer.do_task("Ask the partners", cycle.reference, {"asked": "The college", "found": ANSWER})
    officer.do_task("Speak to the referrer", cycle.reference, {"reached": "yes", "said": "She is afraid for him."})
    assess(officer, cycle.reference, summary="He is alone, and angry.")
    officer.open_task("Assess with the instrument", cycle.reference)
    values = {"decision": "panel", "strengths": "A sister who cares.", "reason": "More than one agency is needed."}
    officer.send("Finish this step", values, told="is finished.")
    nothing_is_known(cycle, cycle.health)


def assess(officer: PanelDesk, reference: str, *, summary: str) -> None:
    """Every item of the instrument looked at, and finished."""
    officer.open_case(reference)
    officer.part("Assessments")
    officer.press("Begin an assessment")
    page = officer.page
    for radio in page.locator('input[type="radio"][value="not_seen"]').all():
        radio.check()
    officer.choose("level_grievance", "reported")
    officer.write("words_grievance", "He feels that nobody listened when he lost his place.")
    officer.write("summary", summary)
    officer.look()
    officer.press("Finish the assessment")
    officer.told("The assessment is finished.")


def panel_is_prepared(cycle: Cycle) -> None:
    chair, officer, people = cycle.chair, cycle.officer, cycle.people
    members = (cycle.police, cycle.school, cycle.teacher, cycle.health)
    seats = [(f"{chair.staff.name}, Northmoor Council", "chair")]
    seats += [(f"{desk.staff.name}, {desk.staff.agency.name}", "member") for desk in members]
    chair.set_up_panel(PANEL, seats)
    on = cycle.clock.get().date() + timedelta(days=14)
    meeting = chair.plan_meeting(PANEL, on, chair=chair.staff.name)
    cycle.meetings.append(meeting)
    nothing_is_known(cycle, cycle.health, cycle.teacher, cycle.school)

    chair.take_task("Prepare the panel", cycle.reference)
    chair.look()
    officer.open_case(cycle.reference)
    parts = (Section.CONCERN, Section.PERSON, Section.ACTIONS, Section.ASSESSMENTS)
    officer.share(people.police, (*parts, Section.INFORMATION), purpose="To prepare the panel")
    officer.share(people.schools, parts, purpose="To prepare the panel")
    chair.put_on_agenda(meeting, cycle.reference)
    officer.put_on_agenda(meeting, cycle.other.reference)
    write_paper(chair, meeting, cycle.reference, text="The panel is asked to adopt the case of Perrin Thistlewood.")
    expect(chair.main()).to_contain_text("Northmoor Health")
    assert len(agenda_of(cycle.police, meeting)) == 0, "the papers were not sent yet"
    chair.send_papers(meeting)
    chair.open_task("Prepare the panel", cycle.reference)
    go_by(chair.page.get_by_role("link", name=re.compile(f"{on.day} ")).first)
    chair.follow_button("Finish this step")
    chair.send("Finish this step", {"home_force_invited": "yes"}, told="is finished.")

    for desk in (chair, officer):
        assert agenda_of(desk, meeting) == [("1", cycle.reference), ("2", cycle.other.reference)]
    for desk in (cycle.police, cycle.school, cycle.teacher):
        assert agenda_of(desk, meeting) == [("1", cycle.reference)]
        desk.look()
        desk.follow("Read all papers as one document")
        expect(desk.main()).to_contain_text(WORRY)
        expect(desk.main()).to_contain_text("He feels that nobody listened when he lost his place.")
        assert (ANSWER in desk.page.content()) == (desk is cycle.police), "the answers were given to the police alone"
        desk.look()
    assert agenda_of(cycle.health, meeting) == [("1", cycle.other.reference)], "numbered as if it were alone"
    nothing_is_known(cycle, cycle.health)


def write_paper(chair: PanelDesk, meeting: str, reference: str, *, text: str) -> None:
    chair.open_item(meeting, reference)
    chair.follow_button("Write the summary")
    chair.send("Save", {"text": text, "home_force": "Northmoor Police"}, told="")


def at_the_table(cycle: Cycle) -> list[str]:
    """Who sits on the panel, as the form of attendance says it."""
    desks = (cycle.chair, cycle.police, cycle.school, cycle.teacher, cycle.health)
    return [f"{desk.staff.name}, {desk.staff.agency.name}" for desk in desks]


def agenda_of(desk: PanelDesk, meeting: str) -> list[tuple[str, str]]:
    """Number and reference of each line that this person sees."""
    desk.page.goto(meeting)
    rows = desk.page.get_by_role("region", name="Agenda", exact=True).locator("tbody tr").all()
    return [(row.locator("td").first.inner_text(), row.locator("th").inner_text()) for row in rows]


def panel_decides(cycle: Cycle) -> None:
    chair, police, teacher, (meeting,) = cycle.chair, cycle.police, cycle.teacher, cycle.meetings
    cycle.go_on_to(datetime(2026, 5, 19, 13, 5, tzinfo=UTC))
    teacher.open_item(meeting, cycle.reference)
    teacher.follow("I have a conflict of interest")
    teacher.send("Record it", {"reason": "I know the family"}, told="You will not see this case any more.")
    nothing_is_known(cycle, teacher, cycle.health)

    chair.record_attendance(meeting, dict.fromkeys(at_the_table(cycle), "Present"))
    assert "Discuss and decide" in chair.queue()
    chair.take_task("Discuss and decide", cycle.reference)
    chair.open_item(meeting, cycle.reference)
    expect(chair.main()).to_contain_text("There for this case:")
    positions = {"Northmoor Council": ("Agrees", ""), "Northmoor Schools": ("Disagrees", DISSENT)}
    chair.record_positions("Adopt the case", positions, own_view="For it")
    expect(chair.main()).to_contain_text("Has not said what it thinks: Northmoor Police.")
    police.open_item(meeting, cycle.reference)
    police.follow_button("Say where your agency stands")
    police.look()
    police.choose_by_label("What does your agency say to it?", "Agrees")
    own_position = police.page.url
    police.press("Save")
    police.told("What your agency says is recorded.")
    for desk in (teacher, cycle.health):
        desk.page.goto(own_position)
        expect(desk.heading()).to_have_text("There is no such record, or it is not yours to see")
    chair.open_item(meeting, cycle.reference)
    expect(chair.main()).to_contain_text(f"Entered by {police.staff.name}")
    expect(chair.main()).to_contain_text(f"Entered for them by {chair.staff.name}")
    chair.look()
    keep_picture(chair.page, "panel-item")
    chair.record_decision({"reason": "He needs somebody beside him, and more than one agency."})
    expect(chair.main()).to_contain_text("Decided: Adopt the case")
    expect(chair.main()).to_contain_text(DISSENT)
    cycle.school.open_item(meeting, cycle.reference)
    expect(cycle.school.main()).to_contain_text(DISSENT)
    nothing_is_known(cycle, teacher, cycle.health)


def minutes_are_kept(cycle: Cycle) -> None:
    chair, meeting = cycle.chair, cycle.meetings[0]
    chair.page.goto(meeting)
    chair.follow_button("The meeting is over")
    chair.press("Record that it was held")
    chair.told("The meeting is over.")
    chair.press("Draft the minutes")
    chair.told("The minutes are drafted")
    chair.follow("Edit the summary")
    chair.send("Save", {"text": "All came on time."}, told="The summary is saved.")
    chair.follow_button("Approve the minutes")
    chair.press("Approve them")
    chair.told("The minutes are final.")
    for desk in (chair, cycle.school):
        said = minutes_saved(desk, meeting)
        entered = f"agrees (entered by {cycle.police.staff.name})"
        assert [word for word in (cycle.reference, DISSENT, entered, "All came on time.") if word not in said] == []
        assert (cycle.other.reference in said) == (desk is chair)
    for desk in (cycle.teacher, cycle.health):
        said = minutes_saved(desk, meeting)
        assert "All came on time." in said
        assert [word for word in (cycle.reference, DISSENT, *TRACES) if word in said] == []
    nothing_is_known(cycle, cycle.teacher, cycle.health)


def minutes_saved(desk: PanelDesk, meeting: str) -> str:
    """The words of the Word file, as this person saves it; its name gives nobody away."""
    desk.page.goto(meeting)
    desk.follow("Minutes, version 1")
    desk.look()
    desk.follow_button("Save as a Word file")
    desk.fill_in({"purpose": "For the files of the agency"})
    with desk.page.expect_download() as saving:
        desk.page.get_by_role("button", name="Save", exact=True).click()
    assert saving.value.suggested_filename == "panel-minutes-2026-05-19-1.docx"
    document = Document(saving.value.path())
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def consent_plan_and_support(cycle: Cycle) -> None:
    officer, provider = cycle.officer, cycle.provider
    today = cycle.clock.get().date()
    officer.open_task("Seek consent to support", cycle.reference)
    go_by(officer.page.get_by_role("button", name="Record: Support under section 36"))
    values = {
        "result": "given",
        "asked_on": today,
        "giver": "self",
        "age_band": "adult",
        "capacity": "yes",
        "how": "Asked at home, by the officer whom the panel named.",
    }
    officer.look()
    officer.send("Record", values, told="“Seek consent to support” is finished.")
    officer.look()

    officer.open_case(cycle.reference)
    officer.share(cycle.youth, (Section.ACTIONS,), purpose="To do its part of the plan")
    officer.open_task("Agree the support plan", cycle.reference)
    values = {"support": "A mentor each week.", "providers": "Northmoor Youth Service", "consent_reference": "19 May"}
    officer.send("Record the plan", values, told="The plan is recorded.")
    officer.follow_button("Plan support")
    values = {
        "kind": "Mentoring",
        "title": "A mentor each week",
        "goals": "Somebody to talk to, and a place to go.",
        "provider": "Northmoor Youth Service",
        "from_on": today,
    }
    officer.send("Add it", values, told="The support is planned.")

    for answer, told in (("It was accepted", "accepted"), ("It has begun", "running")):
        officer.open_case(cycle.reference)
        officer.part("Support")
        officer.follow("A mentor each week")
        officer.follow_button(answer)
        officer.press(answer)
        officer.told(f"Recorded: {told}.")

    provider.page.goto("/desk/interventions/")
    provider.look()
    go_by(provider.page.get_by_role("link", name=cycle.reference))
    assert [word for word in TRACES if word in provider.page.content()] == []
    provider.follow_button("Log a session")
    provider.send("Log it", {"attendance": "attended", "note": SESSION}, told="The session is logged.")
    provider.look()
    officer.page.reload()
    expect(officer.main()).to_contain_text(SESSION)
    nothing_is_known(cycle, cycle.teacher, cycle.health)


def panel_reviews(cycle: Cycle) -> None:
    officer, chair = cycle.officer, cycle.chair
    cycle.go_on_to(datetime(2026, 7, 28, 9, tzinfo=UTC))
    officer.do_task("Carry out the plan", cycle.reference, {"done": "Nine meetings.", "changed": "He laughs again."})
    meeting = chair.plan_meeting(PANEL, date(2026, 8, 11), chair=chair.staff.name)
    cycle.meetings.append(meeting)
    officer.put_on_agenda(meeting, cycle.reference)
    write_paper(chair, meeting, cycle.reference, text="Is it time to end the support?")
    chair.send_papers(meeting)
    nothing_is_known(cycle, cycle.teacher, cycle.health)

    cycle.go_on_to(datetime(2026, 8, 11, 13, 5, tzinfo=UTC))
    chair.record_attendance(meeting, dict.fromkeys(at_the_table(cycle), "Present"))
    chair.open_item(meeting, cycle.reference)
    positions = {f"Northmoor {name}": ("Agrees", "") for name in ("Council", "Police", "Schools")}
    chair.record_positions("The support can end", positions, own_view="For it")
    chair.follow_button("Record the decision")
    chair.choose_by_label("A mentor each week, Northmoor Youth Service: what came of it?", "Worked")
    found = {"impact": "better", "worked": "He has a friend now.", "reason": "Things are better."}
    chair.send("Confirm the decision", found, told="The decision is recorded, and the case goes on.")
    expect(chair.main()).to_contain_text("Decided: The support can end")
    officer.open_case(cycle.reference)
    officer.part("Support")
    expect(officer.main()).to_contain_text("He has a friend now.")
    officer.look()


def closure(cycle: Cycle) -> None:
    officer, chair = cycle.officer, cycle.chair
    chair.take_task("Ask every member", cycle.reference)
    chair.do_task("Ask every member", cycle.reference, {"views": "All agree.", "repeats": "no"})
    chair.take_task("Agree to close", cycle.reference)
    chair.do_task("Agree to close", cycle.reference, {"decision": "agreed", "reason": "Every member agrees."})
    officer.open_case(cycle.reference)
    officer.record_outcome(text="He is not alone any more.", impact="better", reason="concerns_reduced", needs={})
    officer.part("Outcome and closing")
    officer.follow_button("Tell the reporter")
    officer.choose("telling", "tell")
    officer.press("Record")
    officer.told("told")
    officer.close_case("concerns_reduced")
    expect(officer.heading()).to_contain_text("Closed")
    officer.part("Overview")
    expect(officer.main()).to_contain_text("A review, when its date comes: the case is closed.")
    officer.look()


def reporter_reads_it(cycle: Cycle) -> None:
    reporter = cycle.reporter
    reporter.come_back(cycle.receipt)
    expect(reporter.status()).to_contain_text(reporter.text("mailbox.status.closed"))
    (reason,) = (
        each
        for each in pack_in_force().closure_reasons_on(date(2026, 8, 11), ClosureLevel.CASE, "en")
        if each.id == "concerns_reduced"
    )
    told = reporter.told_by_the_team()
    assert reason.tell_reporter in told
    assert [word for word in (*TRACES, "mentor", "panel", "police") if word in told] == []
    reporter.close_mailbox()


def review_after_six_months(cycle: Cycle) -> None:
    officer = cycle.officer
    cycle.go_on_to(datetime(2027, 2, 10, 9, tzinfo=UTC))
    cases.look_at_clocks()
    assert officer.own_tasks() == [], "six months are not over"
    cycle.go_on_to(datetime(2027, 2, 12, 9, tzinfo=UTC))
    cases.look_at_clocks()
    assert officer.own_tasks() == ["Review at 6 months"]
    values = {"decision": "nothing_new", "reason": "His sister says that he is well."}
    officer.do_task("Review at 6 months", cycle.reference, values)
    assert officer.own_tasks() == []
    officer.page.goto(cycle.address)
    expect(officer.heading()).to_contain_text("Closed")
    expect(officer.main()).to_contain_text("12 months after closure")
    officer.look()
    keep_picture(officer.page, "case-on-the-path")
    for desk in (cycle.police, cycle.school, cycle.provider):
        desk.page.goto(cycle.address)  # what was shared has ended
        expect(desk.heading()).to_have_text("There is no such record, or it is not yours to see")
    nothing_is_known(cycle, cycle.teacher, cycle.health)
