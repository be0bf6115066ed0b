import subprocess
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.packs.examples import GOOD

from counterpoint.kernel.packs import ClosureLevel, PackProblems, read_pack
from counterpoint.kernel.questions import check, texts_of

PACK = read_pack(GOOD)


def test_texts_are_told_in_each_language_with_their_values():
    assert PACK.text("start.call", "en", number=999) == "Call [999](tel:999) in an emergency."
    assert PACK.text("start.call", "ar", number=999) == "اتصل على [999](tel:999) في حالة الطوارئ."


@pytest.mark.parametrize(
    ("key", "language", "values"), [("gone", "en", {}), ("start.call", "fr", {"number": 1}), ("start.call", "en", {})]
)
def test_a_text_language_or_value_that_is_not_there_is_a_key_error(key, language, values):
    with pytest.raises(KeyError):
        PACK.text(key, language, **values)


def test_values_are_not_read_as_places():
    assert PACK.text("start.call", "en", number="{number}{x}") == "Call [{number}{x}](tel:{number}{x}) in an emergency."


def test_a_question_set_is_the_same_in_each_language_but_for_its_texts():
    english, arabic = PACK.question_set("worry", "en"), PACK.question_set("worry", "ar")
    assert english.title == "Tell us your worry"
    assert arabic.page("what").intro == "أخبرنا بما تريد."
    assert arabic.question("danger").choices[0].hint == "الآن"
    assert not set(texts_of(english).values()) & set(texts_of(arabic).values())
    answers = {"danger": {"value": "no"}, "what": {"value": "x"}}
    assert check(english, answers).answers == check(arabic, answers).answers == answers


def test_a_professional_set_stays_in_the_source_language():
    assert PACK.question_set("staff", "ar") == PACK.question_set("staff", "en")


@pytest.mark.parametrize(
    ("day", "ids"),
    [
        (date(2024, 3, 31), []),
        (date(2024, 4, 1), ["old"]),
        (date(2026, 3, 31), ["old"]),
        (date(2026, 4, 1), ["new", "other"]),
        (date(2030, 1, 1), ["new", "other"]),
    ],
)
def test_categories_are_those_of_the_day(day, ids):
    assert [category.id for category in PACK.categories_on(day)] == ids


def test_closure_reasons_are_those_of_the_day_the_level_and_the_language():
    day = date(2026, 5, 1)
    (told,) = PACK.closure_reasons_on(day, ClosureLevel.REFERRAL, "ar")
    assert (told.id, told.needs, told.label) == ("signposted", ("signposted_to",), "إحالة")
    assert told.tell_reporter == "خدمة أخرى تساعد أفضل."
    (case,) = PACK.closure_reasons_on(day, ClosureLevel.CASE)
    assert (case.label, case.tell_reporter) == ("Support completed", None)
    assert PACK.closure_reasons_on(date(2020, 1, 1), ClosureLevel.CASE) == ()
    assert PACK.categories_on(day, "ar")[0].label == "جديد"


def test_the_content_hash_is_what_the_usual_tools_compute(tmp_path):
    for path, content in GOOD.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    command = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    printed = subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert PACK.content_hash == printed.split()[0]


@given(st.permutations(sorted(GOOD)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_files_changes_nothing(paths):
    assert read_pack({path: GOOD[path] for path in paths}) == PACK


@given(st.sampled_from(sorted(GOOD)))
@settings(max_examples=15, deadline=None)
def test_any_other_byte_is_another_pack(path):
    other = {**GOOD, path: GOOD[path] + b"\n"}
    assert read_pack(other).content_hash != PACK.content_hash


@given(st.sampled_from(sorted(GOOD)), st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_pack_is_read_or_refused_and_nothing_worse(path, data):
    content = GOOD[path]
    cut = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(cut, min(len(content), cut + 30)))
    damaged = content[:cut] + data.draw(st.sampled_from([b"", b"\x00", b"x", b"[", b"\n- ", b": "])) + content[end:]
    problems = problems_of({**GOOD, path: damaged})
    assert all(problem.what and problem.remedy and problem.line >= 0 for problem in problems)


def problems_of(files):
    try:
        read_pack(files)
    except PackProblems as found:
        return found.problems or pytest.fail("refused without a problem")
    return ()


@given(st.dictionaries(st.text(max_size=20), st.binary(max_size=20), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_files_at_all_are_refused_in_order(files):
    with pytest.raises(PackProblems):
        read_pack(files)
