"""What a pack says of how cases are worked: forms, plans, clocks, calendars, consents, instruments."""

from datetime import UTC, date, datetime

import pytest
from tests.kernel.packs.examples import AR, CLOCKS, CONSENTS, FORM, GOOD, HOLIDAYS, LOOK, PLAN, changed

from counterpoint.kernel.clocks import Amount, Unit, read_clock, start_clock
from counterpoint.kernel.packs import PackProblems, read_pack
from counterpoint.kernel.packs.casework import StepPlan

PACK = read_pack(GOOD)


def problems_of(files):
    with pytest.raises(PackProblems) as found:
        read_pack(files)
    return [(problem.file, problem.code) for problem in found.value.problems]


def test_a_step_has_its_form_clock_and_rules_and_records_only_what_the_process_looks_at():
    plan = StepPlan(form="visit", clock="visit", instrument="look", rules=("triage",), records=("result",))
    assert PACK.step_plan("visit", "visit") == plan
    assert PACK.step_plan("case", "assess") == StepPlan(), "a process without a plan"
    assert PACK.plans["visit"].timers == {"wait": "visit"}


def test_a_clock_counts_by_the_calendar_of_the_pack():
    rule = PACK.clock_rule("visit")
    assert (rule.within, rule.at_most) == (Amount(5, Unit.WORKING_DAYS), Amount(20, Unit.WORKING_DAYS))
    calendar = PACK.calendar_of(rule)
    clock = start_clock(rule, at=datetime(2026, 12, 21, 9, tzinfo=UTC))
    assert read_clock(clock, calendar, at=clock.started_at).due_on == date(2026, 12, 29)
    assert calendar.known_until == date(2027, 12, 31)


def test_an_instrument_is_that_of_the_day():
    instrument = PACK.instrument("look")
    assert instrument.version_on(date(2026, 3, 31)) is None
    assert [item.id for item in instrument.version_on(date(2026, 4, 1)).items] == ["safe", "trusted"]


ARABIC = """
forms:
  visit:
    title: زيارة
    sections: {visit: {title: زيارة}}
    questions:
      result: {ask: ماذا وجدت؟, choices: {fine: {label: بخير}, again: {label: زيارة أخرى}}}
      note: {ask: لماذا؟}
clocks: {visit: الزيارة الأولى, pause_reasons: {away: غائب}}
consents: {support: {title: الدعم, explained: لا يبدأ دونه.}}
instruments:
  look:
    title: ما ننظر إليه
    about: كلمات لا أرقام.
    "2026":
      levels: {seen: رئي, not_known: غير معروف}
      dimensions: {home: في البيت}
      items: {safe: {label: يشعر بالأمان, hint: بكلماته}, trusted: {label: لديه من يثق به}}
processes:
  visit:
    begin: {name: بداية}
    visit: {name: زيارة}
    gone: {name: رحل}
    which: {name: أي}
    wait: {name: انتظار}
    done: {name: نهاية}
    lane: {name: مسؤول الحالة}
"""


def translated(text=ARABIC):
    return {**GOOD, AR: GOOD[AR] + text.encode()}


def test_what_staff_see_may_be_translated():
    pack = read_pack(translated())
    assert pack.form("visit", "ar").question("result").choices[0].label == "بخير"
    assert pack.form("visit", "en").title == "A visit"
    assert pack.clock_rule("visit", "ar").title == "الزيارة الأولى"
    assert pack.consent("support", "ar").title == "الدعم"
    look = pack.instrument("look", "ar").versions[0]
    assert (look.levels[0].label, look.items[0].hint, look.dimensions[0].title) == ("رئي", "بكلماته", "في البيت")
    assert pack.process_names("visit", "ar")["visit"] == "زيارة"
    assert pack.process_names("visit", "en") == {}
    assert PACK.form("visit", "ar") == PACK.form("visit", "en"), "what is not translated is in the source language"


@pytest.mark.parametrize(
    "line",
    ["      note: {ask: لماذا؟}\n", "levels: {seen: رئي, not_known: غير معروف}", "    wait: {name: انتظار}\n"],
)
def test_what_is_translated_in_part_is_told(line):
    assert line in ARABIC
    assert problems_of(translated(ARABIC.replace(line, "" if line.endswith("\n") else "levels: {seen: رئي}"))) == [
        (AR, "missing_translation")
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (changed(CLOCKS, "calendar: northmoor", "calendar: northmor"), [(CLOCKS, "not_in_pack")]),
        (changed(CLOCKS, "pause_for: [away]", "pause_for: [gone]"), [(CLOCKS, "not_in_pack")]),
        (
            changed(CLOCKS, "{working_days: 5}", "{working_days: 5, hours: 1}"),
            [(CLOCKS, "not_an_amount")],
        ),
        (changed(CLOCKS, "within: {working_days: 5}", "within: {weeks: 5}"), None),
        (changed(CLOCKS, "{working_days: 5}", "{working_days: 1201}"), [(CLOCKS, "not_a_number")]),
        (changed(HOLIDAYS, "friday]", "fryday]"), [(HOLIDAYS, "not_a_name")]),
        (changed(HOLIDAYS, '"2027": []', '"year": []'), [(HOLIDAYS, "not_a_number")]),
        (changed(CONSENTS, "withdrawal: moved_away", "withdrawal: moved"), [(CONSENTS, "not_in_pack")]),
        (changed(CONSENTS, "rules: triage", "rules: consent"), [(CONSENTS, "not_in_pack")]),
        (changed(CONSENTS, "givers: [self,", "givers: [neighbour,"), [(CONSENTS, "not_a_name")]),
        (changed(CONSENTS, "    givers:", "    withdrawable: false\n    givers:"), [(CONSENTS, "unknown_key")]),
        (changed(PLAN, "form: visit, ", ""), [(PLAN, "not_asked")]),
        (changed(PLAN, "form: visit", "form: visits"), [(PLAN, "not_in_pack")]),
        (changed(PLAN, "rules: [triage]", "rules: [triag]"), [(PLAN, "not_in_pack")]),
        (changed(PLAN, "timers:\n  wait: {clock: visit}", "timers: {}"), [(PLAN, "row_missing")]),
        (changed(FORM, "id: fine,", "id: well,"), [(FORM, "not_asked")]),
        (changed(FORM, "id: result\n            type", "id: outcome\n            type"), None),
        (changed(FORM, "id: note, type", "id: risk_score, type"), [(FORM, "score_for_a_person")]),
        (changed(LOOK, "label: Seen,", 'label: "3",'), [(LOOK, "score_for_a_person")]),
        (changed(LOOK, "id: home", "id: total"), [(LOOK, "score_for_a_person")]),
        (changed(LOOK, "id: trusted", "id: safe"), [(LOOK, "id_used_twice")]),
        (changed(LOOK, "id: look", "id: looks"), None),
    ],
)
def test_what_does_not_fit_is_told_with_its_file(files, expected):
    found = problems_of(files)
    assert found == expected if expected is not None else found


def test_a_calendar_without_years_says_so():
    pack = read_pack(changed(HOLIDAYS, GOOD[HOLIDAYS].decode().split("years:")[1], " {}\n"))
    assert pack.calendars["northmoor"].known_until is None
