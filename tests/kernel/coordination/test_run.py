# ruff: noqa: E501 - rows of a table are read across
import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import networkx as nx
import pyarrow.parquet as pq
import pytest
from tests.kernel.coordination.tables import write_csv
from typer.testing import CliRunner

from counterpoint.kernel.coordination import run as running
from counterpoint.kernel.coordination.command import app
from counterpoint.kernel.coordination.identity import Identifiers, pseudonym
from counterpoint.kernel.coordination.run import RESULTS, RunOptions, detect
from counterpoint.kernel.coordination.worlds import Campaign, Scenario, make_world, rows_of

SHOWN = Identifiers(b"", purpose="a test")
WORLD = make_world(
    Scenario(
        seed=9,
        organic=150,
        communities=2,
        posts=6,
        circles=2,
        bursts=1,
        jokes=1,
        campaigns=(Campaign("same_minute", 10),),
    )
)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_csv(tmp_path_factory.mktemp("world") / "posts.csv", rows_of(WORLD))


@pytest.fixture(scope="module")
def finished(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    summary = detect(source, out, identifiers=SHOWN)
    return out, summary


def rows_of_file(path):
    """Rows as text, sorted: the order of rows in a table means nothing."""
    return sorted(map(str, pq.read_table(path).to_pylist()))


def command(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_all_results_are_there_with_their_fixed_columns(finished):
    out, summary = finished
    expected = set(RESULTS) - {"displaced.parquet"}
    assert {path.name for path in out.iterdir() if path.is_file()} == expected
    assert pq.read_schema(out / "pairs.parquet").names == [
        "object_id",
        "post_a",
        "post_b",
        "account_a",
        "account_b",
        "seconds_apart",
    ]
    assert pq.read_schema(out / "edges.parquet").names[:3] == ["account_a", "account_b", "weight"]
    assert pq.read_schema(out / "accounts.parquet").names[:3] == ["account_id", "finding_id", "detector"]
    assert all(row["account_a"] < row["account_b"] for row in pq.read_table(out / "edges.parquet").to_pylist())
    named = {row["account_id"] for row in pq.read_table(out / "accounts.parquet").to_pylist()}
    assert named == WORLD.truth.keys()
    assert summary.findings["validated"] == 1
    assert summary.accounts_named == 10


def test_the_network_opens_elsewhere(finished):
    out, _ = finished
    graph = nx.read_graphml(out / "network.graphml")
    assert set(WORLD.truth) <= set(graph.nodes)
    assert graph.number_of_edges() >= 45
    assert ET.parse(out / "network.gexf").getroot().tag.endswith("gexf")


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.open, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href", "action", "data")]
        if tag not in ("meta", "br", "rect", "line", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "line", "circle"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read_page(out):
    page = Page()
    page.feed((out / "report.html").read_text("utf-8"))
    return page


def test_the_report_is_one_whole_page_with_pictures_and_tables(finished):
    page = read_page(finished[0])
    assert page.open == []
    assert page.links == []
    assert "script" not in page.tags
    assert page.tags.count("svg") >= 4
    assert page.tags.count("svg") == page.tags.count("title") - 1
    assert page.tags.count("table") == page.tags.count("caption")
    assert "It would be innocent if" in page.text


def test_hostile_names_and_texts_stay_text(tmp_path):
    evil = "<script>alert(1)</script>"
    rows = [{"post_id": f"=cmd|{place}-{account}", "account_id": f"{evil}{account}\x07&\"'", "posted_at": 1600000000 + 4000 * place + account,
             "urls": f"https://one.example/<b>{place}", "text": "=HYPERLINK(1) ../../etc/passwd"} for place in range(8) for account in range(8)]  # fmt: skip
    rows += [{"post_id": f"o{number}", "account_id": f"o{number % 200}", "posted_at": 1600000000 + 777 * number, "urls": f"https://two.example/{number % 150}"}
             for number in range(900)]  # fmt: skip
    out = tmp_path / "o'ut"
    detect(write_csv(tmp_path / "a'; drop.csv", rows), out, identifiers=SHOWN)
    page = read_page(out)
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert evil in page.text
    nx.read_graphml(out / "network.graphml")


def test_accounts_are_hashed_unless_a_purpose_is_given(source, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(b"0123456789abcdef0123")
    result = command("detect", source, "--out", tmp_path / "one", "--key-file", key, "--json")
    assert result.exit_code == 0, result.output
    named = {row["account_id"] for row in pq.read_table(tmp_path / "one" / "accounts.parquet").to_pylist()}
    assert named == {pseudonym(account, key=key.read_bytes()) for account in WORLD.truth}
    written = b"".join(
        path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file() and path.suffix != ".parquet"
    )
    assert not any(account.encode() in written for account in WORLD.truth)


def test_a_key_of_the_runs_own_is_forgotten(source, tmp_path):
    detect(source, tmp_path, RunOptions(detectors=(running.Detector.PAIRS,)))
    assert not (tmp_path / ".work" / "key").exists()


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("find_automation", {"pairs"}),
        ("find_validated", {"pairs", "automation"}),
        ("find_hashtag_pushes", {"pairs", "automation", "validated"}),  # on the thread beside
    ],
)
def test_a_killed_run_goes_on_where_it_stopped_and_ends_the_same(source, finished, tmp_path, monkeypatch, at, kept):  # noqa: PLR0917 - fixtures
    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(running, at, killed)
        with pytest.raises(KeyboardInterrupt):
            detect(source, tmp_path, identifiers=SHOWN)
    assert not (tmp_path / "findings.parquet").exists()
    summary = detect(source, tmp_path, identifiers=SHOWN)
    assert kept <= set(summary.resumed) < {str(detector) for detector in running.Detector}
    for name in RESULTS:
        if name.endswith(".parquet") and name != "displaced.parquet":
            assert rows_of_file(tmp_path / name) == rows_of_file(finished[0] / name), name
    for name in ("report.html", "network.graphml", "network.gexf"):
        assert (tmp_path / name).read_bytes() == (finished[0] / name).read_bytes()


def test_other_options_begin_anew(source, tmp_path):
    detect(source, tmp_path, identifiers=SHOWN)
    again = detect(source, tmp_path, RunOptions(detectors=(running.Detector.PAIRS,)), identifiers=SHOWN)
    assert again.resumed == ()
    assert not (tmp_path / "validated_edges.parquet").exists()


def test_the_command_generates_detects_and_evaluates(tmp_path):
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        "seed: 4\norganic: 150\ncommunities: 2\nposts: 6\ncampaigns:\n  - {tactic: spread, accounts: 10}\n"
    )
    assert command("generate", scenario, "--out", tmp_path / "world").exit_code == 0
    detected = command(
        "detect",
        tmp_path / "world" / "posts.parquet",
        "--out",
        tmp_path / "out",
        "--identifiers",
        "--purpose",
        "test",
        "--json",
    )
    assert detected.exit_code == 0, detected.output
    assert json.loads(detected.stdout)["findings"]["validated"] == 1
    scored = command("evaluate", tmp_path / "out", "--labels", tmp_path / "world" / "truth.json", "--json")
    assert json.loads(scored.stdout)["recall"]["value"] == 1.0
    told = command(
        "evaluate", tmp_path / "out", "--labels", tmp_path / "world" / "truth.json", "--detector", "validated"
    )
    assert "recall, spread" in told.stdout


@pytest.mark.parametrize("detectors", ["pairs", "validated"])
def test_too_little_memory_is_told_and_more_goes_on(tmp_path, detectors):
    posts = tmp_path / "posts.csv"
    rows = (f"p{row},a{row % 5000},o{row % 9000},{1_600_000_000 + row}" for row in range(100_000))
    posts.write_text("content_id,account_id,object_id,timestamp_share\n" + "\n".join(rows))
    arguments = ("detect", posts, "--out", tmp_path / "out", "--detectors", detectors)
    lacking = command(*arguments, "--memory-mb", "1")
    assert lacking.exit_code == 1
    assert "Give more with --memory-mb" in lacking.output
    assert command(*arguments).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (("--subgraph", "2"), 2, "--fast-window-seconds"), (("--identifiers",), 2, "--purpose"), (("--purpose", "x"), 2, "--identifiers"),
        (("--detectors", "magic"), 2, "magic"), (("--window-seconds", "-1"), 2, "window"), (("--map", "text"), 2, "OUR_NAME=THEIR_NAME"),
        (("--map", "text=body"), 1, "body"), (("--pair-layers", "media"), 2, "media"), (("--acts", "nowhere.csv"), 2, "nowhere.csv"),
        (("--key-file", "nowhere"), 2, "nowhere"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_and_has_its_exit_code(source, tmp_path, arguments, exit_code, told):
    result = command("detect", source, "--out", tmp_path / "out", *arguments)
    assert result.exit_code == exit_code
    assert told in result.output


def test_rows_set_aside_make_exit_code_one(tmp_path):
    source = write_csv(
        tmp_path / "posts.csv",
        [{"post_id": "1", "account_id": "a", "posted_at": "soon", "urls": "https://one.example/a"}],
    )
    result = command("detect", source, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "no_time" in result.output
    assert pq.read_table(tmp_path / "out" / "quarantine.parquet").num_rows == 1


def test_acts_are_read_and_followed(tmp_path):
    rows = [{"post_id": f"{account}{page}", "account_id": account, "posted_at": at + 60 * page, "urls": f"https://push.example/{page}"}
            for account, at in (("old1", 1600000000), ("old2", 1600003600), ("new1", 1601000000), ("new2", 1601003600)) for page in range(12)]  # fmt: skip
    rows += [{"post_id": f"o{number}", "account_id": f"o{number % 90}", "posted_at": 1599900000 + 997 * number, "urls": f"https://two.example/{number % 220}"}
             for number in range(1300)]  # fmt: skip
    acts = tmp_path / "acts.csv"
    acts.write_text(
        "at,account_id,platform,name\n2020-09-20T00:00:00Z,old1,,closure\n2020-09-20T00:00:00Z,old2,,closure\n"
    )
    result = command("detect", write_csv(tmp_path / "posts.csv", rows), "--out", tmp_path / "out", "--acts", acts, "--detectors", "displacement",
                     "--identifiers", "--purpose", "test", "--json")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert {row["account_id"] for row in pq.read_table(tmp_path / "out" / "accounts.parquet").to_pylist()} == {
        "new1",
        "new2",
    }


@pytest.mark.parametrize("line", ["soon,a,,x", "2020-09-20,,,x", "2020-09-20,a,p,x"])
def test_a_wrong_act_is_told_with_its_line(source, tmp_path, line):
    acts = tmp_path / "acts.csv"
    acts.write_text("at,account_id,platform,name\n" + line + "\n")
    result = command("detect", source, "--out", tmp_path / "out", "--acts", acts)
    assert result.exit_code == 2
    assert "line 2" in result.output
