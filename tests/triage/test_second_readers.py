"""When another person must agree: the law of the house, and what the pack's table asks for beyond it."""

import pytest
from tests.cast import Cast, a_person
from tests.intake.telling import CONCERN, a_referral, someone
from tests.kernel.decisions.drawing import drawn
from tests.rules.making import SECOND_READER, england, england_in_force_with

from counterpoint import journey
from counterpoint.access.models import Staff
from counterpoint.access.types import Role
from counterpoint.base import keyring
from counterpoint.base.errors import NotFound
from counterpoint.intake.models import Referral
from counterpoint.intake.types import ReferralState, Urgency
from counterpoint.kernel.packs import PackProblems
from counterpoint.kernel.packs.tables import CLOSING_ROUTES, KNOWN, ROUTES, URGENCIES
from counterpoint.rules.selectors import checked_pack, table_in_force
from counterpoint.triage.models import Decision, SecondReaderVerdict
from counterpoint.triage.policies import needs_second_reader
from counterpoint.triage.second_readers import what_it_says
from counterpoint.triage.selectors import referral_for
from counterpoint.triage.types import CLOSING, Route

pytestmark = pytest.mark.django_db
SAM = someone("Samir", "Okonjo", age=15, postcode="NM1 2AB")
CLOSE = {
    "route": Route.CLOSE,
    "urgency": Urgency.ROUTINE,
    "reason": "Nothing worrying in it.",
    "closure_reason": "no_further_action",
}
CLOSES = '"advice","signpost","close"'
CHILDREN = [CLOSES, "-", "-", '"yes"', "true", "true", '"Nobody closes alone about a child against the table."']
LAW = [
    [CLOSES, "true", "-", "-", "-", "true", '"May be a repeat."'],
    [CLOSES, "-", "true", "-", "-", "true", '"Was an emergency."'],
]
REST = ["-", "-", "-", "-", "-", "false", '"One is enough."']
COLUMNS = [
    ("route_decided", "string"),
    ("possible_repeat", "boolean"),
    ("is_emergency", "boolean"),
    ("under_18", "string"),
    ("overridden", "boolean"),
]
OUTPUTS = [("second_reader", "boolean"), ("reason", "string")]


def in_force(*rows: list[str]) -> None:
    """The England pack with a second-reader table of these rows; without rows: with no such table."""
    england_in_force_with(SECOND_READER, drawn(COLUMNS, OUTPUTS, rows) if rows else None)


def decide(referral: Referral, by: Staff, **what) -> Decision:
    referral.refresh_from_db()
    usual = {"route": Route.CASE, "urgency": Urgency.FIVE_DAYS, "reason": "As I see it."}
    return journey.decide(referral.pk, by=by, expected_version=referral.version, **{**usual, **what})


def state_of(referral: Referral) -> ReferralState:
    return ReferralState(Referral.objects.get(pk=referral.pk).state)


def facts_of(verdict: SecondReaderVerdict) -> dict[str, object]:
    place = f"secondreaderverdict.sealed_facts:{verdict.pk}"
    key_id = verdict.decision.referral.key_id
    return keyring.unseal_json(bytes(verdict.sealed_facts), key_id=key_id, place=place)


def test_the_pack_and_the_code_speak_of_the_same_routes():
    assert set(ROUTES) == {route.value for route in Route}
    assert set(CLOSING_ROUTES) == {route.value for route in CLOSING}
    assert set(URGENCIES) == {urgency.value for urgency in Urgency}


@pytest.mark.parametrize("decided", Route)
@pytest.mark.parametrize("repeat", [True, False])
@pytest.mark.parametrize("emergency", [True, False])
def test_the_england_table_asks_where_the_law_does(cast, decided, repeat, emergency):
    """As the pack is delivered it asks neither for more nor for fewer than the law of the house."""
    facts = {"route_decided": decided.value, "possible_repeat": repeat, "is_emergency": emergency}
    said = what_it_says(table_in_force("second_reader"), facts)
    assert said.needed == needs_second_reader(decided, may_not_close_alone=repeat or emergency)
    assert said.fired[0]["reason"]


def test_each_decision_keeps_which_rule_fired_and_on_what(cast: Cast):
    referral = a_referral(CONCERN | SAM)
    decision = decide(referral, cast[Role.TRIAGE_OFFICER], **CLOSE)
    verdict = decision.reader_verdict
    assert (verdict.needed, verdict.by_law) == (False, False)
    assert [rule["rule_id"] for rule in verdict.fired] == ["one_reader"]
    assert verdict.table_hash == table_in_force("second_reader").table_hash
    assert facts_of(verdict) == {
        "kind": "concern",
        "route_proposed": "case",
        "route_decided": "close",
        "possible_repeat": False,
        "is_emergency": False,
        "overridden": True,
        "under_18": "yes",
    }
    assert b"under_18" not in bytes(verdict.sealed_facts)


