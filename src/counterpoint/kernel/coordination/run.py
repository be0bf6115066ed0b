"""One run from files to findings: read, detect, write, report; and again from where it was stopped.

1. The options and the files give a fingerprint; a folder begun under another fingerprint is begun anew.
2. Each stage leaves its result whole in the folder, or nothing; a stage that left one is not run again.
3. Reading is repeated where a later stage still needs the posts: it costs less than keeping them a second time.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from counterpoint.kernel.coordination import columns
from counterpoint.kernel.coordination.automation import find_automation
from counterpoint.kernel.coordination.displacement import Act, find_displacement
from counterpoint.kernel.coordination.engines import Engine
from counterpoint.kernel.coordination.errors import BadOption, NotEnoughMemory
from counterpoint.kernel.coordination.findings import Detector, Finding
from counterpoint.kernel.coordination.hashtags import find_hashtag_pushes
from counterpoint.kernel.coordination.identity import Identifiers, label_sql
from counterpoint.kernel.coordination.incidence import make_incidence
from counterpoint.kernel.coordination.layers import Layer, layers_for_pairs, layers_present, make_shares
from counterpoint.kernel.coordination.pairs import PairOptions, Reading, drop_pairs, make_pairs
from counterpoint.kernel.coordination.pairs_in_memory import write_pairs
from counterpoint.kernel.coordination.progress import Meter, Standing
from counterpoint.kernel.coordination.reading import ReadReport, find_files, read_posts
from counterpoint.kernel.coordination.report import write_report
from counterpoint.kernel.coordination.steps import Workspace
from counterpoint.kernel.coordination.texts import make_wordings
from counterpoint.kernel.coordination.validated import find_validated
from counterpoint.kernel.coordination.writing import Record, records_of, write_findings, write_network

Progress = Callable[[str], None]
WORK = ".work"
BESIDE_BYTES = 4_000  # of memory for each post, where detectors work beside one another
SPARK_MEMORY_MB = 2000  # for each process; what else it needs, Java takes beside
FORMAT = 3  # raise when what stages leave behind changes, so that old folders are begun anew


@dataclass(frozen=True)
class RunOptions:
    """pair_layers: what window pairs compare (nothing: what suits the input). left_out: columns not to be read, to see
    what carries a result. links: a table (CSV: address, leads_to) of resolved short links. memory_mb: what the engine
    may hold; 0 is half of what the machine has, for Spark 2,000."""

    detectors: tuple[Detector, ...] = tuple(Detector)
    pairs: PairOptions = field(default_factory=PairOptions)
    pair_layers: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    links: Path | None = None
    memory_mb: int = 0
    threads: int = 0
    engine: Engine = Engine.DUCKDB
    spark_master: str = "local[*]"


@dataclass(frozen=True)
class Summary:
    """What a run found, in numbers."""

    out: str
    rows: int
    used: int
    repeated: int
    quarantined: Mapping[str, int]
    accounts: int
    pairs: int
    edges: int
    popular_objects: int
    findings: Mapping[str, int]
    accounts_named: int
    resumed: tuple[str, ...]


def detect(
    source: Path,
    out: Path,
    options: RunOptions | None = None,
    *,
    identifiers: Identifiers | None = None,
    progress: Progress | None = None,
    watch: Callable[[Standing], None] | None = None,
) -> Summary:
    """Read posts, run the detectors, write the results to the folder `out`, and say what was found.

    identifiers: how accounts are shown; without it they are hashed under a key made for this run and then forgotten.
    progress is told each stage once, watch every step with percent and time left; progress.json in `out` says the same.
    Raises UnreadableInput, BadOption, EngineFailed, NotEnoughMemory; what was finished is kept, and a further run goes on from there."""
    options = options or RunOptions()
    _check_engine(options, out)
    work = out / WORK
    work.mkdir(parents=True, exist_ok=True)
    files = find_files(source, link_dir=work / "input")
    kept_key = identifiers is None
    _begin(out, _fingerprint([item.path for item in files], options, identifiers))
    identifiers = identifiers or Identifiers(_key(work))
    meter = Meter(out, _stages(options), watch or (lambda _: None))

    def say(stage: str) -> None:
        meter.begin(stage)
        if progress is not None:
            progress(stage)

    with _told_of_memory(options), _workspace(work, options) as workspace:
        run = _Run(workspace, out, options, label=label_sql("account_id", identifiers), say=say, meter=meter)
        run.read(files)
        records = run.all_findings()
        say(WRITING)
        write_findings(records, out)
        write_network(records, run.network_edges(), out)
        write_report(workspace, out, records, run.facts())
        summary = run.summary(records)
    shutil.rmtree(work / "input", ignore_errors=True)
    if kept_key:
        (work / "key").unlink(missing_ok=True)
    (work / "finished").write_text("finished\n")
    meter.finish()
    return summary


@contextmanager
def _told_of_memory(options: RunOptions) -> Iterator[None]:
    """Where the engine lacks memory, say so, and what can be done."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        given = f"{options.memory_mb:,} MB of memory" if options.memory_mb else "Half of this machine's memory"
        raise NotEnoughMemory(
            f"{given}, and the room on the disk to spill to, were not enough for so many posts. Give more with "
            "--memory-mb (half of what the machine has is sound), or look at fewer: a shorter time, fewer detectors."
        ) from error


