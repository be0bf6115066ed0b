# ruff: noqa: E501 - rows of a table are read across
import gzip
import json
from pathlib import Path

import duckdb
import pytest
from tests.kernel.coordination.tables import reading_of, write_csv, write_parquet

from counterpoint.kernel.coordination import reading
from counterpoint.kernel.coordination.columns import Shape
from counterpoint.kernel.coordination.errors import UnreadableInput
from counterpoint.kernel.coordination.steps import Workspace

GOOD = {"post_id": "1", "account_id": "a", "posted_at": "1600000000", "text": "hello"}


def posts_of(source, **options):
    with reading_of(source, **options) as (workspace, report):
        present = [row[0] for row in workspace.rows("DESCRIBE posts") if row[0] not in ("post", "account")]
        rows = workspace.rows(
            f"SELECT a.account_id, {', '.join(present)} FROM posts JOIN accounts a USING (account) ORDER BY post"
        )
        return [dict(zip(["account_id", *present], row, strict=True)) for row in rows], report


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("1600000000", 1600000000), ("1600000000.9", 1600000000), ("2020-09-13T12:26:40Z", 1600000000),
        ("2020-09-13 12:26:40", 1600000000), ("2020-09-13T14:26:40+02:00", 1600000000),
        ("2020-09-13T12:26:40.75Z", 1600000000),
    ],
)  # fmt: skip
def test_times_as_iso_or_epoch(tmp_path, given, seconds):
    rows, _ = posts_of(write_csv(tmp_path / "posts.csv", [GOOD | {"posted_at": given}]))
    assert rows[0]["at_seconds"] == seconds


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"posted_at": ""}, "no_time"), ({"posted_at": "yesterday"}, "no_time"), ({"posted_at": "inf"}, "no_time"),
        ({"posted_at": "nan"}, "no_time"), ({"posted_at": "99999999999999999999"}, "no_time"),
        ({"posted_at": "0"}, "time_out_of_range"), ({"posted_at": "-5"}, "time_out_of_range"),
        ({"posted_at": "1600000000000"}, "time_in_milliseconds"), ({"account_id": ""}, "no_account_id"),
        ({"post_id": ""}, "no_post_id"),
    ],
)  # fmt: skip
def test_a_bad_row_is_set_aside_with_its_reason_and_the_rest_goes_on(tmp_path, change, reason):
    source = write_csv(tmp_path / "posts.csv", [GOOD, GOOD | {"post_id": "2"} | change, GOOD | {"post_id": "3"}])
    with reading_of(source) as (workspace, report):
        assert report.rows == 3
        assert report.used == 2
        assert report.quarantined == {reason: 1}
        assert workspace.rows("SELECT file, line, reason, remedy <> '' FROM quarantine") == [
            ("posts.csv", 2, reason, True)
        ]


def test_broken_lines_are_explained(tmp_path):
    source = tmp_path / "posts.csv"
    source.write_bytes(
        b"post_id,account_id,posted_at,text\n1,a,1600000000,ok\n2,b,1600000001,\xff\xfe\n3,c\n"
        b'4,d,1600000002,"two\nlines"\n5,e,1600000002,x,y\n6,f,1600000003,=cmd()\n7,g,1600000003,"open\n'
    )
    rows, report = posts_of(source)
    assert [row["post_id"] for row in rows] == ["1", "4", "6"]
    assert report.quarantined == {"broken_utf8": 1, "open_quote": 1, "too_few_columns": 1, "too_many_columns": 1}
    assert report.rows == 7


@pytest.mark.parametrize("bad_row", [b"", b"x,b\n"])
def test_lines_that_end_now_in_one_way_and_now_in_another(tmp_path, bad_row):
    """As when files of two systems are put together."""
    source = tmp_path / "posts.csv"
    rows = [f"{n},a,{1600000000 + n},hello".encode() + (b"\r\n" if n % 3 else b"\n") for n in range(200)]
    source.write_bytes(b"post_id,account_id,posted_at,text\r\n" + b"".join(rows[:100]) + bad_row + b"".join(rows[100:]))
    found, report = posts_of(source)
    assert [row["post_id"] for row in found] == [str(n) for n in range(200)]
    assert {row["text"] for row in found} == {"hello"}
    assert report.quarantined_total == (1 if bad_row else 0)


