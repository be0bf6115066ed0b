"""An action has one owner and a date, and ends in an outcome with the reason, or is dropped with one."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests.cases.making import START, a_case, an_action, share, walk_to

from counterpoint.audit.models import AuditEntry
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import envelope, services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Action
from counterpoint.cases.types import ActionKind, ActionOutcome, ActionState

pytestmark = pytest.mark.django_db


def test_an_action_is_sealed_told_and_audited(world):
    case = a_case(world)
    row = services.add_action(case, an_action(world, title="Visit Mira at home"), by=world.officer)
    assert envelope.unseal(row, "sealed_title", key_id=case.key_id) == "Visit Mira at home"
    assert b"Mira" not in bytes(row.sealed_title)
    event = case.events.get(kind="action_added")
    assert "Mira" not in str(event.facts)
    entry = AuditEntry.objects.get(action="case.action_added")
    assert "Mira" not in str(entry.detail)


REFUSED = [
    ("no title", {"title": "  "}, "Write what is to be done"),
    ("long title", {"title": "x" * 301}, "Shorten what is to be done"),
    ("long detail", {"detail": "x" * 20_001}, "Shorten the details"),
    ("no owner", {"owner_id": None}, "either one person or one agency"),
    ("two owners", {"owner_agency_id": "lead"}, "either one person or one agency"),
    ("owner of an agency that does not know", {"owner_id": "partner"}, "Share it with them first"),
    ("agency that does not know", {"owner_id": None, "owner_agency_id": "school"}, "Share it with them first"),
    ("owner who left", {"owner_id": "gone"}, "does not work here any more"),
]


@pytest.mark.parametrize(("what", "change", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(world, what, change, words):
    case = a_case(world)
    type(world.colleague).objects.filter(pk=world.colleague.pk).update(is_active=False)
    people = {"partner": world.partner.pk, "school": world.school.pk, "lead": world.lead.pk, "gone": world.colleague.pk}
    action = replace(an_action(world), **{name: people.get(value, value) for name, value in change.items()})
    with pytest.raises(Missing, match=words):
        services.add_action(case, action, by=world.officer)
    assert Action.objects.count() == 0


def test_an_agency_that_knows_of_the_case_may_own_an_action_until_its_grant_ends(world):
    case = a_case(world)
    grant = share(case, world)
    owned = replace(an_action(world), owner_id=None, owner_agency_id=world.school.pk)
    first = services.add_action(case, owned, by=world.officer)
    services.end_sharing(case, grant_id=grant.pk, because="No longer needed.", by=world.officer)
    with pytest.raises(Missing, match="Share it with them first"):
        services.add_action(case, owned, by=world.officer)
    with pytest.raises(NotFound):
        services.finish_action(
            first, outcome=ActionOutcome.WORKED, why="Done.", by=world.partner, expected_version=first.version
        )


def test_changing_keeps_that_it_was_changed(world):
    case = a_case(world)
    row = services.add_action(case, an_action(world), by=world.officer)
    later = replace(an_action(world), due_on=date(2026, 6, 1), kind=ActionKind.SUPPORT, title="Meet at school")
    changed = services.change_action(row, later, by=world.supervisor, expected_version=row.version)
    assert (changed.due_on, changed.kind) == (date(2026, 6, 1), ActionKind.SUPPORT)
    assert envelope.unseal(changed, "sealed_title", key_id=case.key_id) == "Meet at school"
    facts = case.events.get(kind="action_changed").facts
    assert (facts["was_due_on"], facts["due_on"]) == ("2026-05-20", "2026-06-01")


ENDS = [
    (ActionOutcome.WORKED, ActionState.DONE),
    (ActionOutcome.PARTLY, ActionState.DONE),
    (ActionOutcome.DID_NOT, ActionState.DONE),
    (ActionOutcome.NOT_TAKEN_UP, ActionState.DONE),
    (None, ActionState.DROPPED),
]


def end(row, outcome, *, by, why="The family came.", version=None):
    version = version or row.version
    if outcome is None:
        return services.drop_action(row, why=why, by=by, expected_version=version)
    return services.finish_action(row, outcome=outcome, why=why, by=by, expected_version=version)


@pytest.mark.parametrize(("outcome", "state"), ENDS)
def test_how_an_action_ends(world, outcome, state):
    case = a_case(world)
    row = end(services.add_action(case, an_action(world), by=world.officer), outcome, by=world.officer)
    assert (row.state, row.outcome, row.ended_by, row.ended_at) == (state, outcome or "", world.officer, START)
    assert envelope.unseal(row, "sealed_why", key_id=case.key_id) == "The family came."
    for again in (ActionOutcome.WORKED, None):
        with pytest.raises(NotPossible, match="has ended"):
            end(row, again, by=world.officer)
    with pytest.raises(NotPossible, match="has ended"):
        services.change_action(row, an_action(world), by=world.officer, expected_version=row.version)


@pytest.mark.parametrize("outcome", [ActionOutcome.WORKED, None])
def test_an_action_does_not_end_without_a_reason(world, outcome):
    row = services.add_action(a_case(world), an_action(world), by=world.officer)
    with pytest.raises(Missing, match="Write why"):
        end(row, outcome, by=world.officer, why=" ")


WHO_ENDS = [
    ("officer", "finish", None),
    ("supervisor", "finish", None),
    ("partner", "finish", None),  # it is their agency's
    ("partner", "drop", NotAllowed),
    ("stranger", "finish", NotFound),
    ("outsider", "finish", NotFound),
]


@pytest.mark.parametrize(("who", "how", "refusal"), WHO_ENDS)
def test_who_may_end_the_action_of_a_partner_agency(world, who, how, refusal):
    case = a_case(world)
    share(case, world)
    owned = replace(an_action(world), owner_id=None, owner_agency_id=world.school.pk)
    row = services.add_action(case, owned, by=world.officer)
    outcome = ActionOutcome.PARTLY if how == "finish" else None
    if refusal is None:
        assert end(row, outcome, by=getattr(world, who)).ended_by == getattr(world, who)
        return
    with pytest.raises(refusal):
        end(row, outcome, by=getattr(world, who))


def test_a_partner_does_not_end_the_action_of_somebody_else(world):
    case = a_case(world)
    share(case, world)
    row = services.add_action(case, an_action(world), by=world.officer)
    with pytest.raises(NotAllowed):
        end(row, ActionOutcome.WORKED, by=world.partner)
    with pytest.raises(NotAllowed):
        services.add_action(case, an_action(world), by=world.partner)


def test_the_second_of_two_sees_both_versions(world):
    case = a_case(world)
    row = services.add_action(case, an_action(world), by=world.officer)
    seen = row.version
    services.change_action(row, an_action(world, title="Meet on Friday"), by=world.officer, expected_version=seen)
    mine = an_action(world, title="Meet on Monday")
    with pytest.raises(Conflict) as refused:
        services.change_action(row, mine, by=world.supervisor, expected_version=seen)
    theirs = refused.value.theirs
    assert (theirs["title"], theirs["version"]) == ("Meet on Friday", seen + 1)
    assert theirs["owner"] == f"staff:{world.officer.pk}"
    end(row, ActionOutcome.DID_NOT, by=world.officer, version=seen + 1)
    with pytest.raises(Conflict) as refused:
        end(row, ActionOutcome.WORKED, by=world.supervisor, version=seen + 1)
    assert (refused.value.theirs["outcome"], refused.value.theirs["why"]) == ("did_not", "The family came.")


def test_a_closed_case_takes_no_action(world):
    case = walk_to(a_case(world), "", world)
    services.close_case(case, reason_id="concerns_reduced", by=world.officer, expected_version=case.version)
    with pytest.raises(NotPossible, match="closed"):
        services.add_action(case, an_action(world), by=world.officer)


BROKEN = [
    ("action_done_with_outcome", {"state": "done"}),
    ("action_done_with_outcome", {"outcome": "worked"}),
    ("action_done_with_outcome", {"state": "dropped"}),
    ("action_has_one_owner", {"owner": None}),
]


@pytest.mark.parametrize(("constraint", "change"), BROKEN)
def test_the_database_refuses(world, constraint, change):
    services.add_action(a_case(world), an_action(world), by=world.officer)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Action.objects.update(**change)