def _check_engine(options: RunOptions, out: Path) -> None:
    """Before anything that an earlier run left is touched."""
    if options.engine is Engine.SPARK:
        from counterpoint.kernel.coordination.engines.spark import check_spark

        check_spark(options.spark_master, out)


def _workspace(work: Path, options: RunOptions) -> AbstractContextManager[Workspace]:
    if options.engine is Engine.DUCKDB:
        return Workspace(work / "spill", options.memory_mb, options.threads)
    from counterpoint.kernel.coordination.engines.spark import spark_workspace

    return spark_workspace(
        options.spark_master, work, memory_mb=options.memory_mb or SPARK_MEMORY_MB, threads=options.threads
    )


class _Run:
    def __init__(
        self, workspace: Workspace, out: Path, options: RunOptions, *, label: str, say: Progress, meter: Meter
    ) -> None:
        self.meter = meter
        self.workspace, self.out, self.options, self.label, self.say = workspace, out, options, label, say
        self.resumed: list[Detector] = []
        self.report: ReadReport

    def read(self, files: Sequence[Any]) -> None:
        self.say(READING)
        compat = self.options.pairs.reading is Reading.COORTWEET
        wanted = [name for name in columns.KNOWN if name not in self.options.left_out]
        self.report = read_posts(
            self.workspace, files, mapping=self.options.mapping, wanted=wanted, keep_repeats=compat
        )
        if self.options.links is not None:
            self._read_links(self.options.links)
        self.workspace.write("SELECT * FROM quarantine ORDER BY file, line", self.out / "quarantine.parquet")

    def _read_links(self, path: Path) -> None:
        try:
            self.workspace.connection.from_csv_auto(str(path), all_varchar=True).create_view("given_links")
            self.workspace.make(
                "resolved_links", "SELECT address, any_value(leads_to) AS leads_to FROM given_links GROUP BY address"
            )
        except duckdb.Error as error:
            raise BadOption(f"{path}: not a table of links; it needs the columns address and leads_to.") from error

    def all_findings(self) -> list[Record]:
        """By detector, in the order asked for."""
        self.resumed = [detector for detector in self.options.detectors if self._kept(detector).exists()]
        found = {detector: json.loads(self._kept(detector).read_text("utf-8")) for detector in self.resumed}
        to_do = [detector for detector in _in_turn(self.options.detectors) if detector not in found]
        with self._begun_beside(to_do) as begun:
            for detector in to_do:
                self.say(_SAID[detector])
                beside = begun.get(detector)
                found[detector] = beside.result() if beside else self._found(detector, self.workspace)
        return [record for detector in self.options.detectors for record in found[detector]]

    def _kept(self, detector: Detector) -> Path:
        return self.out / WORK / f"{detector}.json"

    @contextmanager
    def _begun_beside(self, to_do: Sequence[Detector]) -> Iterator[Mapping[Detector, Future[list[Record]]]]:
        """What another thread works on meanwhile, where there is room: texts that are alike, for which groups would have
        to wait, then hashtags, which need nothing else of what the others leave."""
        if len(to_do) <= 1 or not self._has_room_beside():
            yield {}
            return
        with self.workspace.beside() as workspace, ThreadPoolExecutor(1) as thread:
            if Detector.VALIDATED in to_do and Layer.NEAR_TEXT in self._layers():
                thread.submit(make_wordings, workspace)  # where it fails, it does so again where it is needed
            try:
                tags = {Detector.HASHTAGS} & set(to_do)
                yield {detector: thread.submit(self._found, detector, workspace) for detector in tags}
            except BaseException:
                workspace.connection.interrupt()
                thread.shutdown(cancel_futures=True)
                raise

    def _has_room_beside(self) -> bool:
        several = self.workspace.has_lanes and self.options.threads != 1
        return several and BESIDE_BYTES * self.report.used <= self.workspace.room

    def _found(self, detector: Detector, workspace: Workspace) -> list[Record]:
        findings = getattr(self, f"_{detector}")(workspace)
        records = records_of(workspace, findings, label=self.label)
        path = self._kept(detector)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(records), "utf-8")
        partial.replace(path)
        return records

    def _pairs(self, workspace: Workspace) -> list[Finding]:
        layers = layers_for_pairs(self.report, asked=self.options.pair_layers)
        if Layer.NEAR_TEXT in layers:
            make_wordings(workspace)
        make_shares(workspace, layers, label=self.label)
        if not write_pairs(workspace, self.options.pairs, self.out, label=self.label):
            make_pairs(workspace, self.options.pairs, label=self.label)
            for name in ("pairs", "edges", "popular_objects"):
                kept = "* EXCLUDE (object)" if name == "popular_objects" else "*"
                workspace.write(f"SELECT {kept} FROM {name}", self.out / f"{name}.parquet")
            drop_pairs(workspace)
        workspace.drop("shares", "objects")
        return []

    def _validated(self, workspace: Workspace) -> list[Finding]:
        found = find_validated(workspace, self._layers(), tell=self.meter.within)
        workspace.write(
            f"""WITH named AS (SELECT account, {self.label} AS label FROM accounts)
            SELECT least(a.label, b.label) AS account_a, greatest(a.label, b.label) AS account_b, common AS weight, expected, p,
                kept AS beats_the_null FROM validated_edges JOIN named a ON a.account = account_a JOIN named b ON b.account = account_b
            ORDER BY ALL""", self.out / "validated_edges.parquet")  # fmt: skip
        return found

    def _automation(self, workspace: Workspace) -> list[Finding]:
        return find_automation(workspace)

    def _hashtags(self, workspace: Workspace) -> list[Finding]:
        if not {"hashtags", "text"} <= set(self.report.columns):
            return []
        found = find_hashtag_pushes(workspace)
        workspace.write(
            f"""SELECT h.* EXCLUDE (starters), list(n.label) AS starters FROM hashtags h, unnest(h.starters) AS s(account)
            JOIN (SELECT account, {self.label} AS label FROM accounts) n ON n.account = s.account GROUP BY ALL ORDER BY posts DESC, tag""",
            self.out / "hashtags.parquet")  # fmt: skip
        return found

    def _displacement(self, workspace: Workspace) -> list[Finding]:
        if not self.options.acts:
            return []
        if not workspace.has("co_shares"):
            make_incidence(workspace, self._layers())
        found = find_displacement(workspace, self.options.acts)
        workspace.write("SELECT * FROM displaced ORDER BY ALL", self.out / "displaced.parquet")
        return found

    def _layers(self) -> list[Layer]:
        return layers_present(self.report)

    def network_edges(self) -> list[tuple[str, str, float, str]]:
        edges: list[tuple[str, str, float, str]] = []
        for name, kind, only in (("validated_edges", "validated", ""), ("edges", "window", "WHERE above_threshold")):
            path = self.out / f"{name}.parquet"
            if path.exists() and (kind != "window" or Detector.PAIRS in self.options.detectors):
                edges += [(*row, kind) for row in self.workspace.rows(
                    f"SELECT account_a, account_b, weight::DOUBLE FROM read_parquet({_quoted(path)}) {only} ORDER BY weight DESC, account_a, account_b LIMIT 20000")]  # fmt: skip
        return edges

    def facts(self) -> dict[str, Any]:
        first, last = self.workspace.one("SELECT coalesce(min(at_seconds), 0), coalesce(max(at_seconds), 0) FROM posts")
        return {
            "rows": self.report.rows, "used": self.report.used, "repeated": self.report.repeated,
            "quarantined": dict(self.report.quarantined), "accounts": self.workspace.count("accounts"),
            "first_at": first, "last_at": last, "reading": str(self.options.pairs.reading),
            "window_seconds": self.options.pairs.window_seconds, "min_participation": self.options.pairs.min_participation,
            "detectors": [str(detector) for detector in self.options.detectors], "popular_objects": self._popular(),
        }  # fmt: skip

    def _popular(self) -> list[dict[str, Any]]:
        path = self.out / "popular_objects.parquet"
        if Detector.PAIRS not in self.options.detectors or not path.exists():
            return []
        rows = self.workspace.rows(
            f"SELECT object_id, posts, accounts, first_at, last_at, pairs_within_window FROM read_parquet({_quoted(path)}) ORDER BY posts DESC"
        )
        return [
            dict(zip(("object_id", "posts", "accounts", "first_at", "last_at", "pairs"), row, strict=True))
            for row in rows
        ]

    def summary(self, records: Sequence[Record]) -> Summary:
        def rows(name: str) -> int:
            path = self.out / f"{name}.parquet"
            return (
                int(self.workspace.one(f"SELECT count(*) FROM read_parquet({_quoted(path)})")[0])
                if path.exists()
                else 0
            )

        found = {
            str(detector): sum(record["detector"] == detector for record in records)
            for detector in self.options.detectors
        }
        named = {name for record in records for name in record["account_ids"]}
        return Summary(str(self.out), self.report.rows, self.report.used, self.report.repeated, dict(self.report.quarantined),
                       self.workspace.count("accounts"), rows("pairs"), rows("edges"), rows("popular_objects"), found,
                       len(named), tuple(self.resumed))  # fmt: skip


