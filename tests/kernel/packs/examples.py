"""A good pack, and for each problem that a pack can have a way to spoil it.

The message that the author then reads stands in problems/<code>.txt.
"""

from pathlib import Path

from tests.kernel.decisions.drawing import drawn

HERE = Path(__file__).parent
GOOD = {path.relative_to(HERE / "good").as_posix(): path.read_bytes() for path in sorted((HERE / "good").rglob("*.*"))}
WORRY, STAFF, AR = "question_sets/worry.yaml", "question_sets/staff.yaml", "translations/ar.yaml"
PORTAL, TRIAGE = "texts/portal.yaml", "decisions/triage.dmn"
READER, PERIODS = "decisions/second_reader.dmn", "decisions/clock_periods.dmn"
CLOSURE = "closure_reasons.yaml"
MANIFEST, CATEGORIES = "pack.yaml", "categories.yaml"
CLOCKS, HOLIDAYS, CONSENTS = "clocks.yaml", "holidays/northmoor.yaml", "consents.yaml"
FORM, PLAN, LOOK = "forms/visit.yaml", "steps/visit.yaml", "instruments/look.yaml"
NO_ONLY = '{question: danger, in: ["no"]}'
WHAT = "ask: What happened?}"
ARABIC = "  - {id: ar, name: العربية, direction: rtl}\n"
DEEP = "".join(f"{' ' * depth}k:\n" for depth in range(1, 40))
NESTED = "{question: danger, answered: true}"
for _ in range(9):
    NESTED = f"{{not: {NESTED}}}"


def changed(*edits):
    """The good pack with passages put otherwise: file, old, new, and so on."""
    files = dict(GOOD)
    for file, old, new in zip(edits[::3], edits[1::3], edits[2::3], strict=True):
        text = files[file].decode()
        assert old in text, (file, old)
        files[file] = text.replace(old, new, 1).encode()
    return files


def without(file):
    return {path: content for path, content in GOOD.items() if path != file}


def added(file, text):
    return {**GOOD, file: GOOD.get(file, b"") + text.encode()}


CLOSES = '"advice","signpost","close"'
REPEAT = [CLOSES, "true", "-", "true", '"It may be a repeat."']
EMERGENCY = [CLOSES, "-", "true", "true", '"It was an emergency."']
ALONE = ["-", "-", "-", "false", '"One is enough."']


def second_reader(
    *,
    rows=(REPEAT, EMERGENCY, ALONE),
    outputs=(("second_reader", "boolean"), ("reason", "string")),
    policy="RULE ORDER",
    allowed="",
    repeat="boolean",
):
    """The good pack with a second-reader table."""
    route = ("route_decided", "string", allowed) if allowed else ("route_decided", "string")
    inputs = [route, ("possible_repeat", repeat), ("is_emergency", "boolean")]
    return {**GOOD, READER: drawn(inputs, outputs, rows, policy=policy)}


