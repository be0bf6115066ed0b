"""The second pack, another model in another language: the kernel walks it, tells it and draws it, and says nothing in
English that the pack did not say."""

import re
from datetime import UTC, date, datetime

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant
from lxml import etree
from tests.kernel.pack_walks.walking import Walk, pack_of

from counterpoint.kernel.clocks import read_clock, start_clock
from counterpoint.kernel.decisions import evaluate, read_table
from counterpoint.kernel.packs import ClosureLevel
from counterpoint.kernel.processes import (
    DiagramWords,
    Phrases,
    complete_step,
    diagram,
    diagram_in_words,
    events_in_words,
    read_process,
    start,
    waiting_steps,
)
from counterpoint.kernel.questions import check

GERMANY = pack_of("germany-advice")
AT = datetime(2026, 5, 13, 9, tzinfo=UTC)  # the day before a holiday
PROCESS = read_process(GERMANY.processes["case"])
GERMAN = Phrases(
    is_="ist",
    is_not="ist nicht",
    less="ist weniger als",
    at_most="ist höchstens",
    more="ist mehr als",
    at_least="ist mindestens",
    recorded="ist erfasst",
    not_recorded="ist nicht erfasst",
    yes="ja",
    no="nein",
    and_="und",
    or_="oder",
    not_="nicht ({part})",
    if_="wenn {condition}",
    when="bei {event}",
    otherwise="sonst",
    the_end="Ende",
)


def words(language):
    keys = (
        "finished",
        "waiting",
        "not_yet",
        "start",
        "end",
        "exclusive",
        "parallel",
        "stage",
        "timer",
        "message",
        "none",
    )
    said = {key: GERMANY.text(f"process.{key}", language) for key in keys}
    summary = GERMANY.texts["process.summary"]
    return DiagramWords(**said, summary=summary, names=GERMANY.process_names("case", language))


class Beratung(Walk):
    """Advice for families."""

    pack = GERMANY
    process_id = "case"

    @invariant()
    def nothing_goes_on_to_another_service_unless_the_caller_wishes_it(self):
        reopened = any(one.happening == "reopen" for one in self.state.events)
        if self.waits() & {"vermittlung", "plan_pruefen"} and not reopened:
            assert self.said("wunsch_klaeren", "wunsch") == "ja"
            assert self.happened("wunsch_klaeren")[-1] > self.happened("zurueckgezogen")[-1]


Beratung.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestBeratung = Beratung.TestCase


def half_way():
    state = complete_step(PROCESS, start(PROCESS, {}, at=AT), "erstgespraech", {"gefahr": "nein"}, at=AT)
    return complete_step(PROCESS, state, "beraten", {}, at=AT)


_WORDS = "the and or not if when otherwise is start end step steps waiting finished yes case panel consent referral"
ENGLISH = re.compile(rf"\b({_WORDS.replace(' ', '|')})\b", re.IGNORECASE)


def told():
    """Everything that the kernel says of this process to a German reader."""
    svg = diagram(PROCESS, half_way(), words=words("de"))
    yield from ("".join(element.itertext()) for element in etree.fromstring(svg).iter() if "}g" not in str(element.tag))
    for row in (*diagram_in_words(PROCESS, half_way(), phrases=GERMAN), *events_in_words(PROCESS, phrases=GERMAN)):
        yield from (row.name, *row.leads_to)
    for form in GERMANY.forms.values():
        yield from (form.title, *(q.ask for q in form.questions), *(c.label for q in form.questions for c in q.choices))
    yield from (rule.title for rule in GERMANY.clocks.values())
    yield from (consent.title + consent.explained for consent in GERMANY.consents.values())


def test_nothing_english_is_told_to_a_german_reader():
    said = list(told())
    assert len(said) > 100
    assert [text for text in said if ENGLISH.search(text)] == []


def test_the_ways_are_told_in_the_readers_language():
    rows = {row.step_id: row for row in diagram_in_words(PROCESS, phrases=GERMAN)}
    assert rows["wunsch_klaeren"].leads_to[0] == "wenn wunsch ist noch nicht: Beraten und Schritte verabreden"
    names = GERMANY.process_names("case", "en")
    english = {row.step_id: row for row in diagram_in_words(PROCESS, names=names)}
    assert english["erstgespraech"].leads_to == (
        "if gefahr is ja: Point to the emergency number",
        "otherwise: Advise, and agree on steps",
    )


def test_the_drawing_is_told_in_english_where_it_is_translated():
    svg = diagram(PROCESS, half_way(), words=words("en"))
    assert "Ask whether they wish to be referred on: waiting now" in svg
    assert "Beratung" not in svg
    assert GERMANY.step_help("case", "beraten", "…", "en").startswith("What is the worry")


def test_the_client_is_the_caller_and_only_their_wish_opens_a_case():
    form = GERMANY.question_set("beratung", "de")
    table = read_table(GERMANY.decisions["triage"])
    for wish, route in (("ja", "case"), ("nein", "advice")):
        answers = {"gefahr": {"value": "nein"}, "frage": {"value": "…"}, "wunsch": {"value": wish}}
        checked = check(form, answers)
        assert checked.is_good
        read = {column.name: checked.facts.get(column.name) for column in table.inputs}
        assert evaluate(table, read).fired[0].outputs["route"] == route
    assert {consent.about for consent in GERMANY.consents.values()} == {"client"}
    assert not [q for q in form.questions if q.holds == "person"], "no record of the person who is worried about"


def test_clocks_count_by_german_holidays():
    rule = GERMANY.clock_rule("rueckruf")
    clock = start_clock(rule, at=AT)
    assert read_clock(clock, GERMANY.calendar_of(rule), at=AT).due_on == date(2026, 5, 15), "Ascension Day between"


def test_every_waiting_step_can_be_done_by_its_form():
    (step,) = waiting_steps(PROCESS, half_way())
    form = GERMANY.form(GERMANY.step_plan("case", step.id).form, "en")
    assert form.question("wunsch").ask == "Does the caller want to be put in touch with a local service?"
    assert [reason.id for reason in GERMANY.closure_reasons_on(date(2026, 5, 1), ClosureLevel.CASE)] == [
        "beratung_beendet",
        "nicht_gewuenscht",
    ]
