"""Hypothesis strategies: question sets as documents, answers to them (good, nearly good and hostile), and posts."""

import datetime as dt

from hypothesis import strategies as st

from counterpoint.kernel.questions import QuestionSetProblems, read_question_set

TYPES = [
    "short_text",
    "long_text",
    "choice",
    "choices",
    "date",
    "age",
    "web_addresses",
    "email",
    "phone",
    "postcode",
    "files",
]
DAYS = st.dates(dt.date(1895, 1, 1), dt.date(2205, 12, 31))

hostile_text = st.text(
    st.one_of(st.sampled_from('aZ0 .@+-()/:[]?#<"x\n\r\t\x00\x1b\x85\u00a0\u3000\ufeff٣é'), st.characters(codec=None)),
    max_size=24,
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), hostile_text, st.just(10**300), st.just("a" * 6000)
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=3), max_leaves=6
)
numbers = st.one_of(
    st.none(),
    st.integers(-2, 35),
    st.integers(1895, 2205),
    st.sampled_from([2.0, 2.5, True, "3", 15.0, 120, 121, 2000.0]),
)

_EMAILS = [
    "a@b.cd",
    "a.b+c@sub.example.org",
    "@b.cd",
    "a@b",
    "a@b.c",
    "a@@b.cd",
    "a@.cd",
    "a b@c.de",
    "é@bücher.example",
]
_PHONES = ["0808 157 0142", "+44 (0)1632 960123", "(+44) 1632-960-123", "12", "01632 960 123 ext 12", "x12", "1" * 16]
_POSTCODES = ["NM1 4AB", "nm14ab", "NM1", "N", "-NM", "1010", "NM1  4AB", "NM1/4AB", "NM1 4AB NM1 4AB"]
_ADDRESSES = [
    "https://video.example/watch?v=1#t=3",
    "video.example",
    "hxxps://video[.]example/a",
    "HTTP://video.example.:8080/",
    "https://user:word@video.example/",
    "http://[::1]:80/x",
    "tg://resolve?domain=x",
    "javascript:alert(1)",
    "javascript://video.example/%0aalert(1)",
    "data:text/html,x",
    "video example",
    "http://",
    "http://[.]",
    "video..example",
    "https://video.example/<b>",
    "video.example:99999999",
    " ",
    "",
]
_GOOD_FILE = {"file_id": "f_1", "name": "photo.jpg", "media_type": "image/jpeg", "size_bytes": 12}
_FILES = [
    _GOOD_FILE,
    {**_GOOD_FILE, "size_bytes": 3.0},
    {**_GOOD_FILE, "size_bytes": -1},
    {**_GOOD_FILE, "name": ""},
    {**_GOOD_FILE, "name": "a\x00"},
    {**_GOOD_FILE, "file_id": "../etc"},
    {**_GOOD_FILE, "file_id": "f_1\n"},
    {**_GOOD_FILE, "media_type": "jpeg"},
    {**_GOOD_FILE, "extra": 1},
    {"file_id": "f"},
    None,
]


def _padded(texts):
    pad = st.sampled_from(["", "", " ", "\n", "\u00a0", "\r\n", "\x00"])
    return st.builds(lambda before, text, after: before + text + after, pad, texts, pad)


_VALUES = {
    "short_text": _padded(st.one_of(hostile_text, st.just("a" * 201), st.just("one\ntwo"))),
    "long_text": _padded(st.one_of(hostile_text, st.just("a" * 5001))),
    "email": _padded(st.one_of(st.sampled_from(_EMAILS), st.text("a.@ é", max_size=9), hostile_text)),
    "phone": _padded(st.one_of(st.sampled_from(_PHONES), st.text("01 +()-.xet", min_size=3, max_size=18))),
    "postcode": _padded(st.one_of(st.sampled_from(_POSTCODES), st.text("aB1 -", max_size=14))),
    "date": st.fixed_dictionaries({"year": numbers}, optional={"month": numbers, "day": numbers, "hour": numbers})
    | st.builds(lambda day: {"year": day.year, "month": day.month, "day": day.day}, DAYS),
    "age": st.fixed_dictionaries({}, optional={"years": numbers, "estimated": st.booleans() | st.none(), "x": numbers}),
    "web_addresses": st.lists(
        _padded(st.one_of(st.sampled_from(_ADDRESSES), st.text("a.:/[]@?", max_size=12))), max_size=4
    )
    | st.just(["video.example"] * 51)
    | st.just(["a." + "b" * 2048]),
    "files": st.lists(st.sampled_from(_FILES), max_size=3) | st.just([_GOOD_FILE] * 51),
}


def values_for(question):
    if question["type"] in ("choice", "choices"):
        ids = st.sampled_from([*(one["id"] for one in question["choices"]), "", "zz"])
        return ids if question["type"] == "choice" else st.lists(ids, max_size=4)
    return _VALUES[question["type"]]


