"""One set of steps, two engines: every table that Spark leaves is the embedded engine's, row for row."""

# ruff: noqa: E501 - rows of a table are read across

import random
import sys
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.kernel.coordination import slow_twin
from tests.kernel.coordination.slow_twin import Share
from tests.kernel.coordination.tables import (
    REAL_DATA,
    needs_real_data,
    reading_of,
    two_windows,
    write_csv,
    write_shares,
)
from tests.servers import free_port
from tests.spark import QUICK_JAVA, spark_cluster
from typer.testing import CliRunner

from counterpoint.kernel.coordination.command import app
from counterpoint.kernel.coordination.displacement import Act
from counterpoint.kernel.coordination.engines import Engine
from counterpoint.kernel.coordination.engines.spark import spark_workspace
from counterpoint.kernel.coordination.engines.translation import spark_sql, tables_of
from counterpoint.kernel.coordination.errors import BadOption, EngineFailed
from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.identity import Identifiers
from counterpoint.kernel.coordination.pairs import PairOptions, Reading, Subgraph
from counterpoint.kernel.coordination.reading import find_files, read_posts
from counterpoint.kernel.coordination.run import RESULTS, RunOptions, detect
from counterpoint.kernel.coordination.worlds import Campaign, Scenario, make_world, rows_of

pytestmark = pytest.mark.xdist_group("spark")  # one cluster for all of them

SHOWN = Identifiers(b"", purpose="a test")
KEYED = Identifiers(b"0123456789abcdef0123")
WORLD = Scenario(seed=5, organic=300, communities=3, posts=8, circles=3, bursts=1, jokes=2, languages={"latin": 1, "arabic": 1, "han": 1},
                 campaigns=(Campaign("same_minute", 10), Campaign("spread", 12), Campaign("borrowed_tags", 10)))  # fmt: skip


@pytest.fixture(scope="module")
def cluster():
    """The address of a master with two workers, and a session on it that the module's runs share."""
    from pyspark.sql import SparkSession

    with spark_cluster() as address:
        builder = SparkSession.builder.master(address).appName("tests")
        for name, value in {
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": False,
            "spark.executor.memory": "1g", "spark.sql.shuffle.partitions": 2, "spark.log.level": "OFF",
            "spark.driver.extraJavaOptions": QUICK_JAVA, "spark.executor.extraJavaOptions": QUICK_JAVA, "spark.ui.showConsoleProgress": False,
        }.items():  # fmt: skip
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield address
        session.stop()


def rows_of_file(path):
    return sorted(map(repr, pq.read_table(path).to_pylist()))


def columns_of_file(path):
    """Whether a column may be empty is a remark of the writer, not of the table."""
    return [(column.name, column.type) for column in pq.read_schema(path)]


def check_equal(source, folder, address, options, *, identifiers=SHOWN):
    """Runs both engines, compares every result, and gives the summary of Spark's run."""
    told = {}
    for engine in Engine:
        asked = replace(options, engine=engine, spark_master=address)
        told[engine] = detect(source, folder / engine, asked, identifiers=identifiers)
    assert told[Engine.SPARK] == replace(told[Engine.DUCKDB], out=str(folder / Engine.SPARK))
    check_results_equal(folder / Engine.DUCKDB, folder / Engine.SPARK)
    assert not (folder / Engine.SPARK / ".work" / "spark").exists()
    return told[Engine.SPARK]


