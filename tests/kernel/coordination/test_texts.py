import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.coordination.tables import reading_of, write_csv

from counterpoint.kernel.coordination import texts as texts_module
from counterpoint.kernel.coordination.steps import Workspace
from counterpoint.kernel.coordination.texts import distinct_wordings, make_wordings

NEAR = {
    "latin": ["The council has hidden the truth about the Northmoor water works again today",
              "🔥 the council has HIDDEN the truth about Northmoor water works again now @someone",
              "@user1 the council hides the truth about the northmoor water works again today https://bit.ly/x1 #tag"],
    "cyrillic": ["Совет снова скрыл правду о водопроводе в нашем городе сегодня утром",
                 "совет снова скрыл всю правду о водопроводе в городе сегодня ❗",
                 "@user Совет опять скрыл правду о водопроводе в нашем городе сегодня утром https://t.co/a"],
    "arabic": ["أخفى المجلس الحقيقة عن محطة المياه في مدينتنا مرة أخرى اليوم",
               "أخفى المجلس الحقيقة عن محطة المياه في مدينتنا مرة أخرى 🔥",
               "@user أخفى المجلس كل الحقيقة عن محطة الميـــاه في مدينتنا مرة أخرى اليوم"],
    "han": ["市议会今天又一次隐瞒了关于水厂污染事件的真相请大家转发",
            "市议会今天再一次隐瞒了关于水厂污染事件的真相请大家转发🔥",
            "@user 市议会今天又一次隐瞒了关于水厂污染的真相 请大家快转发 https://t.co/b"],
}  # fmt: skip
STRANGERS = [
    "My cat has learned to open the kitchen door and now nobody is safe",
    "Looking for a reliable plumber near the station before the weekend please",
    "The match last night was the best thing that happened in this league for years",
    "На рынке сегодня продают прекрасные яблоки и совсем недорого, советую всем",
    "ذهبت أمس مع أصدقائي إلى السوق القديم واشترينا خبزا طازجا وجبنا",
    "昨天晚上我们在海边看到了非常漂亮的日落还吃了新鲜的鱼",
]


def wordings_of(tmp_path, texts):
    rows = [{"post_id": f"{number:04d}", "account_id": f"a{number}", "posted_at": 1600000000, "text": text}
            for number, text in enumerate(texts)]  # fmt: skip
    with reading_of(write_csv(tmp_path / "posts.csv", rows)) as (workspace, _):
        make_wordings(workspace)
        found = dict(workspace.rows("SELECT post_id, wording FROM post_wordings JOIN posts USING (post)"))
    return [found.get(f"{number:04d}") for number in range(len(texts))]


@pytest.mark.parametrize("script", NEAR)
def test_light_changes_do_not_hide_a_wording(tmp_path, script):
    others = [text for other, texts in NEAR.items() if other != script for text in texts[:1]]
    found = wordings_of(tmp_path, [*NEAR[script], *STRANGERS, *others])
    assert len(set(found[:3])) == 1
    assert None not in found
    assert len(set(found)) == len(found) - 2


def test_a_chain_of_small_likenesses_does_not_tie_strangers(tmp_path):
    words = [f"word{number}" for number in range(120)]
    found = wordings_of(tmp_path, [" ".join(words[start : start + 12]) for start in range(0, 108, 4)])
    assert found[0] != found[-1]
    assert max(found.count(name) for name in found) < len(found) / 2


def test_short_texts_have_no_wording(tmp_path):
    assert (
        wordings_of(tmp_path, ["good morning all", "good morning all", "https://one.example @a #b", "山水火"])
        == [None] * 4
    )


def test_the_wording_does_not_depend_on_the_order_of_posts(tmp_path):
    texts = [text for script in NEAR.values() for text in script] + STRANGERS
    assert wordings_of(tmp_path, texts[::-1])[::-1] == wordings_of(tmp_path, texts)


@settings(max_examples=20, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(["a", "bb", "é", "жук", "水", "厂市", "z9"]), min_size=1, max_size=12).map(" ".join),
        max_size=12,
    ),
    at_once=st.integers(1, 5),
)
def test_words_are_those_of_each_text(texts, at_once):
    """Words, or pairs of characters where a script has no spaces, each once, by number; in however small parts."""
    with Workspace(threads=1) as workspace, pytest.MonkeyPatch.context() as patched:
        patched.setattr(texts_module, "_TEXTS_AT_ONCE", at_once)
        patched.setattr(texts_module, "MOST_WORDS", 9)
        workspace.load("plain_texts", {"post": np.arange(len(texts)), "plain": texts or np.empty(0, dtype=str)})
        workspace.make("wordings", distinct_wordings())
        numbered = workspace.rows("SELECT wording, plain FROM wordings")
        wording, number, words = texts_module._occurrences(workspace, len(numbered))
    found = [(one, words[two].as_py()) for one, two in zip(wording.tolist(), number.tolist(), strict=True)]
    expected = {(wording, word) for wording, plain in numbered for word in words_of(plain)}
    assert found == sorted(expected)
    assert sorted(plain for _, plain in numbered) == [plain for _, plain in sorted(numbered)]
    assert {plain for _, plain in numbered} == {plain for plain in texts if long_enough(plain)}


def unspaced(plain):
    return bool(set("水厂市") & set(plain))


def long_enough(plain):
    return len(plain.replace(" ", "")) >= 8 if unspaced(plain) else len(plain.split(" ")) >= 4


def words_of(plain):
    signs = plain.replace(" ", "")
    return [signs[at : at + 2] for at in range(len(signs) - 1)] if unspaced(plain) else plain.split(" ")[:9]


def test_small_parts_change_no_wording(tmp_path, monkeypatch):
    """Neither texts whose words are taken apart together, nor those whose smallest values are looked for together."""
    texts = [text for script in NEAR.values() for text in script] + STRANGERS + ["one two three four five six"] * 2
    whole = wordings_of(tmp_path, texts)
    monkeypatch.setattr(texts_module, "_TEXTS_AT_ONCE", 3)
    monkeypatch.setattr(texts_module, "_TEXTS_NEAR", 2)
    assert wordings_of(tmp_path, texts) == whole
