"""Advice for families, in German: the second pack from the portal to the end of a case, by the same services and pages.
Whoever asks for advice is the client; nothing goes on to anybody unless they wish it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from tests.cast import a_cast, logged_in
from tests.channels.portal.reporter import Reporter
from tests.channels.portal.test_texts import asked_texts

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.audit.types import system
from counterpoint.base import clock
from counterpoint.cases import process, services
from counterpoint.cases.models import Case, Task
from counterpoint.cases.types import Impact
from counterpoint.channels.portal.wording import wording_in
from counterpoint.intake.models import Arrival, Referral
from counterpoint.intake.types import Urgency
from counterpoint.intake.work import run_queued
from counterpoint.kernel.packs import Pack
from counterpoint.rules.selectors import pack_in_force
from counterpoint.rules.services import activate_pack
from counterpoint.triage import services as triage
from counterpoint.triage.types import Route

pytestmark = pytest.mark.django_db
WORRY = "Mein Sohn zieht sich zurück."
GERMANY = Path(__file__).parents[2] / "packs" / "germany-advice"


@pytest.fixture
def pack(db) -> Pack:
    activate_pack(GERMANY, by=system("tests"))
    return pack_in_force()


def a_request(language: str = "de") -> Reporter:
    """Somebody asks for advice at the portal and wishes to be put through to a local service."""
    reporter = Reporter(Client(enforce_csrf_checks=True), language=language)
    reporter.open(f"/{language}/choose?want=concern")
    reporter.post(gefahr="nein").post(beziehung="kind").post(frage=WORRY)
    reporter.post(wunsch="ja").post(telefon="030 23125 002", wann="Abends")
    assert reporter.path.endswith("check-answers"), reporter.trail
    return reporter.post()


def a_case(referral: Referral, cast) -> Case:
    """Read, and decided as a case of the case officer, by the rules of the pack."""
    reader = cast[Role.TRIAGE_OFFICER]
    triage.take(referral.pk, by=reader, expected_version=referral.version)
    referral.refresh_from_db()
    journey.decide(
        referral.pk,
        route=Route.CASE,
        urgency=Urgency(referral.urgency),
        category="anderes",
        lead_officer=cast[Role.CASE_OFFICER],
        by=reader,
        expected_version=referral.version,
    )
    return Case.objects.get()


def work(case: Case, step: str, values, *, by) -> None:
    task = Task.objects.get(case=case, step=step, ended_at__isnull=True)
    if task.assignee_id != by.pk:
        services.take_task(task.pk, by=by)
    case.refresh_from_db()
    services.complete_step(case, step, values, by=by, expected_version=case.version)
    case.refresh_from_db()


def test_every_text_of_the_portal_is_there(pack):
    assert asked_texts() <= set(pack.texts)


@pytest.mark.parametrize(("language", "said"), [("de", "Wir beraten Sie"), ("en", "We advise you")])
def test_the_portal_offers_what_the_pack_has(pack, language, said):
    reporter = Reporter(Client(), language=language)
    start = reporter.open(f"/{language}/")
    assert said in start.text
    assert "110" in start.text
    assert start.page.fields["want"] == ["concern", "mailbox"]
    for page in ("privacy", "accessibility", "cookies", "mailbox"):
        assert reporter.open(f"/{language}/{page}").status == 200
    assert reporter.open(f"/{language}/no-such-page").status == 404


def test_a_stranger_is_met_in_the_packs_language(pack):
    assert Client().get("/", headers={"accept-language": "fr"}).headers["Location"] == "/de/"
    assert wording_in("cy") is None


def test_a_request_becomes_a_case_and_is_worked_to_its_end(pack):
    cast = a_cast()
    receipt = a_request()
    assert "Bewahren Sie Ihren Beleg auf" in receipt.text
    run_queued()
    assert Arrival.objects.get().state == "accepted"
    referral = Referral.objects.get()
    verdict = referral.verdicts.get()
    assert verdict.route == Route.CASE
    assert "wünscht eine Begleitung" in verdict.fired[0]["reason"]

    case = a_case(referral, cast)
    assert [step.name for step in process.current_run(case).waiting] == ["Erstgespräch führen"]
    assert Task.objects.get(case=case).role == Role.CALL_HANDLER
    officer = cast[Role.CASE_OFFICER]
    page = logged_in(officer).get(f"/desk/cases/{case.pk}/").content.decode()
    assert "Erstgespräch führen" in page

    adviser = cast[Role.CALL_HANDLER]
    work(case, "erstgespraech", {"gefahr": "nein", "beziehung": "elternteil", "sorge": WORRY}, by=adviser)
    work(case, "beraten", {"besprochen": "Zuhören, nicht streiten.", "schritte": "In Kontakt bleiben."}, by=adviser)
    work(case, "wunsch_klaeren", {"wunsch": "nein"}, by=adviser)
    assert process.current_run(case).waiting == ()

    services.record_outcome(
        case, text="Sie sprechen wieder.", impact=Impact.BETTER, reason_id="beratung_beendet", needs={}, by=officer,
        expected_version=case.version,
    )  # fmt: skip
    case.refresh_from_db()
    services.send_feedback(case, text="Danke für Ihr Vertrauen.", by=officer, expected_version=case.version)
    case.refresh_from_db()
    services.close_case(case, reason_id="beratung_beendet", by=cast[Role.SUPERVISOR], expected_version=case.version)

    with clock.moved_to(clock.now() + timedelta(days=95)):
        services.look_at_clocks()
        assert [step.name for step in process.current_run(case).waiting] == ["Nachfragen, wenn vereinbart"]
        work(case, "nachfragen", {"bedarf": "nein"}, by=adviser)
        assert process.current_run(case).waiting == ()