def test_a_possible_repeat_still_waits_and_every_reason_is_told(cast: Cast):
    a_referral(CONCERN | SAM)
    repeat = a_referral(CONCERN | SAM)
    decide(repeat, cast[Role.TRIAGE_OFFICER], **CLOSE)
    assert state_of(repeat) is ReferralState.AWAITING_SECOND_READER
    view = referral_for(cast[Role.SUPERVISOR], repeat.pk, purpose="test")
    told = view.decisions[0].reader_verdict
    assert [rule.rule_id for rule in told.fired] == ["closing_a_repeat", "one_reader"]
    assert (told.needed, told.by_law) == (True, True)


def test_the_table_may_ask_for_more(cast: Cast):
    in_force(*LAW, CHILDREN, REST)
    child, adult = a_referral(CONCERN | SAM), a_referral(CONCERN | someone("Ada", "Novak", age=44))
    view = referral_for(cast[Role.TRIAGE_OFFICER], child.pk, purpose="test")
    assert set(view.second_readers) == CLOSING
    assert view.second_readers[Route.CLOSE] == "Nobody closes alone about a child against the table."
    assert referral_for(cast[Role.TRIAGE_OFFICER], adult.pk, purpose="test").second_readers == {}
    for referral in (child, adult):
        decide(referral, cast[Role.TRIAGE_OFFICER], **CLOSE)
    assert state_of(child) is ReferralState.AWAITING_SECOND_READER
    assert state_of(adult) is ReferralState.CLOSED
    reader = a_person("Tess Reader", cast.council, [Role.TRIAGE_OFFICER])
    child.refresh_from_db()
    journey.read_second(child.pk, agrees=True, by=reader, expected_version=child.version)
    assert state_of(child) is ReferralState.CLOSED


def test_a_route_that_carries_on_may_be_held_too(cast: Cast):
    in_force(*LAW, ['"case"', "-", "-", '"yes"', "-", "true", '"Two agree to open a case about a child."'], REST)
    referral = a_referral(CONCERN | SAM)
    decide(referral, cast[Role.TRIAGE_OFFICER])
    assert state_of(referral) is ReferralState.AWAITING_SECOND_READER


def test_without_a_table_the_law_stands(cast: Cast):
    in_force()
    first, repeat = a_referral(CONCERN | SAM), a_referral(CONCERN | SAM)
    with pytest.raises(Exception, match="second_reader"):
        table_in_force("second_reader")
    assert set(referral_for(cast[Role.SUPERVISOR], repeat.pk, purpose="test").second_readers) == CLOSING
    decide(repeat, cast[Role.TRIAGE_OFFICER], **CLOSE)
    assert state_of(repeat) is ReferralState.AWAITING_SECOND_READER
    assert referral_for(cast[Role.SUPERVISOR], repeat.pk, purpose="test").decisions[0].reader_verdict is None
    assert not SecondReaderVerdict.objects.exists()
    assert first.pk != repeat.pk


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([REST], "lets one person close what may be about somebody reported before"),
        ([LAW[0], REST], "lets one person close what was flagged as an emergency"),
        ([*LAW, ["-", "-", "-", "-", "-", "true", '"Always."']], "lets an emergency wait"),
        (
            [['"close"', "-", "-", '"no"', "-", "false", '"Grown up."'], *LAW, REST],
            "Rule 1 lets one person close what may be about somebody reported before: when route_decided is close",
        ),
    ],
)
def test_a_table_that_weakens_the_law_is_refused(rows, told):
    files = england() | {SECOND_READER: drawn(COLUMNS, OUTPUTS, rows)}
    with pytest.raises(PackProblems) as found:
        checked_pack(files)
    assert any(told in problem.what for problem in found.value.problems), found.value.problems


def test_the_code_keeps_the_law_even_from_a_table_that_was_never_checked(cast: Cast, monkeypatch):
    from counterpoint.kernel.decisions import read_table
    from counterpoint.triage import second_readers

    weak = read_table(drawn(COLUMNS, OUTPUTS, [['"emergency"', "-", "-", "-", "-", "true", '"Wait."'], REST]))
    a_referral(CONCERN | SAM)
    repeat, danger = a_referral(CONCERN | SAM), a_referral(CONCERN)
    monkeypatch.setattr(second_readers.rules, "archived_table", lambda _sha256: weak)
    decision = decide(repeat, cast[Role.TRIAGE_OFFICER], **CLOSE)
    assert state_of(repeat) is ReferralState.AWAITING_SECOND_READER
    assert (decision.reader_verdict.needed, decision.reader_verdict.by_law) == (False, True)
    journey.hand_over(danger.pk, handed_to="police", by=cast[Role.TRIAGE_OFFICER])
    assert state_of(danger) is not ReferralState.AWAITING_SECOND_READER


def test_facts_that_do_not_fit_ask_for_a_second_reader():
    from counterpoint.kernel.decisions import read_table

    narrow = read_table(drawn([("kind", "string", '"concern"')], OUTPUTS, [["-", "false", '"One."']]))
    said = what_it_says(narrow, {"kind": "online_material"})
    assert (said.needed, said.fired) == (True, [])


def test_who_may_not_see_the_referral_learns_nothing(cast: Cast):
    referral = a_referral(CONCERN | SAM)
    with pytest.raises(NotFound):
        referral_for(cast[Role.PARTNER], referral.pk, purpose="test")


def test_every_known_table_has_a_reason():
    assert all("reason" in known.outputs for known in KNOWN.values())
