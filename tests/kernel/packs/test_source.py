from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tests.kernel.packs.examples import GOOD

from counterpoint.kernel.packs.source import MAX_BYTES, read_yaml

plain = st.recursive(
    st.one_of(
        st.booleans(),
        st.none(),
        st.integers(-(10**17), 10**17),
        st.dates(date(1900, 1, 1)),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff")),
        st.sampled_from(
            ["yes", "no", "0800", "1e3", "null", "2026-04-01", "a: b", "# c", "- d", "*e", "&f", "!g", "{h}"]
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=12,
)


def written(value):
    from io import BytesIO

    stream = BytesIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode = True
    yaml.representer.ignore_aliases = lambda data: True
    yaml.dump({"root": value}, stream)
    return stream.getvalue()


@given(plain)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read(value):
    document, problems = read_yaml("x.yaml", written(value))
    assert problems == []
    assert document.value == {"root": value}


def test_every_part_has_its_line():
    text = "a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\ne: >\n  long\n  text\nf: [1,\n  2]\n"
    document, problems = read_yaml("x.yaml", text.encode())
    assert problems == []
    assert document.value == {"a": 1, "b": ["x", {"c": 2, "d": 3}], "e": "long text\n", "f": [1, 2]}
    places = [("a",), ("b",), ("b", 0), ("b", 1), ("b", 1, "d"), ("e",), ("f",), ("f", 1), ("f", 1, "gone"), ("z",)]
    assert [document.line(place) for place in places] == [1, 2, 3, 4, 5, 6, 9, 10, 10, 1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ('"true"', "true"),
        ("~", None),
        ("", None),
        ("0800", 800),
        ('"0800"', "0800"),
        ("2026.1", 2026.1),
        ("2026-04-01", date(2026, 4, 1)),
        ("2026-02-30", "2026-02-30"),
        ("12:30", "12:30"),
        ("9" * 5000, "9" * 5000),
        ("0x10", "0x10"),
        (".", "."),
    ],
)
def test_scalars_follow_yaml_1_2(text, value):
    document, problems = read_yaml("x.yaml", f"key: {text}\n".encode())
    assert problems == []
    assert document.value == {"key": value}
    assert type(document.value["key"]) is type(value)


_NAMES = zip("abcdefgh", "bcdefghi", strict=True)
BOMB = "a: &a [x,x,x]\n" + "".join(f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in _NAMES)
HOSTILE = [
    (BOMB.encode(), "anchor", 1),
    (b"a: 1\nb: *a\n", "anchor", 2),
    (b"a: 1\n<<: {b: 2}\na: 3\n", "key_given_twice", 3),
    (b"[" * 100_000, "too_deep", 1),
    (b"{a: " * 100_000, "too_deep", 1),
    (b"- " * 50_000, "too_deep", 1),
    (b"? {a: b}\n: c\n", "key_not_a_text", 1),
    (b"? [a]\n: c\n", "key_not_a_text", 1),
    (b"true: c\n", "key_not_a_text", 1),
    (b"a: !!python/object/apply:os.system [id]\n", "tag", 1),
    (b"a: 1\n---\nb: 2\n", "several_documents", 2),
    (b"a: 1\nb: \xff\xfe\n", "not_utf_8", 2),
    ("a: 1\n".encode("utf-16"), "not_utf_8", 1),
    (b"a: \x00\n", "not_yaml", 0),
    (b"a: [1,\n", "not_yaml", 2),
    (b"a:\n\tb: 1\n", "not_yaml", 2),
    (b"a" * (MAX_BYTES + 1), "file_too_large", 0),
]


@pytest.mark.parametrize(("data", "code", "line"), HOSTILE)
def test_hostile_text_is_refused_with_its_line(data, code, line):
    _, problems = read_yaml("x.yaml", data)
    assert [(problem.code, problem.line) for problem in problems] == [(code, line)]


def test_read_again_it_has_the_same_problems_under_the_name_it_is_read_by():
    _, problems = read_yaml("x.yaml", b"a: 1\na: 2\n")
    problems.clear()
    for file in ("x.yaml", "y.yaml", "x.yaml"):
        document, problems = read_yaml(file, b"a: 1\na: 2\n")
        assert document.value == {"a": 1}
        assert [(problem.file, problem.code, problem.line) for problem in problems] == [(file, "key_given_twice", 2)]


@given(st.sampled_from([content for file, content in GOOD.items() if file.endswith(".yaml")]), st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_files_never_raise(content, data):
    cut = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(cut, min(len(content), cut + 20)))
    read_yaml("x.yaml", content[:cut] + data.draw(st.binary(max_size=8)) + content[end:])


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(data):
    document, problems = read_yaml("x.yaml", data)
    assert document or problems