# code: the files of a pack that has this problem and no other
SPOILED = {
    # --- the notation of a file
    "anchor": changed(CATEGORIES, "id: old", "id: &a old"),
    "file_too_large": added(PORTAL, "#" * 2_000_001),
    "key_given_twice": added(PORTAL, "start.title: Once more\n"),
    "key_not_a_text": changed(AR, '"2024": {old', "2024: {old"),
    "not_utf_8": {**GOOD, PORTAL: GOOD[PORTAL] + b"start.more: \xff\n"},
    "not_yaml": changed(PORTAL, "start.title: Worried", "start.title: Worried: very"),
    "several_documents": added(PORTAL, "---\na: b\n"),
    "tag": changed(PORTAL, "start.title: ", "start.title: !!python/object "),
    "too_deep": added(PORTAL, f"deep:\n{DEEP}"),
    # --- the shape of a document
    "empty_list": changed(MANIFEST, "accept: [jpeg, pdf]", "accept: []"),
    "empty_text": changed(CATEGORIES, "label: New label", 'label: ""'),
    "missing_key": changed(MANIFEST, "title: Northmoor\n", ""),
    "not_a_date": changed(CATEGORIES, "2024-04-01", "1 April 2024"),
    "not_a_flag": changed(WORRY, "required: true", 'required: "yes"'),
    "not_a_list": changed(MANIFEST, "accept: [jpeg, pdf]", "accept: jpeg"),
    "not_a_mapping": changed(MANIFEST, 'emergency: {number: "999"}', 'emergency: "999"'),
    "not_a_name": changed(MANIFEST, "direction: rtl", "direction: right"),
    "not_a_number": changed(MANIFEST, "max_files: 5", "max_files: five"),
    "not_a_text": changed(MANIFEST, 'version: "1"', "version: 1.0"),
    "not_an_id": changed(CLOSURE, "needs: [signposted_to]", "needs: [Signposted to]"),
    "unknown_key": changed(WORRY, "required: true", "requird: true"),
    # --- pack.yaml
    "not_a_file_type": changed(MANIFEST, "[jpeg, pdf]", "[jpeg, exe]"),
    "not_a_language": changed(MANIFEST, "{id: en,", "{id: EN,", MANIFEST, "source_language: en", "source_language: EN"),
    "number_not_dialled": changed(MANIFEST, "01632 960 000", "call us"),
    "opening_without_text": changed(MANIFEST, "opening: helpline.opening", "opening: helpline.openning"),
    "source_language_not_listed": changed(MANIFEST, ARABIC, "", MANIFEST, "{id: en", "{id: ar"),
    # --- question sets
    "condition_looks_forward": changed(WORRY, NO_ONLY, "{question: what, answered: true}"),
    "condition_on_text": changed(
        STAFF,
        "match_as: surname}",
        """match_as: surname}
      - id: more
        show_when: {question: name, in: [more]}
        questions:
          - {id: more, type: files, ask: More}""",
    ),
    "condition_too_deep": changed(WORRY, NO_ONLY, NESTED),
    "condition_without_choice": changed(WORRY, 'in: ["no"]', "in: [nope]"),
    "condition_without_question": changed(WORRY, "question: danger, in", "question: dangr, in"),
    "fact_of_two_types": changed(WORRY, WHAT, "ask: What happened?, fact: danger}"),
    "fact_taken": changed(WORRY, WHAT, "ask: What happened?, fact: kind}"),
    "id_not_file_name": changed(STAFF, "id: staff\n", "id: staf\n"),
    "id_used_twice": changed(CATEGORIES, "{id: other,", "{id: other, label: Other}\n      - {id: other,"),
    "key_of_other_type": changed(WORRY, WHAT, "ask: What happened?, partial: true}"),
    "match_of_other_type": changed(STAFF, "match_as: surname", "match_as: born_on"),
    "match_of_reporter": changed(STAFF, "holds: person", "holds: reporter"),
    "never_shown": changed(WORRY, NO_ONLY, f'{{all: [{NO_ONLY}, {{question: danger, in: ["yes"]}}]}}'),
    "not_a_condition": changed(WORRY, NO_ONLY, '{question: danger, is: "no"}'),
    "page_without_title": changed(STAFF, "surname}", "surname}\n          - {id: more, type: files, ask: More}"),
    "unknown_makes_no_sense": changed(
        STAFF,
        "short_text, ask: Their surname, holds: person, match_as: surname",
        "files, ask: More, allow_unknown: true",
    ),
    # --- categories, closure reasons
    "level_without_reason": changed(CLOSURE, "level: case", "level: referral"),
    "schemes_overlap": changed(CATEGORIES, "2026-04-01", "2023-04-01"),
    # --- texts
    "html_in_text": changed(PORTAL, "Every day", "Every <b>day</b>"),
    "image_in_text": changed(PORTAL, "Every day", "Look ![Clock](/clock.png) every day"),
    "link_not_allowed": changed(PORTAL, "(tel:{number})", "(javascript:call)"),
    "not_a_text_key": changed(PORTAL, "start.title:", "Start title:", AR, "start.title:", "Start title:"),
    "stray_brace": changed(PORTAL, "9am to 5pm", "9am to {5pm"),
    "text_key_in_two_files": changed(AR, "question_sets:\n", "  legal: {start.title: عنوان}\nquestion_sets:\n")
    | {"texts/legal.yaml": b"start.title: Law\n"},
    # --- translations
    "missing_translation": changed(AR, "{label: نعم, hint: الآن}", "{label: نعم}"),
    "missing_translation_file": without(AR),
    "other_names": changed(AR, "[{number}]", "[{nummer}]"),
    "superfluous_translation": changed(AR, "what: {ask: ماذا حدث؟}", "what: {ask: ماذا حدث؟, hint: مثلا}"),
    "translation_without_language": {**GOOD, "translations/fr.yaml": GOOD[AR]},
    # --- files
    "missing_file": without(CATEGORIES),
    "stray_file": {**GOOD, "question_sets/Worry2.yml": b"id: worry2\n"},
    # --- clocks and calendars
    "not_an_amount": changed(CLOCKS, "within: {working_days: 5}", "within: {}"),
    "not_a_zone": changed(HOLIDAYS, "Europe/London", "Europe/Northmoor"),
    "day_outside_year": changed(HOLIDAYS, "2026-12-25", "2027-12-25"),
    "year_missing": changed(HOLIDAYS, '  "2026":\n    - {day: 2026-12-25, name: Christmas Day}\n', ""),
    "role_without_lane": changed(CLOCKS, "to: case_officer", "to: case_oficer"),
    # --- plans, forms, instruments
    "plan_without_process": {**GOOD, "steps/visits.yaml": b"steps: {}\n"},
    "lane_without_role": changed(PLAN, "messages:\n", "lanes:\n  case_officer: {role: case_officer}\nmessages:\n")
    | {"processes/visit.bpmn": GOOD["processes/visit.bpmn"].replace(b'name="case_officer"', b'name="visitor"', 1)},
    "row_missing": changed(PLAN, "messages:\n  moved_away: {}\n", ""),
    "row_without_element": changed(PLAN, "  moved_away: {}", "  moved_away: {}\n  moved: {}"),
    "not_in_pack": changed(PLAN, "clock: visit, instrument", "clock: vist, instrument"),
    "not_asked": changed(FORM, "            required: true\n", ""),
    "kind_in_wrong_folder": changed(FORM, "kind: step", "kind: advice"),
    "score_for_a_person": changed(LOOK, "label: Seen, needs", "weight: 2, label: Seen, needs"),
    # --- decisions
    "fact_does_not_fit": changed(
        WORRY,
        '- {id: "no", label: "No"}',
        '- {id: "no", label: "No"}\n              - {id: perhaps, label: Perhaps}',
        AR,
        '"no": {label: لا}',
        '"no": {label: لا}\n          perhaps: {label: ربما}',
    ),
    "fact_not_given": changed(WORRY, "fact: danger", "fact: dangers"),
    "triage_hit_policy": changed(TRIAGE, "RULE ORDER", "FIRST"),
    "triage_output": changed(TRIAGE, 'name="reason"', 'name="because"'),
    "triage_value": changed(TRIAGE, '"five_days"', '"next_week"'),
    "table_hit_policy": second_reader(policy="FIRST"),
    "table_output": second_reader(outputs=[("second_reader", "boolean"), ("because", "string")]),
    "table_fact": second_reader(allowed='"advice","signpost","close"', repeat="string", rows=[ALONE]),
    "table_value": {
        **GOOD,
        PERIODS: drawn(
            [("clock", "string", '"other"')],
            [("count", "number"), ("unit", "string"), ("reason", "string")],
            [['"other"', "1.5", '"weeks"', '"Sooner."']],
            policy="COLLECT",
        ),
    },
    "law_broken": second_reader(rows=[["-", "-", "-", "true", '"Always."']]),
}