def test_json_lines_with_lists_numbers_and_nonsense(tmp_path):
    source = tmp_path / "posts.jsonl.gz"
    lines = [json.dumps({"post_id": 1, "account_id": "a", "posted_at": 1600000000, "urls": ["https://one.example/x", "b"]}),
             "{broken", "[]", '"text"', "", json.dumps({"post_id": "2", "account_id": "b", "posted_at": "2020-09-13"})]  # fmt: skip
    source.write_bytes(gzip.compress("\n".join(lines).encode()))
    rows, report = posts_of(source)
    assert [(row["post_id"], row["urls"]) for row in rows] == [("1", ["https://one.example/x", "b"]), ("2", None)]
    assert report.quarantined_total == 3


def test_parquet_with_its_own_types(tmp_path):
    source = tmp_path / "posts.parquet"
    duckdb.execute(f"""COPY (SELECT 7 AS post_id, 'a' AS account_id, TIMESTAMP '2020-09-13 12:26:40' AS posted_at,
        ['x', 'y'] AS hashtags, 'p q|r' AS mentions) TO '{source}'""")
    rows, _ = posts_of(source)
    assert rows == [{"account_id": "a", "post_id": "7", "at_seconds": 1600000000, "hashtags": ["x", "y"],
                     "mentions": ["p", "q", "r"]}]  # fmt: skip


def test_a_folder_of_mixed_files_under_awkward_names(tmp_path):
    folder = tmp_path / "in ' put [*]"
    (folder / "deep; rm").mkdir(parents=True)
    write_csv(folder / "b?*.csv", [GOOD])
    (folder / "deep; rm" / "a'.jsonl").write_text(json.dumps(GOOD | {"post_id": "2", "client": "app"}) + "\n")
    (folder / "readme.txt").write_text("not posts")
    rows, report = posts_of(folder)
    assert report.files == 2
    assert [(row["post_id"], row["client"]) for row in rows] == [("1", None), ("2", "app")]


def test_other_names_are_mapped(tmp_path):
    source = write_csv(tmp_path / "posts.csv", [{"id": "1", "who": "a", "when": "1600000000", "text": "x"}])
    rows, report = posts_of(source, mapping={"post_id": "id", "account_id": "who", "posted_at": "when"})
    assert report.shape is Shape.POSTS
    assert rows == [{"account_id": "a", "post_id": "1", "at_seconds": 1600000000, "text": "x"}]


def test_one_name_on_two_platforms_is_two_accounts(tmp_path):
    given = [
        ("1", "ann", "here"),
        ("2", "ann", "there"),
        ("3", "bob", "here"),
        ("4", "ann", "here"),
        ("5", "cy", ""),
        ("6", "cy", "here"),
    ]
    rows, _ = posts_of(write_csv(tmp_path / "posts.csv", [GOOD | {"post_id": post, "account_id": name, "platform": platform}
                                                           for post, name, platform in given]))  # fmt: skip
    assert [row["account_id"] for row in rows] == ["here:ann", "there:ann", "bob", "here:ann", "cy", "here:cy"]


def test_missing_columns_are_all_named_with_a_remedy(tmp_path):
    source = write_csv(tmp_path / "posts.csv", [{"post_id": "1", "who": "a"}])
    with pytest.raises(UnreadableInput) as caught:
        posts_of(source, mapping={"text": "body", "colour": "who"})
    told = str(caught.value)
    assert all(
        part in told for part in ("colour", "body", "account_id=THEIR_NAME", "posted_at=THEIR_NAME", "post_id, who")
    )