def check_results_equal(one, two):
    for name in RESULTS:
        assert (one / name).exists() == (two / name).exists(), name
        if name.endswith(".parquet") and (one / name).exists():
            assert columns_of_file(one / name) == columns_of_file(two / name), name
            assert rows_of_file(one / name) == rows_of_file(two / name), name
        elif (one / name).exists():
            assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_a_generated_world_through_all_detectors(cluster, tmp_path):
    world = make_world(WORLD)
    named = sorted(world.truth)
    source = write_csv(tmp_path / "posts.csv", rows_of(world))
    times = sorted(int(row["posted_at"]) for row in rows_of(world))
    acts = (Act(times[len(times) // 2], tuple(named[:5]), name="closure"),)
    pairs = PairOptions(600, 2, fast_seconds=60)
    summary = check_equal(source, tmp_path, cluster, RunOptions(pairs=pairs, acts=acts), identifiers=KEYED)
    assert summary.pairs > 100
    assert summary.accounts_named >= 20
    quick = pq.read_table(tmp_path / Engine.SPARK / "pairs.parquet")["fast"].to_pylist()
    assert any(quick)
    assert not all(quick)


def test_the_number_of_threads_means_nothing(tmp_path):
    source = write_csv(tmp_path / "posts.csv", rows_of(make_world(WORLD)))
    for threads in (1, 3):
        pairs = PairOptions(600, 2, fast_seconds=60)
        detect(source, tmp_path / str(threads), RunOptions(pairs=pairs, threads=threads), identifiers=SHOWN)
    check_results_equal(tmp_path / "1", tmp_path / "3")


@contextmanager
def spark_reading(source, folder, address, **options):
    with spark_workspace(address, folder, memory_mb=500, threads=1) as workspace:
        yield workspace, read_posts(workspace, find_files(source, link_dir=folder), **options)


def drawn_tables(tables=40):
    """Many small tables that share no account, post or object, so that one run answers for each of them."""
    draw = random.Random(20261122)
    return [
        [Share(f"o{number}-{draw.choice('ab')}", f"a{number}-{draw.randrange(4)}", f"p{number}-{draw.randrange(16)}",
               1_600_000_000 + draw.randrange(30)) for _ in range(draw.randrange(1, 24))]
        for number in range(tables)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [PairOptions(10, 2, 0.75, Subgraph.FAST_CONTEXT, fast_seconds=3),
     PairOptions(10, 2, 0.5, Subgraph.ALL, Reading.COORTWEET, fast_seconds=3)],
)  # fmt: skip
def test_drawn_tables_are_their_slow_twin_on_both_engines(cluster, tmp_path, options):
    rows = [row for table in drawn_tables() for row in table]
    source = write_shares(tmp_path / "shares.csv", rows)
    keep_repeats = options.reading is Reading.COORTWEET
    with spark_reading(source, tmp_path / "work", cluster, keep_repeats=keep_repeats) as (workspace, report):
        there = two_windows(workspace, report, options)
    with reading_of(source, keep_repeats=keep_repeats) as (workspace, report):
        assert two_windows(workspace, report, options) == there
    slow_twin.check_two_windows(rows, options, there)


def test_popular_objects_are_counted_alike(cluster, tmp_path):
    rows = [Share("viral", f"a{number}", f"p{number}", 1_600_000_000 + number % 7) for number in range(60)]
    rows += [Share("quiet", "a1", "q1", 1_600_000_000), Share("quiet", "a2", "q2", 1_600_000_001)]
    options = RunOptions((Detector.PAIRS,), PairOptions(3, 1, most_pairs_per_object=100))
    summary = check_equal(write_shares(tmp_path / "shares.csv", rows), tmp_path, cluster, options)
    assert (summary.popular_objects, summary.pairs) == (1, 1)


@needs_real_data
def test_real_retweets_alike(cluster, tmp_path):
    pairs = PairOptions(60, 2, reading=Reading.COORTWEET, fast_seconds=10)
    options = RunOptions((Detector.PAIRS, Detector.VALIDATED), pairs)
    summary = check_equal(REAL_DATA / "russian_coord_tweets.csv.gz", tmp_path, cluster, options)
    answers = duckdb.execute("SELECT count(*) FROM read_csv(?)", [str(REAL_DATA / "russian.tw60.mp2.pairs.csv.gz")])
    assert summary.pairs == answers.fetchone()[0]


@needs_real_data
@pytest.mark.parametrize("world", ["S0", "S4"])
def test_a_cut_of_a_labelled_world_alike(cluster, tmp_path, world):
    """Every campaign account, and as many of the others as names that hash low."""
    worlds = REAL_DATA / "worlds"
    duckdb.execute(f"""COPY (SELECT * FROM '{worlds}/{world}.parquet' WHERE hash(account_id) % 8 = 0 OR account_id IN
        (SELECT unnest(json_keys(json)) FROM read_json_objects('{worlds}/{world}.truth.json'))) TO '{tmp_path}/cut.parquet'""")
    summary = check_equal(tmp_path / "cut.parquet", tmp_path, cluster, RunOptions())
    assert summary.accounts_named >= 100


def test_both_workers_take_part(cluster):
    from pyspark.sql import SparkSession

    executors = SparkSession.getActiveSession().sparkContext._jsc.sc().getExecutorMemoryStatus().size()
    assert executors == 3  # the driver is counted


def test_a_failing_step_is_told_without_the_data(cluster, tmp_path):
    source = write_shares(tmp_path / "shares.csv", [Share("o", "a", "secret", 1_600_000_000)])
    with spark_reading(source, tmp_path / "work", cluster) as (workspace, _), pytest.raises(EngineFailed) as caught:
        workspace.make("near_pairs", "SELECT CAST(post_id AS INTEGER) AS number FROM posts")
    assert "near_pairs" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_account_identifiers_stay(cluster, tmp_path):
    source = write_csv(tmp_path / "posts.csv", [{"post_id": "p", "account_id": "a", "posted_at": 1_600_000_000, "text": "t", "account_name": "n",
                                                 "urls": "https://one.example/a", "client": "c"}])  # fmt: skip
    with spark_reading(source, tmp_path / "work", cluster) as (workspace, _):
        with pytest.raises(EngineFailed, match="identifiers"):
            workspace.make("pairs", "SELECT account_id FROM accounts")
        workspace.make("pairs", "SELECT * FROM posts")
        assert {row[0] for row in workspace.rows("DESCRIBE pairs")} == {"post", "post_id", "account", "at_seconds"}


def test_one_process_has_one_session(cluster, tmp_path):
    with pytest.raises(BadOption, match="already"), spark_workspace("local[1]", tmp_path, memory_mb=500, threads=1):
        pass


@pytest.mark.parametrize("step", ["lower(text)", "regexp_matches(text, 'x')", "list(post)", "levenshtein(text, text)", "hash(text)",
                                  "random()", "unnest(urls)", "first(post)", "md5_number_lower(text)", "* EXCLUDE (text)"])  # fmt: skip
def test_what_means_something_else_on_spark_is_refused(step):
    with pytest.raises(EngineFailed, match="embedded"):
        spark_sql(f"SELECT {step} FROM posts")


def test_a_step_names_the_tables_that_it_reads():
    assert tables_of("WITH one AS (FROM posts) SELECT * FROM one SEMI JOIN accounts USING (account)") == {
        "posts",
        "accounts",
    }


def refused(source, out, *arguments):
    result = CliRunner().invoke(app, ["detect", str(source), "--out", str(out), "--engine", "spark", *arguments])
    assert result.exit_code == 2, result.output
    assert not out.exists()
    return result.output


def test_what_is_missing_is_told_with_its_remedy(tmp_path, monkeypatch):
    source = write_shares(tmp_path / "shares.csv", [Share("o", "a", "p", 1_600_000_000)])
    out = tmp_path / "out"
    assert "no Spark master answers" in refused(source, out, "--spark-master", f"spark://127.0.0.1:{free_port()}")
    assert "pattern" in refused(source, tmp_path / "out[1]")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "openjdk-17-jre-headless" in refused(source, out)
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    assert "too old" in refused(source, out)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert "requirements/spark.txt" in refused(source, out)
