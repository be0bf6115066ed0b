"""What differs between two packs, in words that their author reads."""

import random
from pathlib import Path

import pytest
from tests.kernel.decisions.drawing import drawn
from tests.kernel.packs.examples import CATEGORIES, GOOD, MANIFEST, PORTAL, TRIAGE, changed

from counterpoint.kernel.packs import Change, difference, read_folder
from counterpoint.kernel.packs.difference import Kind

COLUMNS, ROUTE = [("age", "number"), ("said", "string")], [("route", "string")]
ROWS = [["< 5", "-", '"a"'], ["> 3", '"x"', '"b"', "a note"], ["-", "-", '"c"']]
CASE = "processes/case.bpmn"


def table_changes(before, after):
    old, new = (
        drawn(*table) if isinstance(table, tuple) else drawn(COLUMNS, ROUTE, table) for table in (before, after)
    )
    (file,) = difference({"decisions/t.dmn": old}, {"decisions/t.dmn": new})
    return [(change.kind.value, change.place, change.before, change.after) for change in file.changes]


def with_ids(rows, ids):
    xml = drawn(COLUMNS, ROUTE, rows).decode()
    for number, row_id in enumerate(ids, 1):
        xml = xml.replace(f'<rule id="r{number}">', f'<rule id="={row_id}">')
    return xml.replace('id="=', 'id="').encode()


def rows_changes(before, after):
    (file,) = difference({"decisions/t.dmn": before}, {"decisions/t.dmn": after})
    return [(change.kind.value, change.place) for change in file.changes]


def test_the_same_differs_in_nothing():
    assert difference(GOOD, GOOD) == ()


def test_files_that_came_and_went():
    before, after = {"pack.yaml": b"a: b", "README.md": b"x"}, {"pack.yaml": b"a: b", "texts/more.yaml": b""}
    assert [(file.path, file.kind.value) for file in difference(before, after)] == [
        ("README.md", "removed"),
        ("texts/more.yaml", "added"),
    ]


def test_a_changed_cell_is_told_with_its_row_and_column():
    assert table_changes(ROWS, [["< 6", "-", '"a"'], *ROWS[1:]]) == [("changed", "Row 1 (r1), age", "< 5", "< 6")]
    assert table_changes(ROWS, [["< 5", "-", '"z"'], *ROWS[1:]]) == [("changed", "Row 1 (r1), route", "a", "z")]
    assert table_changes(ROWS, [ROWS[0], [*ROWS[1][:3], "other"], ROWS[2]]) == [
        ("changed", "Row 2 (r2), annotation", "a note", "other")
    ]


def test_rows_that_came_went_and_moved():
    before = with_ids(ROWS, ["one", "two", "three"])
    assert rows_changes(before, with_ids([ROWS[0], ROWS[2]], ["one", "three"])) == [
        ("removed", "Row 2 as it was (two)")
    ]
    more = [["1", "-", '"n"'], *ROWS]
    assert rows_changes(before, with_ids(more, ["new", "one", "two", "three"])) == [("added", "Row 1 (new)")]
    swapped = [ROWS[1], ROWS[0], ROWS[2]]
    assert rows_changes(before, with_ids(swapped, ["two", "one", "three"])) == [("moved", "Row 1 (two)")]


def test_rows_that_a_modeller_gave_new_ids_are_the_same_rows():
    assert rows_changes(with_ids(ROWS, ["one", "two", "three"]), with_ids(ROWS, ["r_9", "r_8", "r_7"])) == []


def test_columns_and_policy():
    wider = ([*COLUMNS, ("t", "boolean")], ROUTE, [[*row[:2], "-", row[2]] for row in ROWS])
    assert table_changes(ROWS, wider) == [
        ("added", "The column input t", "", "t, boolean, -"),
        ("changed", "Row 2 (r2), annotation", "a note", ""),
    ]
    first, second = (
        {"decisions/t.dmn": drawn(COLUMNS, ROUTE, [["-", "-", '"a"']], policy=policy)}
        for policy in ("FIRST", "COLLECT")
    )
    assert difference(first, second)[0].changes == (Change(Kind.CHANGED, "The hit policy", "FIRST", "COLLECT"),)


@pytest.mark.parametrize("seed", range(20))
def test_only_rows_that_moved_are_told_as_moved(seed):
    """The fewest rows that explain the new order: all others stand in the order that they had."""
    rng = random.Random(seed)
    rows = [*([f"{n}", "-", f'"{n}"'] for n in range(12)), ["-", "-", '"rest"']]
    order = rng.sample(range(12), 12)
    before = with_ids(rows, [f"id{n}" for n in range(13)])
    after = with_ids([*(rows[n] for n in order), rows[12]], [*(f"id{n}" for n in order), "id12"])
    moved = [place for kind, place in rows_changes(before, after) if kind == "moved"]
    stayed = [n for n in order if not any(f"(id{n})" in place for place in moved)]
    assert stayed == sorted(stayed)
    longest = 0
    for bits in range(1 << 12):
        chosen = [n for place, n in enumerate(order) if bits >> place & 1]
        if len(chosen) > longest and chosen == sorted(chosen):
            longest = len(chosen)
    assert len(stayed) == longest


