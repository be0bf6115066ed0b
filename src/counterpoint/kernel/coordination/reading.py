"""Files in, posts out: CSV, JSON lines, Parquet, or a folder of them.

A row that cannot be used is counted, set aside with its place and its reason, and the run goes on. What was set aside
is never copied: its text may name people.
"""
# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import duckdb

from counterpoint.kernel.coordination import columns
from counterpoint.kernel.coordination.columns import Shape
from counterpoint.kernel.coordination.errors import UnreadableInput
from counterpoint.kernel.coordination.steps import Workspace, quoted, quoted_name

CSV_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
JSON_SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
PARQUET_SUFFIXES = (".parquet",)
SUFFIXES = CSV_SUFFIXES + JSON_SUFFIXES + PARQUET_SUFFIXES

LONGEST_LINE_BYTES = 20_000_000
LONGEST_TEXT = 10_000  # characters of a text that are compared; what a post says further on does not change its copies
EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990-01-01 and 2100-01-01 in epoch seconds
_ROW_OF_PARQUET = "file_row_number"  # as the engine counts them, unless a file has a column of that name
_CSV_LIMITS = f"max_line_size={LONGEST_LINE_BYTES}, buffer_size=64000000, store_rejects=true, rejects_limit=0"

_REASONS = {
    "INVALID ENCODING": ("broken_utf8", "The line is not UTF-8. Save the file as UTF-8."),
    "MISSING COLUMNS": ("too_few_columns", "The line has fewer values than the header has names."),
    "TOO MANY COLUMNS": ("too_many_columns", "The line has more values than the header; put quotes around commas."),
    "UNQUOTED VALUE": ("open_quote", "A quote is opened and not closed."),
    "LINE SIZE OVER MAXIMUM": ("line_too_long", f"The line is longer than {LONGEST_LINE_BYTES} bytes."),
}


@dataclass(frozen=True)
class SourceFile:
    """One file of the input. `link` is a name of our own for it, so that no odd name reaches the engine."""

    path: Path
    link: Path
    kind: str


@dataclass(frozen=True)
class ReadReport:
    """What came in. rows = used + quarantined + repeated."""

    shape: Shape
    files: int
    rows: int
    used: int
    repeated: int
    conflicting: int
    quarantined: Mapping[str, int] = field(default_factory=dict)
    columns: Sequence[str] = ()

    @property
    def quarantined_total(self) -> int:
        return sum(self.quarantined.values())


def find_files(source: Path, *, link_dir: Path) -> list[SourceFile]:
    """The files to read, by name order. Raises UnreadableInput when there are none."""
    if not source.exists():
        raise UnreadableInput(f"{source}: no such file or folder.")
    found = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
    fitting = [path for path in found if path.name.lower().endswith(SUFFIXES)]
    if not fitting:
        raise UnreadableInput(f"{source}: nothing to read. Posts come as {', '.join(SUFFIXES)}, or a folder of them.")
    link_dir.mkdir(parents=True, exist_ok=True)
    return [_linked(path, link_dir / f"input{number:05d}") for number, path in enumerate(fitting)]


def _linked(path: Path, stem: Path) -> SourceFile:
    suffix = next(suffix for suffix in sorted(SUFFIXES, key=len, reverse=True) if path.name.lower().endswith(suffix))
    link = stem.with_name(stem.name + suffix)
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve())
    kind = "csv" if suffix in CSV_SUFFIXES else "json" if suffix in JSON_SUFFIXES else "parquet"
    return SourceFile(path, link, kind)


