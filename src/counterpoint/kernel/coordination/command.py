"""The command: `counterpoint coordination detect | generate | evaluate`.

Exit 0 done; 1 problems in the input, or rows were set aside; 2 wrong use.
"""

# ruff: noqa: T201, PLR0917, FBT002, E501 - a command prints, and takes its options as typer wants them

import csv
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer
import yaml
from rich.console import Console

from counterpoint.kernel.coordination.displacement import Act
from counterpoint.kernel.coordination.engines import Engine
from counterpoint.kernel.coordination.errors import (
    BadOption,
    BadScenario,
    CoordinationError,
    EngineFailed,
    NotEnoughMemory,
    UnreadableInput,
)
from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.identity import Identifiers
from counterpoint.kernel.coordination.layers import Layer
from counterpoint.kernel.coordination.pairs import MOST_PAIRS_PER_OBJECT, PairOptions, Reading, Subgraph
from counterpoint.kernel.coordination.progress import Standing
from counterpoint.kernel.coordination.run import RunOptions, Summary, detect
from counterpoint.kernel.coordination.scoring import Score, score
from counterpoint.kernel.coordination.worlds import make_world, scenario_of

app = typer.Typer(
    no_args_is_help=True, help="Find campaigns of accounts, as evidence for a human.", pretty_exceptions_enable=False
)

PROBLEMS, WRONG_USE = 1, 2


class Compat(StrEnum):
    COORTWEET = "coortweet"


