"""Problems whose message is one of those in problems/, met at another place; and several at one place."""

import pytest
from tests.kernel.packs.examples import AR, CATEGORIES, CLOSURE, GOOD, MANIFEST, PORTAL, STAFF, TRIAGE, WORRY, changed

from counterpoint.kernel.packs import PackProblems, read_pack

CASES = [
    # the pack, and where which problems are
    (changed(MANIFEST, "uploads:\n  max_files: 5\n", "uploads:\n"), [(MANIFEST, 11, "missing_key")]),
    (changed(MANIFEST, "uploads:", "upload:"), [(MANIFEST, 1, "missing_key"), (MANIFEST, 11, "unknown_key")]),
    (changed(MANIFEST, 'emergency: {number: "999"}\n', ""), [(MANIFEST, 1, "missing_key")]),
    (
        changed(MANIFEST, "id: ar,", "id: en,"),
        [(MANIFEST, 7, "id_used_twice"), (AR, 0, "translation_without_language")],
    ),
    (changed(CATEGORIES, "    valid_from: 2024-04-01\n", ""), [(CATEGORIES, 2, "missing_key")]),
    (changed(CLOSURE, "needs: [signposted_to]", "needs: [{a: b}]"), [(CLOSURE, 8, "not_an_id")]),
    ({**GOOD, PORTAL: b"- start\n"}, [(PORTAL, 1, "not_a_mapping")]),
    ({**GOOD, PORTAL: b""}, [(PORTAL, 1, "not_a_mapping")]),
    (changed(AR, "title: نورثمور", "title: [نورثمور]"), [(AR, 1, "not_a_text")]),
    (changed(AR, "title: نورثمور", 'title: ""'), [(AR, 1, "not_a_text")]),
    (changed(AR, "كل يوم من 9 إلى 17.", "<b>كل</b> يوم"), [(AR, 6, "html_in_text")]),
    (changed(AR, "كل يوم من 9 إلى 17.", "كل {يوم"), [(AR, 6, "stray_brace")]),
    (changed(AR, "    title: أخبرنا بما يقلقك\n", ""), [(AR, 8, "missing_translation")]),
    (
        changed(AR, "closure_reasons:\n", "closure:\n"),
        [(AR, 1, "missing_translation"), (AR, 24, "unknown_key")],
    ),
    (
        changed(STAFF, "surname}", "surname, fact: danger}"),
        [(STAFF, 11, "fact_does_not_fit")],
    ),
    (
        changed(WORRY, "type: long_text, ask: What happened?}", "type: age, ask: Age?, fact: danger}"),
        [(WORRY, 26, "fact_of_two_types")],
    ),
    (
        changed(
            STAFF, "short_text, ask: Their surname, holds: person, match_as: surname", "age, ask: Age, fact: danger"
        ),
        [(STAFF, 11, "fact_does_not_fit")],
    ),
    (
        changed(
            STAFF,
            "short_text, ask: Their surname, holds: person, match_as: surname",
            "choices, ask: A, fact: danger, choices: [{id: a, label: A}]",
        ),
        [(STAFF, 11, "fact_does_not_fit")],
    ),
    (
        changed(
            STAFF,
            "short_text, ask: Their surname, holds: person, match_as: surname",
            "age, ask: Age, fact: years",
            TRIAGE,
            "danger</text>",
            "years</text>",
            TRIAGE,
            'typeRef="string"><text>years',
            'typeRef="number"><text>years',
            TRIAGE,
            '"yes","no","unknown"',
            "[0..17]",
            TRIAGE,
            '"yes"',
            "&lt; 10",
        ),
        [(STAFF, 11, "fact_does_not_fit")],
    ),
    (changed(TRIAGE, ">danger<", "> danger <"), []),
]


@pytest.mark.parametrize(("files", "expected"), CASES)
def test_problems_stand_at_their_lines(files, expected):
    try:
        read_pack(files)
    except PackProblems as found:
        told = [(problem.file, problem.line, problem.code) for problem in found.problems]
    else:
        told = []
    assert told == expected


def test_a_missing_part_is_told_once_with_how_much_it_holds():
    start, end = GOOD[AR].index(b"question_sets:"), GOOD[AR].index(b"categories:")
    with pytest.raises(PackProblems) as found:
        read_pack({**GOOD, AR: GOOD[AR][:start] + GOOD[AR][end:]})
    assert [problem.what for problem in found.value.problems] == ["`question_sets` is missing, with its 10 texts"]


def test_a_professional_set_is_translated_as_a_whole_or_not_at_all():
    texts = "{title: موظفون, sections: {all: {title: الكل}}, questions: {name: {ask: الاسم}}}"
    read_pack(changed(AR, "categories:\n", f"  staff: {texts}\ncategories:\n"))
    with pytest.raises(PackProblems) as found:
        read_pack(changed(AR, "categories:\n", "  staff:\n    title: موظفون\ncategories:\n"))
    assert {problem.code for problem in found.value.problems} == {"missing_translation"}