def read_posts(
    workspace: Workspace,
    files: Sequence[SourceFile],
    *,
    mapping: Mapping[str, str] | None = None,
    wanted: Sequence[str] = columns.KNOWN,
    keep_repeats: bool = False,
) -> ReadReport:
    """Fill the tables `posts`, `accounts`, `quarantine`, and where the input has object_id `given_objects` and
    `given_shares` (see `_give_shares`).

    posts: `post` (row in input order; the first row of a post that came in several), `post_id`, `account`, `at_seconds` (whole epoch seconds), and whichever of the known
    columns came but object_id. accounts: `account` (0 up), `account_id`, `given_id` (see `accounts_of`). keep_repeats: leave repeated rows in, as CooRTweet does.
    """
    workspace.connection.execute("CREATE OR REPLACE TABLE quarantine (file VARCHAR, line BIGINT, reason VARCHAR, remedy VARCHAR)")  # fmt: skip
    mapping = mapping or {}
    present = {source.link: _present_columns(workspace, source) for source in files}
    everything = list(dict.fromkeys(name for names in present.values() for name in names))
    shape, sources = columns.column_sources(everything, mapping)
    sources = {name: theirs for name, theirs in sources.items() if name in wanted}
    stay = all(source.kind == "parquet" for source in files) and _ROW_OF_PARQUET not in everything
    selects = [_file_select(workspace, number, source, present[source.link], sources, numbered=stay)
               for number, source in enumerate(files)]  # fmt: skip
    with _told_of_unreadable(files):
        read, rejected = _show_rows(workspace, files, selects) if stay else _load_rows(workspace, files, selects)
        names = list(sources)
        once = not keep_repeats and _come_once(workspace, read)
        _make_posts(workspace, "raw_rows", names, once=once)
        if workspace.count("posts") < read:
            _quarantine_bad_values(workspace, files, names)
            if workspace.one("SELECT count(*) FROM accounts ANTI JOIN posts USING (account)")[0]:
                _make_posts(workspace, f"(SELECT * FROM raw_rows WHERE {_good(names)})", names, once=once)
        workspace.drop("raw_rows", "loaded_rows")
        kept = workspace.count("posts")
        repeated, conflicting = (0, 0) if keep_repeats or once else _drop_repeats(workspace, shape)
        if shape is Shape.SHARES:
            _give_shares(workspace, once=once, keep_repeats=keep_repeats)
    bad: dict[str, int] = dict(
        workspace.rows("SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY reason")
    )
    return ReadReport(shape, len(files), rejected + read, kept - repeated - conflicting, repeated + conflicting,
                      conflicting, bad, names)  # fmt: skip


def _present_columns(workspace: Workspace, source: SourceFile) -> list[str]:
    if source.kind == "csv":
        return _csv_header(source)[0]
    if source.kind == "json":
        return list(_json_fields(source))
    try:
        described = workspace.rows(f"DESCRIBE SELECT * FROM read_parquet({quoted(str(source.link))})")
    except duckdb.Error as error:
        raise UnreadableInput(f"{source.path}: not a Parquet file that can be read.") from error
    return [str(row[0]) for row in described]