def answers_for(question):
    value = values_for(question)
    provenance = st.sampled_from(["first_hand", "reported", "inferred", "inferred", "guess", None, ["x"]])
    usual = st.fixed_dictionaries({"value": value})
    return st.one_of(
        usual,
        usual,
        st.fixed_dictionaries({"value": value, "provenance": provenance}),
        st.just({"unknown": True}),
        st.fixed_dictionaries({"unknown": st.booleans()}, optional={"value": value, "provenance": provenance}),
        st.fixed_dictionaries({"value": scalars}),
        st.fixed_dictionaries({"value": anything}, optional={"more": anything}),
        anything,
    )


@st.composite
def documents(draw, conditions=True):
    """A question set that reads without problems."""
    pages, earlier = [], []
    for number in range(draw(st.integers(1, 5))):
        questions = [
            draw(_questions(f"q{number}_{index}", earlier, conditions)) for index in range(draw(st.integers(1, 3)))
        ]
        page = {"id": f"p{number}", "title": f"Page {number}", "questions": questions}
        if conditions and earlier and draw(st.booleans()):
            page["show_when"] = draw(_conditions(earlier))
        pages.append(page)
        earlier = earlier + questions
    cut = draw(st.integers(1, len(pages)))
    sections = [{"id": "s0", "title": "Section", "pages": pages[:cut]}]
    if pages[cut:]:
        sections.append({"id": "s1", "title": "Section", "pages": pages[cut:]})
    document = {"id": "drawn", "kind": "concern", "audience": "public", "title": "Drawn", "sections": sections}
    return _without_the_impossible(document)


def _without_the_impossible(document):
    """Conditions that no answers meet are taken out: they are a problem of their own, tested elsewhere."""
    while True:
        try:
            read_question_set(document)
        except QuestionSetProblems as found:
            for problem in found.problems:
                assert problem.code == "never_shown", problem
                place = document
                for step in problem.path[:-1]:
                    place = place[step]
                place.pop("show_when", None)
        else:
            return document


@st.composite
def _questions(draw, question_id, earlier, conditions):
    question = {
        "id": question_id,
        "type": draw(st.sampled_from([*TYPES, "choice", "choice"])),
        "ask": f"Ask {question_id}",
    }
    for flag in ("required", "ask_provenance", "allow_unknown"):
        if draw(st.booleans()) and not (flag == "allow_unknown" and question["type"] == "files"):
            question[flag] = True
    if question["type"] in ("choice", "choices"):
        question["choices"] = [{"id": one, "label": one.upper()} for one in "abc"[: draw(st.integers(1, 3))]]
    if question["type"] == "date":
        question |= {flag: draw(st.booleans()) for flag in ("partial", "allow_future")}
    if question["type"] in ("short_text", "long_text") and draw(st.booleans()):
        question["max_length"] = draw(st.integers(1, 20))
    if conditions and earlier and draw(st.integers(0, 3)) == 0:
        question["show_when"] = draw(_conditions(earlier))
    return question


def _conditions(earlier):
    def leaf(question):
        answered = st.just({"question": question["id"], "answered": True})
        if "choices" not in question:
            return answered
        ids = st.lists(st.sampled_from([one["id"] for one in question["choices"]]), min_size=1, max_size=2, unique=True)
        return answered | st.builds(lambda chosen: {"question": question["id"], "in": chosen}, ids)

    def joined(inner):
        several = st.lists(inner, min_size=1, max_size=2)
        return (
            st.builds(lambda parts: {"all": parts}, several)
            | st.builds(lambda parts: {"any": parts}, several)
            | st.builds(lambda part: {"not": part}, inner)
        )

    return st.recursive(st.sampled_from(earlier).flatmap(leaf), joined, max_leaves=3)


def questions_of(document):
    return [question for section in document["sections"] for page in section["pages"] for question in page["questions"]]


@st.composite
def answers_to(draw, document):
    """Answers to some of the questions, seldom something else beside or instead."""
    answers = {}
    for question in questions_of(document):
        if draw(st.integers(0, 3)):
            answers[question["id"]] = draw(answers_for(question))
    rare = draw(st.integers(0, 19))
    if rare == 0:
        return draw(anything)
    if rare == 1:
        answers[draw(hostile_text)] = draw(anything)
    if rare == 2:
        answers[draw(st.sampled_from([1, None, ("x",)]))] = {"value": "x"}
    return answers


_FIELD = st.one_of(
    hostile_text,
    st.sampled_from(["a", "b", "__unknown__", "true", "1", "12", "2020", "٢٠٢٠", "first_hand", "a" * 200_000, ""]),
    st.sampled_from(["0808 157 0142", "nm1 4ab", "a@b.cd", "video.example\r\nhttps://x.example/a"]),
)


@st.composite
def posts_for(draw, page):
    """What a browser, a broken one or a hostile program may post to a page (a Page)."""
    ends = ["", "-day", "-month", "-year", "-years", "-estimated", "-unknown", "-provenance", "-other"]
    names = [question.id + end for question in page.questions for end in ends] + ["csrf", "\x00", ""]
    return draw(st.dictionaries(st.sampled_from(names), st.lists(_FIELD, max_size=3), max_size=8))
