"""Consents: recorded with all that the pack asks, judged by its table, superseded and never edited, withdrawn by
anybody who works on the case; and the process is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.cases.making import share
from tests.support.making import (
    ADULT,
    SECRET,
    TODAY,
    WITHDRAWN,
    a_path_case,
    a_provider,
    an_intervention,
    consent,
    fresh,
    running,
    step_of,
    take,
    waits_for,
    walk_path,
    withdraw,
)

from counterpoint.access.models import Notice
from counterpoint.access.types import Section
from counterpoint.audit.models import AuditEntry
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.base.keyring import destroy_record_key
from counterpoint.cases import services as cases
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, CaseEvent, CaseMember, StepRecord
from counterpoint.support import consenting, services
from counterpoint.support.models import Consent
from counterpoint.support.selectors import consents_for
from counterpoint.support.types import ConsentResult

pytestmark = pytest.mark.django_db


def test_all_that_was_said_is_sealed_and_nothing_is_edited(world):
    case = a_path_case(world)
    first = consent(case, world, replace(ADULT, result=ConsentResult.ASKED))
    second = consent(case, world)
    assert (first.number, second.number) == (1, 2)
    for row in Consent.objects.all():
        assert SECRET.encode() not in bytes(row.sealed_words)
        assert b"adult" not in bytes(row.sealed_words)
    view = consents_for(world.officer, case.pk, purpose="casework").consents[2]
    assert [each.result for each in view.history] == ["given", "asked"]
    assert ("How they were asked", SECRET) in view.latest.words
    assert ("Who asked?", "The lead officer") in view.latest.words
    assert ("Age of the person", "18 or over") in view.latest.words
    assert any(label == "What the rules advise" for label, _ in view.latest.words)
    assert view.is_given
    assert AuditEntry.objects.filter(action="case.consent_recorded", subject_id=case.pk).count() == 2
    assert CaseEvent.objects.filter(kind="consent_recorded").count() == 2


ADVISED = [  # age, capacity, whom the table names, who gave it, whether a reason is asked for
    ("adult", "yes", "self", "self", False),
    ("adult", "yes", "self", "parent_guardian", True),
    ("adult", "no", "nobody", "self", True),
    ("under_16", "yes", "parent_guardian", "self", True),
    ("under_16", "no", "parent_guardian", "parent_guardian", False),
    ("sixteen_seventeen", "yes", "both", "self", False),
    ("sixteen_seventeen", "yes", "both", "parent_guardian", False),
    ("sixteen_seventeen", "not_assessed", "parent_guardian", "self", True),
    ("unknown_age", "yes", "nobody", "self", True),
]


@pytest.mark.parametrize("row", ADVISED, ids=lambda row: "-".join(map(str, row)))
def test_the_table_advises_and_a_person_decides(world, row):
    age, capacity, advised, giver, asks = row
    case, kind = a_path_case(world), consenting.kind_of("support")
    assert consenting.advice_on(kind, age_band=age, capacity=capacity).giver == advised
    given = replace(ADULT, age_band=age, capacity=capacity, giver=giver)
    if asks:
        with pytest.raises(Missing, match="The rules advise"):
            consent(case, world, given)
        given = replace(given, deviation="A court has said so")
    row = consent(case, world, given)
    assert row.table_hash
    words = dict(consents_for(world.officer, case.pk, purpose="casework").consents[2].latest.words)
    assert ("Why it stands otherwise" in words) is asks


LACKING = [
    ({"asked_on": None}, "Give the day."),
    ({"asked_on": TODAY + timedelta(days=1)}, "The day lies ahead. Give the day on which they were asked."),
    ({"giver": "uncle"}, "Choose who was asked."),
    ({"giver": "nobody"}, "Choose who was asked: somebody was, as you say."),
    ({"age_band": ""}, "Choose how old the person is."),
    ({"capacity": "perhaps"}, "Choose whether they could decide for themselves."),
    ({"records": {"told_how": "At home"}}, "Fill in “Who asked?”."),
    ({"result": ConsentResult.NOT_ASKED, "giver": "nobody", "how": ""}, "Say why it was not asked."),
    ({"result": ConsentResult.WITHDRAWN}, "Choose what was answered."),
    ({"how": "x" * 20_001}, "Shorten what is too long: each text may have 20,000 characters."),
]


@pytest.mark.parametrize(("changes", "problem"), LACKING, ids=range(len(LACKING)))
def test_what_lacks_is_told(world, changes, problem):
    case = a_path_case(world)
    with pytest.raises(Missing) as refused:
        consent(case, world, replace(ADULT, **changes))
    assert problem in refused.value.problems
    assert not Consent.objects.exists()


def test_not_asked_needs_a_reason_and_no_age(world):
    case = a_path_case(world)
    consent(case, world, replace(ADULT, result="not_asked", giver="nobody", age_band="", records={}, reason="Abroad"))
    assert Consent.objects.get().result == ConsentResult.NOT_ASKED


def test_a_kind_that_the_table_does_not_tell_apart_has_one_line(world):
    assert len(consenting.advice_lines(consenting.kind_of("contact"))) == 1
    assert len(consenting.advice_lines(consenting.kind_of("support"))) == 12


def test_two_people_at_once(world):
    case = a_path_case(world)
    consent(case, world)
    with pytest.raises(Conflict):
        services.record_consent(case, "support", ADULT, by=world.officer, expected_number=0)
    assert Consent.objects.count() == 1


WHO = [("officer", None), ("supervisor", None), ("colleague", NotFound), ("triage", NotFound), ("partner", NotAllowed)]


@pytest.mark.parametrize(("who", "refused"), WHO)
def test_who_records(world, who, refused):
    case = a_path_case(world)
    share(case, world, Section.ACTIONS)
    by = getattr(world, who)
    if refused is None:
        consent(case, world, by=by)
    else:
        with pytest.raises(refused):
            consent(case, world, by=by)
        with pytest.raises(refused):
            consents_for(by, case.pk, purpose="casework")


def test_the_step_is_finished_in_the_same_breath(world):
    case = walk_path(a_path_case(world), "seek_consent", world)
    step = step_of(case, "seek_consent", result="given", giver="self", age_band="adult", capacity="yes", how=SECRET)
    services.record_consent(case, "support", ADULT, by=world.officer, expected_number=0, step=step)
    assert waits_for(case) == {"make_plan"}
    assert StepRecord.objects.filter(step="seek_consent").count() == 1


def test_where_the_step_is_refused_nothing_is_recorded(world):
    case = walk_path(a_path_case(world), "seek_consent", world)
    step = step_of(case, "seek_consent", result="given")
    step.values.pop("how")
    with pytest.raises(Missing):
        services.record_consent(case, "support", ADULT, by=world.officer, expected_number=0, step=step)
    assert not Consent.objects.exists()
    assert waits_for(case) == {"seek_consent"}


def test_a_step_of_another_kind_is_not_finished_from_here(world):
    case = a_path_case(world)
    step = step_of(case, min(waits_for(case)))
    with pytest.raises(NotPossible, match="not finished from this page"):
        services.record_consent(case, "support", ADULT, by=world.officer, expected_number=0, step=step)


def test_withdrawn_while_support_runs(world):
    case = walk_path(a_path_case(world), "seek_consent", world)
    step = step_of(case, "seek_consent", result="given", giver="self")
    services.record_consent(case, "support", ADULT, by=world.officer, expected_number=0, step=step)
    take(case, "make_plan", world)
    cases.add_member(fresh(case), staff=world.colleague, by=world.officer)
    share(fresh(case), world, Section.ACTIONS)
    provider = a_provider(world)
    running(fresh(case), world, agency_id=world.school.pk, service="")
    assert waits_for(case) == {"deliver_support"}
    row = withdraw(case, world, by=world.colleague)
    assert row.result == ConsentResult.WITHDRAWN
    assert waits_for(case) == {"consider_alternatives"}
    assert consenting.lacking_for_support(case)
    told = {notice.staff_id for notice in Notice.objects.filter(text__startswith="Consent to support was withdrawn")}
    assert told == {provider.pk, world.officer.pk}


def test_somebody_who_came_by_a_task_withdraws_and_the_lead_officer_tells_the_process(world):
    case = walk_path(a_path_case(world), "deliver_support", world)
    consent(case, world)
    CaseMember.objects.get_or_create(
        case=case, staff=world.triage, to_at=None, defaults={"from_at": case.opened_at, "added_by": world.officer}
    )
    withdraw(case, world, by=world.triage)
    assert consenting.lacking_for_support(case)
    assert waits_for(case) == {"deliver_support"}
    assert Notice.objects.filter(staff=world.officer, text__startswith="Consent to support was withdrawn").exists()
    assert not consenting.withdraws_what_is_given(case.pk, "consent_withdrawn")  # so the page of news takes it


def test_an_agency_whose_sharing_ended_is_not_told(world):
    case = a_path_case(world)
    grant = share(case, world, Section.ACTIONS)
    provider = a_provider(world)
    running(case, world, agency_id=world.school.pk, service="")
    cases.end_sharing(fresh(case), grant_id=grant.pk, because="Over", by=world.officer)
    withdraw(case, world, by=world.supervisor)
    told = Notice.objects.filter(text__startswith="Consent to support was withdrawn")
    assert provider.pk not in {notice.staff_id for notice in told}
    assert told.count() == 1


def test_twice_withdrawn_is_once(world):
    case = a_path_case(world)
    consent(case, world)
    assert withdraw(case, world) == withdraw(case, world)
    assert Consent.objects.filter(result="withdrawn").count() == 1


def test_what_nobody_gave_cannot_be_withdrawn(world):
    case = a_path_case(world)
    with pytest.raises(NotPossible):
        withdraw(case, world)
    consent(case, world, replace(ADULT, result="refused"))
    with pytest.raises(NotPossible):
        withdraw(case, world)


def test_a_withdrawal_is_never_kept_waiting(world):
    """Neither by what others saved meanwhile nor because the case is closed."""
    case = a_path_case(world)
    consent(case, world)
    stale = Case.objects.get(pk=case.pk)
    take(case, min(waits_for(case)), world)
    withdraw(stale, world)
    consent(fresh(case), world)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=case.opened_at, closure_reason="x")
    with pytest.raises(NotPossible):
        consent(fresh(case), world)
    assert withdraw(fresh(case), world).number == 4


def test_a_withdrawal_lies_not_ahead_and_names_who(world):
    case = a_path_case(world)
    consent(case, world)
    with pytest.raises(Missing) as refused:
        withdraw(case, world, replace(WITHDRAWN, giver="uncle", withdrawn_on=TODAY + timedelta(days=1)))
    assert len(refused.value.problems) == 2


def test_erased_words_are_gone_and_the_fact_stays(world):
    case = a_path_case(world)
    consent(case, world)
    an_intervention(case, world)
    destroy_record_key(case.key_id)
    latest = consents_for(world.officer, case.pk, purpose="casework").consents[2].latest
    assert (latest.result, latest.words, latest.is_erased) == ("given", (), True)