def _opened(source: SourceFile) -> IO[str]:
    if source.link.suffix == ".gz":
        return gzip.open(source.link, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return source.link.open("rt", encoding="utf-8-sig", errors="replace", newline="")


def _csv_header(source: SourceFile) -> tuple[list[str], str]:
    with _opened(source) as handle:
        line = handle.readline(1_000_000)
    delimiter = max("\t,;" if ".tsv" in source.link.suffixes else ",;\t", key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    if not names:
        raise UnreadableInput(f"{source.path}: empty; the first line must name the columns.")
    if len(set(names)) < len(names):
        raise UnreadableInput(f"{source.path}: a column name appears twice in the first line; rename one.")
    return names, delimiter


def _json_fields(source: SourceFile) -> Iterator[str]:
    """Names in the first thousand objects: later rows may add nothing that matters."""
    seen: dict[str, None] = {}
    with _opened(source) as handle:
        for _, line in zip(range(1000), handle, strict=False):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                seen |= dict.fromkeys(row)
    yield from seen


def _file_select(
    workspace: Workspace, number: int, source: SourceFile, present: Sequence[str], sources: Mapping[str, str], *,
    numbered: bool,
) -> str:  # fmt: skip
    """numbered: with the number of the row in its file, which files of Parquet know."""
    name = quoted(str(source.link))
    if source.kind == "csv":
        names, delimiter = _csv_header(source)
        spec = ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in names)
        table = (
            f"read_csv({name}, columns={{{spec}}}, auto_detect=false, header=true, delim={quoted(delimiter)}, "
            f"quote='\"', escape='\"', nullstr='', {_CSV_LIMITS})"
        )
        types = dict.fromkeys(names, "VARCHAR")
        picks = {ours: quoted_name(theirs) for ours, theirs in sources.items() if theirs in present}
        condition = ""
    elif source.kind == "json":
        table = (
            f"read_csv({name}, columns={{'line': 'VARCHAR'}}, auto_detect=false, header=false, delim='\x01', quote='', "
            f"escape='', {_CSV_LIMITS})"
        )
        types = dict.fromkeys(present, "VARCHAR")
        picks = {ours: f"json_extract_string(object, {quoted(_json_path(theirs))})" for ours, theirs in sources.items()}
        table = f"(SELECT CASE WHEN json_valid(line) THEN line END AS object FROM {table} WHERE trim(line) <> '')"
        condition = ""
    else:
        table = f"read_parquet({name})"
        types = {str(row[0]): str(row[1]) for row in workspace.rows(f"DESCRIBE SELECT * FROM {table}")}
        picks = {ours: quoted_name(theirs) for ours, theirs in sources.items() if theirs in present}
        condition = ""
    parts = [f"{number} AS source", *[f"{_ROW_OF_PARQUET} AS row_of_file"] * numbered]
    for ours, theirs in sources.items():
        parts.append(f"{_as_ours(ours, picks.get(ours), types.get(theirs, 'VARCHAR'))} AS {ours}")
    return f"SELECT {', '.join(parts)} FROM {table}{condition}"


def _json_path(name: str) -> str:
    return '$."' + name.replace('"', '\\"') + '"'


def _as_ours(ours: str, expression: str | None, kind: str) -> str:
    if expression is None:
        return (
            "NULL::VARCHAR[]" if ours in columns.SEVERAL else "NULL::BIGINT" if ours == "posted_at" else "NULL::VARCHAR"
        )
    if ours in ("posted_at", "account_created_at"):
        return _seconds(expression, kind)
    if ours in columns.SEVERAL:
        return f"{expression}::VARCHAR[]" if kind.endswith("[]") else _several(f"{expression}::VARCHAR")
    if ours == "text":
        whole = f"{expression}::VARCHAR"  # letters are counted only where there are more bytes
        return f"CASE WHEN strlen({whole}) > {LONGEST_TEXT} THEN left({whole}, {LONGEST_TEXT}) ELSE {whole} END"
    return f"nullif({expression}::VARCHAR, '')"


def _seconds(expression: str, kind: str) -> str:
    """Whole epoch seconds; fractions are cut off. Text without a zone is read as UTC."""
    if kind.startswith(("TIMESTAMP", "DATE")):
        return f"floor(epoch({expression}))::BIGINT"
    if kind in ("BIGINT", "INTEGER", "UBIGINT", "UINTEGER"):
        return f"try_cast({expression} AS BIGINT)"
    text = f"{expression}::VARCHAR"
    return (
        f"coalesce(try_cast(CASE WHEN regexp_full_match({text}, '-?[0-9]{{1,18}}') THEN {text} END AS BIGINT), "
        f"try_cast(floor(try_cast({text} AS DOUBLE)) AS BIGINT), "
        f"try_cast(floor(epoch(try_cast({text} AS TIMESTAMPTZ))) AS BIGINT))"
    )


def _several(text: str) -> str:
    """A JSON array, or values parted by white space or a bar; one alone, which most are, is known soonest."""
    alone = f"WHEN regexp_full_match({text}, '[^\\s|\\[]+') THEN [{text}]"
    array = f"CASE WHEN {text} LIKE '[%' AND json_valid({text}) THEN from_json({text}, '[\"VARCHAR\"]') END"
    split = f"list_filter(string_split_regex({text}, '[\\s|]+'), lambda part: part <> '')"
    return f"CASE WHEN {text} IS NULL OR {text} = '' THEN NULL {alone} ELSE coalesce({array}, {split}) END"


def _show_rows(workspace: Workspace, files: Sequence[SourceFile], selects: Sequence[str]) -> tuple[int, int]:
    """The view `raw_rows` over files of Parquet, which are read again for each question: that takes less time than to
    keep all rows first, and no memory. How many rows it has, and how many could not be read."""
    before, counted = 0, []
    for source, select in zip(files, selects, strict=True):
        counted.append(f"SELECT * EXCLUDE (row_of_file), row_of_file + {before} AS row FROM ({select})")
        metadata = f"parquet_file_metadata({quoted(str(source.link))})"
        before += int(workspace.one(f"SELECT sum(num_rows) FROM {metadata}")[0])
    workspace.show("raw_rows", " UNION ALL BY NAME ".join(counted))
    return before, 0


def _load_rows(workspace: Workspace, files: Sequence[SourceFile], selects: Sequence[str]) -> tuple[int, int]:
    """The table `loaded_rows`, and `raw_rows` over it. How many rows it has, and how many lines could not be read,
    which are set aside."""
    query = " UNION ALL BY NAME ".join(selects)
    workspace.connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    try:
        read = workspace.make("loaded_rows", query)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        # Lines that end now in one way and now in another stop the strict reader; the other takes odd quotes as they are.
        workspace.connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        read = workspace.make("loaded_rows", query.replace(_CSV_LIMITS, f"{_CSV_LIMITS}, strict_mode=false"))
    workspace.show("raw_rows", "SELECT *, rowid AS row FROM loaded_rows")
    if not _has_rejects(workspace):
        return read, 0
    _record_rejects(workspace, files)
    rejected = workspace.one("SELECT count(*) FROM (SELECT DISTINCT scan_id, file_id, line FROM reject_errors)")[0]
    return read, int(rejected)


@contextmanager
def _told_of_unreadable(files: Sequence[SourceFile]) -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        told = str(error).splitlines()[0].rstrip(".")
        for source in files:
            told = told.replace(str(source.link), source.path.name)
        if all(source.kind == "parquet" for source in files):
            remedy = "The file is damaged; copy it again from where it came."
        else:
            remedy = "Look for quotes that do not close, and write the file anew with one kind of line end."
        raise UnreadableInput(f"The input cannot be read: {told}. {remedy}") from error


def _has_rejects(workspace: Workspace) -> bool:
    """Whether the engine kept a list of lines that it could not read, as it does for CSV and JSON lines."""
    try:
        workspace.rows("SELECT 1 FROM reject_errors LIMIT 1")  # the engine's list of all tables takes 20 ms to make
    except duckdb.CatalogException:
        return False
    return True


def _record_rejects(workspace: Workspace, files: Sequence[SourceFile]) -> None:
    names = {str(source.link): source.path.name for source in files}
    query = """SELECT s.file_path, e.line, min(e.error_type::VARCHAR) FROM reject_errors e
        JOIN reject_scans s USING (scan_id, file_id) GROUP BY ALL ORDER BY ALL"""
    rows = []
    for path, line, kind in workspace.rows(query):
        reason, remedy = _REASONS.get(kind, ("unreadable_line", "The line cannot be read as the header says."))
        rows.append((names.get(path, ""), line, reason, remedy))
    if rows:
        workspace.connection.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?)", rows)