@pytest.mark.parametrize("name", ["nothing.csv", "folder"])
def test_nothing_to_read_says_so(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnreadableInput):
        posts_of(tmp_path / name)


def test_a_damaged_parquet_file_is_told_by_its_name(tmp_path):
    source = write_parquet(tmp_path / "week.parquet", [GOOD | {"post_id": f"p{number}"} for number in range(5_000)])
    content = bytearray(source.read_bytes())
    content[100:400] = b"\xff" * 300
    source.write_bytes(content)
    with pytest.raises(UnreadableInput, match=r"week\.parquet.* The file is damaged; copy it again") as told:
        posts_of(source)
    assert ".work" not in str(told.value)
    assert "input0" not in str(told.value)


@pytest.mark.parametrize("extra", [{}, {"file_row_number": 7}])  # a name that the engine uses itself
@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_rows_of_several_files_keep_their_places(tmp_path, write, extra):
    rows = [extra | GOOD | {"post_id": f"p{number}"} for number in range(6)]
    rows[1]["account_id"] = rows[4]["posted_at"] = ""
    for name, some in (("a", rows[:3]), ("b", rows[3:])):
        write(tmp_path / f"{name}.{write.__name__.removeprefix('write_')}", some)
    with reading_of(tmp_path) as (workspace, report):
        assert (report.files, report.rows, report.used) == (2, 6, 4)
        assert workspace.rows("SELECT post, post_id FROM posts ORDER BY post") == [
            (0, "p0"), (2, "p2"), (3, "p3"), (5, "p5")
        ]  # fmt: skip
        told = workspace.rows("SELECT left(file, 1), line, reason FROM quarantine ORDER BY ALL")
        assert told == [("a", 2, "no_account_id"), ("b", 2, "no_time")]


@pytest.mark.parametrize("content", [b"", b"PAR1 this is not parquet", b"a,a\n1,2\n"])
def test_files_that_are_not_what_they_say(tmp_path, content):
    source = tmp_path / ("x.parquet" if content.startswith(b"PAR1") else "x.csv")
    source.write_bytes(content)
    with pytest.raises(UnreadableInput, match=source.name):
        posts_of(source)


@pytest.mark.parametrize("repeated", [None, 0, 7, 19])
def test_a_repeat_is_noticed_wherever_its_hash_lies(tmp_path, monkeypatch, repeated):
    monkeypatch.setattr(Workspace, "room", property(lambda _: 24))  # three hashes
    rows = [GOOD | {"post_id": f"p{number}"} for number in range(20)]
    again = [] if repeated is None else [rows[repeated]]
    with reading_of(write_csv(tmp_path / "posts.csv", rows + again)) as (workspace, report):
        assert (report.used, report.repeated) == (20, len(again))
        workspace.show("raw_rows", "SELECT * FROM posts")
        assert reading._come_once(workspace, 20)


def test_repeated_posts_count_once_and_conflicts_keep_the_earliest(tmp_path):
    late = GOOD | {"posted_at": "1600000009", "text": "edited"}
    for rows in ([GOOD, GOOD, late], [late, GOOD, GOOD]):
        found, report = posts_of(write_csv(tmp_path / "posts.csv", rows))
        assert [(row["at_seconds"], row["text"]) for row in found] == [(1600000000, "hello")]
        assert (report.rows, report.used, report.repeated, report.conflicting) == (3, 1, 2, 1)


def test_a_text_of_a_megabyte_is_read_and_cut(tmp_path):
    rows, _ = posts_of(write_csv(tmp_path / "posts.csv", [GOOD | {"text": "word " * 250_000}]))
    assert len(rows[0]["text"]) == 10_000


def test_links_to_the_input_stay_out_of_it(tmp_path):
    folder = tmp_path / "input"
    folder.mkdir()
    write_csv(folder / "posts.csv", [GOOD])
    posts_of(folder)
    assert [path.name for path in folder.iterdir()] == ["posts.csv"]
    assert not Path("posts.csv").exists()