_SAID = {
    Detector.PAIRS: "Pairing posts within the window", Detector.VALIDATED: "Validating what accounts share",
    Detector.AUTOMATION: "Looking for machines", Detector.HASHTAGS: "Following hashtags",
    Detector.DISPLACEMENT: "Following what moved",
}  # fmt: skip
# Pairs and machines are looked for while texts are compared, which groups need.
_TURNS = (Detector.PAIRS, Detector.AUTOMATION, Detector.VALIDATED, Detector.HASHTAGS, Detector.DISPLACEMENT)


READING, WRITING = "Reading posts", "Writing"
_USUALLY = {Detector.PAIRS: 15.0, Detector.VALIDATED: 55.0, Detector.AUTOMATION: 6.0, Detector.HASHTAGS: 8.0, Detector.DISPLACEMENT: 3.0}  # fmt: skip


def _in_turn(detectors: Sequence[Detector]) -> list[Detector]:
    return sorted(detectors, key=_TURNS.index)


def _stages(options: RunOptions) -> dict[str, float]:
    """Each stage with the part of the time that it usually takes."""
    detectors = {_SAID[detector]: _USUALLY[detector] for detector in _in_turn(options.detectors)}
    return {READING: 8.0, **detectors, WRITING: 5.0}


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _fingerprint(files: Sequence[Path], options: RunOptions, identifiers: Identifiers | None) -> str:
    shown = "run" if identifiers is None else hashlib.sha256(identifiers.key + identifiers.purpose.encode()).hexdigest()
    described = {
        "format": FORMAT, "options": asdict(options), "accounts": shown,
        "files": [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(described, sort_keys=True, default=str).encode()).hexdigest()


def _begin(out: Path, fingerprint: str) -> None:
    """Keep what an unfinished run of the same kind left; clear what any other run left."""
    work = out / WORK
    mark = work / "fingerprint"
    same = mark.exists() and mark.read_text() == fingerprint
    if not same or (work / "finished").exists():
        for stale in work.iterdir():
            if stale.is_file():
                stale.unlink()
        for name in RESULTS:
            (out / name).unlink(missing_ok=True)
    mark.write_text(fingerprint)


RESULTS = ("pairs.parquet", "edges.parquet", "popular_objects.parquet", "validated_edges.parquet", "hashtags.parquet",
           "displaced.parquet", "quarantine.parquet", "findings.parquet", "accounts.parquet", "network.graphml",
           "network.gexf", "report.html", "progress.json")  # fmt: skip


def _key(work: Path) -> bytes:
    """The run's own key: made once, kept with the unfinished run only, readable by its owner."""
    path = work / "key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()