def _tests(names: Sequence[str]) -> list[tuple[str, str, str]]:
    """What makes a row of no use: test (SQL), reason, remedy. The first that holds is told."""
    within = f"BETWEEN {EARLIEST} AND {LATEST}"
    tests = [
        ("post_id IS NULL", "no_post_id", "Every post needs post_id."),
        ("object_id IS NULL", "no_object_id", "Every share needs object_id."),
        ("account_id IS NULL", "no_account_id", "Every post needs account_id."),
        ("posted_at IS NULL", "no_time", "posted_at is ISO 8601 in UTC or epoch seconds."),
        (f"posted_at NOT {within} AND posted_at / 1000 {within}", "time_in_milliseconds",
         "posted_at is in seconds; divide by 1000."),
        (f"posted_at NOT {within}", "time_out_of_range", "posted_at must lie between 1990 and 2100."),
    ]  # fmt: skip
    return [test for test in tests if test[1] != "no_object_id" or "object_id" in names]


def _good(names: Sequence[str]) -> str:
    return " AND ".join(f"({test}) IS NOT TRUE" for test, _, _ in _tests(names))


def _quarantine_bad_values(workspace: Workspace, files: Sequence[SourceFile], names: Sequence[str]) -> None:
    """Rows that could be read and cannot be used. Their place is the row's number among the readable ones."""
    tests = _tests(names)
    reason, remedy = (
        "CASE " + " ".join(f"WHEN {test[0]} THEN {quoted(test[told])}" for test in tests) + " END" for told in (1, 2)
    )
    called = ", ".join(f"({number}, {quoted(source.path.name)})" for number, source in enumerate(files))
    workspace.connection.execute(
        f"""INSERT INTO quarantine
        SELECT n.name, r.row - s.first_row + 1, {reason}, {remedy} FROM raw_rows r
        JOIN (VALUES {called}) n(source, name) USING (source)
        JOIN (SELECT source, min(row) AS first_row FROM raw_rows GROUP BY source) s USING (source)
        WHERE NOT ({_good(names)})"""
    )