def test_yaml_is_told_by_key_and_parts_by_their_id():
    edited = changed(CATEGORIES, "label: New label", "label: Another label", MANIFEST, "[jpeg, pdf]", "[jpeg]")
    (categories, manifest) = difference(GOOD, edited)
    (change,) = categories.changes
    assert (change.before, change.after) == ("New label", "Another label")
    assert change.place.startswith("schemes › ")
    assert change.place.endswith(" › label")
    assert manifest.changes == (Change(Kind.CHANGED, "uploads › accept", "jpeg, pdf", "jpeg"),)


def test_a_text_that_came_and_one_that_went():
    (file,) = difference(GOOD, {**GOOD, PORTAL: GOOD[PORTAL] + b"more.words: Yes\n"})
    assert file.changes == (Change(Kind.ADDED, "more.words", after="Yes"),)
    (file,) = difference({**GOOD, PORTAL: GOOD[PORTAL] + b"more.words: Yes\n"}, GOOD)
    assert file.changes == (Change(Kind.REMOVED, "more.words", before="Yes"),)


def test_the_order_of_parts_matters():
    first, second = b"parts:\n- {id: a}\n- {id: b}\n", b"parts:\n- {id: b}\n- {id: a}\n"
    (file,) = difference({"pack.yaml": first}, {"pack.yaml": second})
    assert file.changes == (Change(Kind.MOVED, "The order in parts", "a, b", "b, a"),)


def test_comments_and_spaces_differ_in_nothing_that_is_read():
    (file,) = difference(GOOD, {**GOOD, CATEGORIES: GOOD[CATEGORIES] + b"\n# a remark\n"})
    assert (file.path, file.changes) == (CATEGORIES, ())


def test_what_cannot_be_read_differs_as_a_whole():
    (file,) = difference(GOOD, {**GOOD, TRIAGE: b"<x/>"})
    assert file.changes == ()


def test_a_renamed_step_of_a_process_is_told():
    text = GOOD[CASE].decode()
    start = text.index("userTask id")
    name = text[text.index('name="', start) + 6 :].partition('"')[0]
    edited = text[:start] + text[start:].replace(f'name="{name}"', 'name="Something else"', 1)
    (file,) = difference(GOOD, {**GOOD, CASE: edited.encode()})
    (told,) = [change for change in file.changes if "Something else" in change.place]
    assert (told.kind, told.words[0]) == (Kind.CHANGED, f"It was called “{name}”.")


ENGLAND = read_folder(Path(__file__).parents[3] / "packs" / "england")


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        (
            "steps/prevent_path.yaml",
            "form: assess, clock: assessment",
            "form: assess, clock: gateway",
            ("The step “assess”: its clock", "assessment", "gateway"),
        ),
        (
            "steps/prevent_path.yaml",
            "police_case_officer: {role: partner, agency: police}",
            "police_case_officer: {role: partner, agency: health}",
            ("The lane “police_case_officer”: the kind of agency", "police", "health"),
        ),
        (
            "clocks.yaml",
            "title: De-confliction\n    within: {working_days: 2}",
            "title: De-confliction\n    within: {hours: 12}",
            ("The clock “deconfliction”: how long it gives", "2 working days", "12 hours"),
        ),
        (
            "forms/assess.yaml",
            "What should happen?",
            "What comes next?",
            ("The question “decision”: its words", "What should happen?", "What comes next?"),
        ),
        (
            "forms/assess.yaml",
            "Another service helps best",
            "Another service",
            ("The question “decision”, answer “signpost”: the words", "Another service helps best", "Another service"),
        ),
        (
            "forms/assess.yaml",
            "Complete the instrument first.",
            "The instrument comes first.",
            (
                "The page “assess”: its introduction",
                "Complete the instrument first. There is no score: it is your judgement.",
                "The instrument comes first. There is no score: it is your judgement.",
            ),
        ),
        (
            "holidays/england_and_wales.yaml",
            "name: Good Friday}",
            "name: Friday before Easter}",
            ("years › 2023 › 2023-04-07 › name", "Good Friday", "Friday before Easter"),
        ),
    ],
)
def test_how_cases_are_worked_differs_in_plain_words(path, old, new, told):
    content = ENGLAND[path].decode()
    assert old in content
    (file,) = difference({path: ENGLAND[path]}, {path: content.replace(old, new, 1).encode()})
    assert file.changes == (Change(Kind.CHANGED, *told),)


def test_a_process_is_told_by_its_steps_in_sentences():
    path = "processes/prevent_path.bpmn"
    edited = ENGLAND[path].decode().replace('hold_panel.decision == "adopt"', 'hold_panel.decision == "adopted"')
    assert edited.encode() != ENGLAND[path]
    (file,) = difference({path: ENGLAND[path]}, {path: edited.encode()})
    assert file.changes
    assert all(change.words and not change.before and not change.after for change in file.changes)
    assert any("adopted" in word for change in file.changes for word in change.words)
