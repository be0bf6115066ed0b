"""What window pairs compare where it is asked for."""

import pyarrow.parquet as pq
import pytest
from tests.kernel.coordination.tables import write_csv

from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.identity import Identifiers, pseudonym
from counterpoint.kernel.coordination.layers import Layer
from counterpoint.kernel.coordination.pairs import PairOptions
from counterpoint.kernel.coordination.run import RunOptions, detect

SHOWN = Identifiers(b"", purpose="a test")
KEY = b"a key of sixteen bytes"
NOON = 1_600_000_000
FERRY = "the ferry leaves from the old pier beyond the market every day of the week at"
POSTS = [
    {"post_id": "p1", "account_id": "a", "text": f"{FERRY} noon", "reply_to": "x1", "mentions": "@One two @two",
     "hashtags": "#A #b"},
    {"post_id": "p2", "account_id": "b", "text": f"{FERRY} eleven", "reply_to": "x1", "mentions": "Two @one",
     "hashtags": "B a"},
    {"post_id": "p3", "account_id": "c", "text": "nothing of this sort", "reply_to": "x2", "mentions": "@one",
     "hashtags": "#a"},
    {"post_id": "p4", "account_id": "d", "text": "", "reply_to": "", "mentions": "@one @one", "hashtags": ""},
]  # fmt: skip


def paired(folder, layers, identifiers=SHOWN):
    rows = [{**row, "posted_at": NOON + place} for place, row in enumerate(POSTS)]
    options = RunOptions((Detector.PAIRS,), PairOptions(60, 1), pair_layers=layers)
    detect(write_csv(folder / "posts.csv", rows), folder / "out", options, identifiers=identifiers)
    found = pq.read_table(folder / "out" / "pairs.parquet").to_pylist()
    return sorted((row["object_id"], row["post_a"], row["post_b"]) for row in found)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (("reply",), ["reply:x1"]), (("mentions",), ["mentions:one two"]), (("hashtags",), ["hashtags:a b"]),
        (("reply", "mentions"), ["mentions:one two", "reply:x1"]),
    ],
)  # fmt: skip
def test_posts_that_share_it_are_paired(tmp_path, layers, expected):
    assert paired(tmp_path, layers) == [(name, "p1", "p2") for name in expected]


def test_nearly_the_same_words_are_paired_where_that_is_asked_for(tmp_path):
    (pair,) = paired(tmp_path, ("near_text",))
    assert pair[0].startswith("near_text:")
    assert pair[1:] == ("p1", "p2")


def test_whom_posts_mention_is_not_shown(tmp_path):
    found = paired(tmp_path, ("mentions", "reply"), Identifiers(KEY))
    assert found == [(f"mentions:{pseudonym('one two', key=KEY)}", "p1", "p2"), ("reply:x1", "p1", "p2")]
    assert b"one two" not in (tmp_path / "out" / "pairs.parquet").read_bytes()


def test_answers_and_mentions_are_compared_only_where_asked_for(tmp_path):
    assert paired(tmp_path, ()) == []
    assert {Layer.REPLY, Layer.MENTIONS} <= set(Layer)