def _make_posts(workspace: Workspace, rows: str, names: Sequence[str], *, once: bool) -> None:
    """The tables `accounts`, of all rows that name one, and `posts`, of good rows. rows: SQL for FROM. Where each post
    comes once, numbers stand for objects: `given_objects` has those that come more than once, and no other is kept."""
    by_platform = "platform" in names
    same = "AND a.on_platform IS NOT DISTINCT FROM r.platform" if by_platform else ""
    extra = [f"r.{name}" for name in names if name not in ("post_id", "account_id", "posted_at")]
    numbered = ""
    if once and "object_id" in names:
        workspace.make("given_objects", _objects_of(rows))
        extra[extra.index("r.object_id")] = "o.object"
        numbered = "LEFT JOIN given_objects o ON o.object_id = r.object_id"
    values = "".join(f", {name}" for name in extra)
    workspace.make("accounts", accounts_of(f"{rows} WHERE account_id IS NOT NULL", by_platform=by_platform))
    with workspace.joins_as_written():
        workspace.make("posts", f"""SELECT r.row AS post, r.post_id, a.account, r.posted_at AS at_seconds{values}
            FROM (SELECT * FROM {rows} WHERE {_good(names)}) r
            JOIN accounts a ON a.given_id = r.account_id {same} {numbered}""")  # fmt: skip


def _objects_of(rows: str) -> str:
    return f"""SELECT (row_number() OVER () - 1)::INTEGER AS object, object_id
        FROM (SELECT object_id FROM {rows} GROUP BY object_id HAVING count(*) > 1)"""


def _come_once(workspace: Workspace, rows: int) -> bool:
    """Whether no two rows have one post_id. Where all hashes differ so do the identifiers, which is known sooner, and
    can be looked at part by part."""
    parts = 8 * rows // workspace.room + 1
    if all(_hashes_differ(workspace, part, parts) for part in range(parts)):
        return True
    return bool(rows == workspace.one("SELECT count(DISTINCT post_id) FROM raw_rows")[0])