@app.command("detect")
def detect_command(
    posts: Annotated[Path, typer.Argument(help="CSV, JSON lines, Parquet, or a folder of them.")],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    engine: Annotated[Engine, typer.Option(help="Where the heaviest steps are computed.")] = Engine.DUCKDB,
    spark_master: Annotated[
        str, typer.Option(help="With --engine spark: local[*], local[N] or spark://HOST:PORT.")
    ] = "local[*]",
    window_seconds: Annotated[int, typer.Option(help="Two posts are a pair when at most so far apart.")] = 60,
    min_participation: Annotated[int, typer.Option(help="Posts in pairs that an account needs.")] = 2,
    edge_weight: Annotated[float, typer.Option(help="Quantile of weights that marks an edge.")] = 0.5,
    subgraph: Annotated[
        Subgraph,
        typer.Option(
            help="0 keeps all edges, 1 those over the quantile, 2 those of the fast network, 3 its surroundings."
        ),
    ] = Subgraph.ALL,
    fast_window_seconds: Annotated[
        int | None, typer.Option(help="A second, narrower window, marked and weighed as well.")
    ] = None,
    detectors: Annotated[str, typer.Option(help="Which, with commas.")] = ",".join(Detector),
    pair_layers: Annotated[str, typer.Option(help=f"What pairs compare, with commas: {', '.join(Layer)}.")] = "",
    most_pairs_per_object: Annotated[
        int, typer.Option(help="Objects with more pairs are summarised.")
    ] = MOST_PAIRS_PER_OBJECT,
    compat: Annotated[Compat | None, typer.Option(help="Reproduce a package's quirks.")] = None,
    mapping: Annotated[list[str] | None, typer.Option("--map", help="OUR_NAME=THEIR_NAME, as often as needed.")] = None,
    leave_out: Annotated[str, typer.Option(help="Columns not to read, with commas.")] = "",
    acts: Annotated[Path | None, typer.Option(help="CSV of acts: at, account_id or platform, name.")] = None,
    links: Annotated[Path | None, typer.Option(help="CSV of resolved short links: address, leads_to.")] = None,
    identifiers: Annotated[
        bool, typer.Option("--identifiers", help="Show account identifiers; needs --purpose.")
    ] = False,
    purpose: Annotated[str, typer.Option(help="What the identifiers are needed for; kept in the folder.")] = "",
    key_file: Annotated[Path | None, typer.Option(help="Key for account pseudonyms, to compare runs.")] = None,
    memory_mb: Annotated[
        int,
        typer.Option(min=0, help="Memory for the engine; more is spilled to disk. 0: half of what the machine has."),
    ] = 0,
    threads: Annotated[int, typer.Option(help="0: as many as the machine has.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Detect coordination in POSTS and write tables, network and report to the folder OUT."""
    try:
        options = RunOptions(
            detectors=_detectors(detectors),
            pairs=PairOptions(window_seconds, min_participation, edge_weight, subgraph,
                              Reading.COORTWEET if compat else Reading.SOUND, most_pairs_per_object, fast_window_seconds),
            pair_layers=tuple(_parts(pair_layers)), mapping=_mapping(mapping or []), left_out=tuple(_parts(leave_out)),
            acts=_acts(acts) if acts else (), links=links, memory_mb=memory_mb, threads=threads, engine=engine, spark_master=spark_master,
        )  # fmt: skip
        shown = _identifiers(show=identifiers, purpose=purpose, key_file=key_file)
        summary = _with_progress(posts, out, options, shown, quiet=as_json)
    except (BadOption, UnreadableInput, EngineFailed, NotEnoughMemory) as error:
        raise _stopped(error) from error
    if as_json:
        print(json.dumps(asdict(summary), sort_keys=True))
    else:
        _tell(summary)
    raise typer.Exit(PROBLEMS if summary.quarantined else 0)


@app.command("generate")
def generate_command(
    scenario: Annotated[Path, typer.Argument(help="YAML file; docs/guides/coordination.md says what may stand in it.")],
    out: Annotated[Path, typer.Option(help="Folder for posts.parquet and truth.json.")],
) -> None:
    """Make a labelled test world from a scenario."""
    try:
        described = yaml.load(scenario.read_text("utf-8"), Loader=yaml.CSafeLoader)
        if not isinstance(described, dict):
            raise BadScenario([f"{scenario}: a scenario is a mapping of names to values"])
        world = make_world(scenario_of(described))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise _stopped(BadScenario([f"{scenario}: cannot be read as YAML: {str(error).splitlines()[0]}"])) from error
    except CoordinationError as error:
        raise _stopped(error) from error
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(world.posts)), out / "posts.parquet")
    labels = {account: {"campaign": number, "kind": tactic} for account, (number, tactic) in world.truth.items()}
    (out / "truth.json").write_text(json.dumps(labels, indent=0, sort_keys=True), "utf-8")
    print(f"{len(world.posts['post_id']):,} posts, {len(labels)} campaign accounts in {out}")


@app.command("evaluate")
def evaluate_command(
    out: Annotated[Path, typer.Argument(help="Folder of a run with --identifiers.")],
    labels: Annotated[Path, typer.Option(help="JSON: account -> campaign, or -> {campaign, kind}.")],
    detector: Annotated[str, typer.Option(help="Only findings of these detectors, with commas.")] = "",
    accounts: Annotated[int, typer.Option(help="Accounts in the world, where the run's summary is not at hand.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Score the findings of a run against labels."""
    try:
        truth = _labels(labels)
        chosen = _detectors(detector) if detector else tuple(Detector)
        table = pq.read_table(out / "accounts.parquet").to_pylist()
        facts = json.loads((out / "summary.json").read_text("utf-8"))
    except CoordinationError as error:
        raise _stopped(error) from error
    except (OSError, ValueError) as error:
        raise _stopped(
            UnreadableInput(f"{out} and {labels}: not a finished run and its labels ({type(error).__name__}).")
        ) from error
    named = {row["account_id"] for row in table if row["detector"] in set(chosen)}
    result = score(named, truth, accounts=accounts or int(facts["accounts"]))
    print(json.dumps(_score_record(result), sort_keys=True) if as_json else _score_text(result))


def _with_progress(
    posts: Path, out: Path, options: RunOptions, identifiers: Identifiers | None, *, quiet: bool
) -> Summary:
    console = Console(stderr=True, quiet=quiet)
    with console.status("Starting") as status:

        def show(standing: Standing) -> None:
            status.update(str(standing))
            if not console.is_terminal:
                console.print(str(standing))

        summary = detect(posts, out, options, identifiers=identifiers, watch=show)
    (out / "summary.json").write_text(json.dumps(asdict(summary), sort_keys=True), "utf-8")
    if identifiers is not None and identifiers.shown:
        (out / "purpose.txt").write_text(f"Account identifiers are shown for: {identifiers.purpose}\n", "utf-8")
    return summary


def _detectors(given: str) -> tuple[Detector, ...]:
    unknown = [name for name in _parts(given) if name not in list(Detector)]
    if unknown or not _parts(given):
        raise BadOption(f"{', '.join(unknown) or 'nothing'}: no such detector; there are {', '.join(Detector)}.")
    return tuple(Detector(name) for name in _parts(given))


def _parts(given: str) -> list[str]:
    return [part.strip() for part in given.split(",") if part.strip()]


def _mapping(given: list[str]) -> Mapping[str, str]:
    wrong = [item for item in given if "=" not in item]
    if wrong:
        raise BadOption(f"{', '.join(wrong)}: a mapping is OUR_NAME=THEIR_NAME.")
    return dict(item.split("=", 1) for item in given)


def _identifiers(*, show: bool, purpose: str, key_file: Path | None) -> Identifiers | None:
    if show and not purpose.strip():
        raise BadOption("--identifiers shows who is named; say why with --purpose TEXT.")
    if purpose.strip() and not show:
        raise BadOption("--purpose belongs to --identifiers; without that, accounts are hashed.")
    if show:
        return Identifiers(b"", purpose=purpose.strip())
    if key_file is None:
        return None
    try:
        return Identifiers(key_file.read_bytes().strip())
    except OSError as error:
        raise BadOption(f"{key_file}: the key cannot be read.") from error


def _acts(path: Path) -> tuple[Act, ...]:
    """One act for each moment and name; its accounts together."""
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError) as error:
        raise BadOption(f"{path}: the acts cannot be read; a CSV file in UTF-8 is needed.") from error
    acts: dict[tuple[int, str, str], list[str]] = {}
    for number, row in enumerate(rows, start=2):
        account, platform = (row.get("account_id") or "").strip(), (row.get("platform") or "").strip()
        if bool(account) == bool(platform):
            raise BadOption(f"{path}, line {number}: an act needs account_id or platform, one of them.")
        members = acts.setdefault((_moment(row.get("at") or "", path, number), platform, row.get("name") or "act"), [])
        members += [account] if account else []
    return tuple(Act(at, tuple(members), platform, name) for (at, platform, name), members in sorted(acts.items()))


def _moment(text: str, path: Path, line: int) -> int:
    try:
        if text.strip().isdigit():
            return int(text)
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadOption(f"{path}, line {line}: `at` is ISO 8601 in UTC or epoch seconds.") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _labels(path: Path) -> dict[str, tuple[str, str]]:
    given = json.loads(path.read_text("utf-8"))
    if not isinstance(given, dict):
        raise UnreadableInput(f"{path}: labels are a JSON object, account to campaign.")
    return {
        account: (str(value["campaign"]), str(value.get("kind", "campaign")))
        if isinstance(value, dict)
        else (str(value), "campaign")
        for account, value in given.items()
    }


def _score_record(result: Score) -> dict[str, Any]:
    return {
        "precision": result.precision.as_record(), "recall": result.recall.as_record(), "organic": result.organic.as_record(),
        "campaigns": result.campaigns.as_record(), "recalls": {kind: share.as_record() for kind, share in result.recalls.items()},
    }  # fmt: skip


def _score_text(result: Score) -> str:
    named = [("precision", result.precision), ("recall", result.recall), ("campaigns found", result.campaigns),
             ("organic accounts named", result.organic), *((f"recall, {kind}", share) for kind, share in result.recalls.items())]  # fmt: skip
    return "\n".join(
        f"{name:32} {share.value:8.4f}  95 % {share.interval[0]:.4f} to {share.interval[1]:.4f}  ({share.found} of {share.of})"
        for name, share in named
    )


def _tell(summary: Summary) -> None:
    found = ", ".join(f"{count} {name}" for name, count in summary.findings.items() if name != Detector.PAIRS) or "none"
    print(f"{summary.used:,} posts of {summary.accounts:,} accounts; {summary.pairs:,} pairs, {summary.edges:,} edges.")
    if summary.popular_objects:
        print(f"{summary.popular_objects} objects have too many pairs to list; popular_objects.parquet counts them.")
    for reason, count in summary.quarantined.items():
        print(f"Set aside, {reason}: {count:,} rows; quarantine.parquet says where and what to do.")
    print(f"Findings: {found}; {summary.accounts_named:,} accounts named. Open {Path(summary.out) / 'report.html'}.")


def _stopped(error: Exception) -> typer.Exit:
    print(str(error), file=sys.stderr)
    return typer.Exit(WRONG_USE if isinstance(error, BadOption) else PROBLEMS)
