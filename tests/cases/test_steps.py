"""A step is finished by who may, with all that its form asks; the process moves on; two at once learn of each other."""

import pytest
from tests.cases.making import PACK, a_case, put_pack_in_force, walk_to

from counterpoint.audit.models import AuditEntry
from counterpoint.base.errors import Conflict, Fault, NotAllowed, NotFound, NotPossible
from counterpoint.cases import envelope, process, services, steps
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import CaseEvent, StepRecord
from counterpoint.kernel.packs import StepWork
from counterpoint.kernel.processes import read_process

pytestmark = pytest.mark.django_db


def finish(case, values, *, by, step=None, version=None):
    return services.complete_step(case, step or case.next_step, values, by=by, expected_version=version or case.version)


def test_a_step_is_kept_sealed_and_the_process_moves_on(world):
    case = a_case(world)
    after = finish(case, {"contact": "reached", "note": "Rang at noon: Mira is well."}, by=world.officer)
    assert (after.next_step, after.version) == ("gather_information", case.version + 1)
    row = StepRecord.objects.get()
    assert row.choices == {}  # the process looks at none of it
    assert envelope.unseal(row, "sealed_values", key_id=case.key_id) == {
        "contact": "reached",
        "note": "Rang at noon: Mira is well.",
    }
    run = case.runs.get()
    assert b"Mira" not in bytes(row.sealed_values) + bytes(run.state)
    assert "Mira" not in process.load(run).state.to_json()
    assert CaseEvent.objects.filter(kind="step_done").count() == 1
    assert AuditEntry.objects.filter(action="case.step_done", subject_id=case.pk).count() == 1


WAYS = [
    ("support", "plan_support"),
    ("signpost", "record_outcome"),
    ("no_further_action", "record_outcome"),
    ("police_led", "record_outcome"),
    ("more_information", "gather_information"),
]


@pytest.mark.parametrize(("decision", "leads_to"), WAYS)
def test_where_the_assessment_leads(world, decision, leads_to):
    case = walk_to(a_case(world), "assess", world)
    after = finish(case, {"decision": decision, "reason": "Judged."}, by=world.officer)
    assert after.next_step == leads_to


REFUSED_VALUES = [
    ({}, ["Fill in “What should happen?”.", "Fill in “The reasons”."]),
    ({"decision": "  ", "reason": "x"}, ["Fill in “What should happen?”."]),
    ({"decision": "arrest", "reason": "x"}, ["Choose one of the answers of “What should happen?”."]),
    ({"decision": "support", "reason": "x" * 20_001}, ["“The reasons” is longer than 20,000 characters. Shorten it."]),
]


@pytest.mark.parametrize(("values", "problems"), REFUSED_VALUES, ids=range(len(REFUSED_VALUES)))
def test_every_problem_of_the_values_is_told_at_once(world, values, problems):
    case = walk_to(a_case(world), "assess", world)
    with pytest.raises(Missing) as refused:
        finish(case, values, by=world.officer)
    assert list(refused.value.problems) == problems
    case.refresh_from_db()
    assert case.next_step == "assess"


def test_a_field_that_no_form_has_is_a_fault(world):
    case = a_case(world)
    with pytest.raises(Fault):
        finish(case, {"contact": "reached", "secret": "x"}, by=world.officer)


WHO = [
    ("contact_reporter", "officer", None),
    ("contact_reporter", "supervisor", None),
    ("contact_reporter", "colleague", NotFound),  # not a member
    ("contact_reporter", "triage", NotFound),
    ("contact_reporter", "partner", NotFound),
    ("agree_closure", "officer", NotAllowed),  # another lane
    ("agree_closure", "supervisor", None),
]


@pytest.mark.parametrize(("step", "who", "refusal"), WHO)
def test_who_may_finish_which_step(world, step, who, refusal):
    case = walk_to(a_case(world), step, world)
    values = {"contact": "no_way"} if step == "contact_reporter" else {"decision": "agreed", "reason": "Read it all."}
    if refusal is None:
        finish(case, values, by=getattr(world, who))
        return
    with pytest.raises(refusal):
        finish(case, values, by=getattr(world, who))


def test_who_leads_or_wrote_the_outcome_does_not_agree_to_close(world):
    case = walk_to(a_case(world), "agree_closure", world)
    services.hand_over(case, lead_officer=world.supervisor, by=world.supervisor, expected_version=case.version)
    case.refresh_from_db()
    with pytest.raises(NotPossible, match="Somebody else must agree"):
        finish(case, {"decision": "agreed", "reason": "Fine."}, by=world.supervisor)
    finish(case, {"decision": "agreed", "reason": "Fine."}, by=world.second_supervisor)


@pytest.mark.parametrize(
    ("step", "with_what"), [("record_outcome", "recording the outcome"), ("tell_reporter", "telling the reporter")]
)
def test_outcome_and_feedback_are_not_ticked_off(world, step, with_what):
    case = walk_to(a_case(world), step, world)
    with pytest.raises(NotPossible, match=f"finished by {with_what}"):
        finish(case, {}, by=world.officer)


def test_a_step_that_does_not_wait_is_refused(world):
    case = a_case(world)
    for step in ("assess", "no_such_step", "start"):
        with pytest.raises(NotPossible, match="does not wait"):
            finish(case, {}, by=world.officer, step=step)


def test_the_second_of_two_sees_what_the_first_wrote(world):
    case = walk_to(a_case(world), "assess", world)
    services.add_member(case, staff=world.colleague, by=world.officer)
    seen = case.version
    finish(case, {"decision": "more_information", "reason": "Ask the school first."}, by=world.officer)
    with pytest.raises(Conflict) as refused:
        finish(case, {"decision": "support", "reason": "Clear."}, by=world.colleague, step="assess", version=seen)
    theirs = refused.value.theirs
    assert theirs["decision"] == "more_information"
    assert theirs["reason"] == "Ask the school first."
    assert (theirs["by"], theirs["version"]) == ("Omar Lead", seen + 1)
    assert StepRecord.objects.filter(step="assess").count() == 1


def test_the_pack_says_how_each_step_of_the_short_process_is_done():
    pack = put_pack_in_force()
    found = {step.id for step in read_process(pack.processes["case"]).steps}
    plan = pack.plans["case"]
    assert set(plan.steps) == found
    assert all(step.clock for step in plan.steps.values())
    assert {step: form.work for step, form in steps.STEP_FORMS.items()} == {
        step: row.work for step, row in plan.steps.items() if row.work is not StepWork.PLAIN
    }


def test_an_unknown_step_is_asked_for_a_note_and_for_what_the_process_compares():
    xml = (PACK / "processes" / "case.bpmn").read_bytes()
    unknown = read_process(xml.replace(b"assess", b"weigh_up"))
    form = steps.form_of(unknown, "weigh_up")
    assert [field.id for field in form.fields] == ["decision", "note"]
    assert [choice for choice, _ in form.fields[0].choices] == [
        "support",
        "signpost",
        "no_further_action",
        "police_led",
        "other",
    ]
    assert [field.id for field in steps.form_of(unknown, "gather_more").fields] == ["note"]