def _hashes_differ(workspace: Workspace, part: int, parts: int) -> bool:
    only = f"WHERE hash % {parts} = {part}" if parts > 1 else ""
    hashes = workspace.arrays(f"SELECT hash FROM (SELECT hash(post_id) AS hash FROM raw_rows) {only}")["hash"]
    hashes.sort()
    return not (hashes[1:] == hashes[:-1]).any()


def accounts_of(rows: str, *, by_platform: bool) -> str:
    """account (0 up), account_id (what is shown or hashed), given_id (as it came). One name on two platforms is two
    accounts: then, and only then, the platform stands before the name."""
    if not by_platform:
        return f"""SELECT (row_number() OVER (ORDER BY account_id) - 1)::INTEGER AS account, account_id, account_id AS given_id
            FROM (SELECT DISTINCT account_id FROM {rows})"""
    return f"""SELECT (row_number() OVER (ORDER BY account_id, platform) - 1)::INTEGER AS account,
            CASE WHEN count(*) OVER (PARTITION BY account_id) > 1 AND platform IS NOT NULL
                THEN platform || ':' || account_id ELSE account_id END AS account_id, account_id AS given_id, platform AS on_platform
        FROM (SELECT DISTINCT account_id, platform FROM {rows})"""


def _drop_repeats(workspace: Workspace, shape: Shape) -> tuple[int, int]:
    """A post that came twice counts once; of posts that differ under one id the earliest is kept, whatever the order
    of rows."""
    key = ("object_id", "post_id") if shape is Shape.SHARES else ("post_id",)
    keys = ", ".join(key)
    total, distinct = workspace.one(f"SELECT count(*), count(DISTINCT ({keys})) FROM posts")
    if total == distinct:
        return 0, 0
    texts = ", text" if "text" in {row[0] for row in workspace.rows("DESCRIBE posts")} else ""
    same = f"count(DISTINCT (at_seconds, account_id{texts}))"
    conflicts = workspace.one(
        f"""SELECT coalesce(sum(differing - 1), 0) FROM (SELECT {same} AS differing FROM posts
        JOIN accounts USING (account) GROUP BY {keys} HAVING count(*) > 1)"""
    )[0]
    workspace.make(
        "posts",
        f"""SELECT * EXCLUDE (nth) FROM (SELECT p.*, row_number() OVER (PARTITION BY {keys}
        ORDER BY at_seconds, account_id{texts}, post) AS nth FROM posts p JOIN accounts a USING (account)) WHERE nth = 1""",
    )
    return int(total - distinct - conflicts), int(conflicts)


def _give_shares(workspace: Workspace, *, once: bool, keep_repeats: bool) -> None:
    """`given_objects` (`object` 0 up, `object_id`), of what the input calls object_id and has more than once, and
    `given_shares` (`object`, `post`, `account`, `at_seconds`). A post that shares several objects came in several rows:
    in `posts` it is left once."""
    shares = "object, post, account, at_seconds FROM posts"
    if once:
        workspace.show("given_shares", f"SELECT {shares} WHERE object IS NOT NULL")
        return
    workspace.make("given_objects", _objects_of("posts"))
    rows, posts = workspace.one("SELECT count(*), count(DISTINCT post_id) FROM posts")
    if rows == posts or keep_repeats:
        workspace.show("given_shares", f"SELECT {shares} JOIN given_objects USING (object_id)")
        return
    workspace.make("first_rows", "SELECT post_id, min(post) AS first_row FROM posts GROUP BY post_id")
    workspace.make("given_shares", """SELECT o.object, f.first_row AS post, p.account, p.at_seconds FROM posts p
        JOIN first_rows f USING (post_id) JOIN given_objects o USING (object_id)""")  # fmt: skip
    workspace.make("posts", "SELECT * EXCLUDE (object_id) FROM posts WHERE post IN (SELECT first_row FROM first_rows)")
    workspace.drop("first_rows")
