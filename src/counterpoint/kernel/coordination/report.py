"""report.html: one file that needs nothing else, for a person to judge what was found.

Everything shown comes escaped into text; no script, no font, no address is loaded.
"""

# ruff: noqa: E501, S608 - markup stands with what it tells; the one query takes a `quoted` path

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from counterpoint.kernel.coordination import pictures
from counterpoint.kernel.coordination.steps import Workspace, quoted

MOST_IN_FULL = 40  # findings told in full; the others are in the table and in findings.parquet
MOST_LISTED = 30
LONGEST_CELL = 300

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;margin:0 auto;max-width:64rem;padding:1rem}
h1{font-size:1.8rem}h2{font-size:1.35rem;margin-top:2.2rem}h3{font-size:1.1rem;margin-top:1.8rem}
table{border-collapse:collapse;margin:.6rem 0;width:100%}caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{border-bottom:1px solid #b1b4b6;padding:.25rem .6rem .25rem 0;text-align:left;vertical-align:top;font-size:.9rem}
td.n,th.n{text-align:right}svg{max-width:100%;height:auto}.note{border-left:4px solid #1d3557;padding:.2rem .9rem;background:#f3f5f8}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:1rem}code{overflow-wrap:anywhere}
a:focus,summary:focus{outline:3px solid #b3541e}@media print{details>*{display:block}}
"""


def write_report(
    workspace: Workspace, out: Path, records: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]
) -> None:
    edges = _edges(workspace, out / "validated_edges.parquet", records)
    partial = out / "report.html.partial"
    with partial.open("w", encoding="utf-8") as handle:
        handle.writelines(_page(records, facts, edges))
    partial.replace(out / "report.html")


def _edges(
    workspace: Workspace, path: Path, records: Sequence[Mapping[str, Any]]
) -> dict[str, list[tuple[int, int, float]]]:
    """For each finding told in full the validated pairs inside it, by the places of its accounts."""
    if not path.exists():
        return {}
    places = {}
    for record in records[:MOST_IN_FULL]:
        if record["detector"] == "validated":
            places.update({name: (record["finding_id"], place) for place, name in enumerate(record["account_ids"])})
    inside: dict[str, list[tuple[int, int, float]]] = {}
    for one, two, weight in workspace.rows(
        f"SELECT account_a, account_b, weight FROM read_parquet({quoted(str(path))})"
    ):
        left, right = places.get(one), places.get(two)
        if left is not None and right is not None and left[0] == right[0]:
            inside.setdefault(left[0], []).append((left[1], right[1], float(weight)))
    return inside


def _page(records: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], edges: Mapping[str, Any]) -> Iterable[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>Coordination report</title><style>{STYLE}</style></head><body><main><h1>Coordination report</h1>"
    yield '<p class="note">These are patterns of accounts, with reasons, for a person to judge. They are not verdicts, and they do not '
    yield "say who is behind an account. Read the innocent explanation of each finding before acting on it.</p>"
    yield from _read(facts)
    yield from _overview(records)
    yield from _pictures(records, facts, edges)
    for record in records[:MOST_IN_FULL]:
        yield from _finding(record)
    if len(records) > MOST_IN_FULL:
        yield f"<p>{len(records) - MOST_IN_FULL} further findings are in the table above and in findings.parquet.</p>"
    yield "</main></body></html>\n"


def _read(facts: Mapping[str, Any]) -> Iterable[str]:
    yield "<h2>What was read</h2>"
    rows = [("Rows", f"{facts['rows']:,}"), ("Posts used", f"{facts['used']:,}"), ("Repeated rows left out", f"{facts['repeated']:,}"),
            ("Accounts", f"{facts['accounts']:,}"), ("First post", _when(facts["first_at"])), ("Last post", _when(facts["last_at"])),
            ("Detectors", ", ".join(facts["detectors"])),
            ("Window pairs", f"{facts['window_seconds']} seconds, at least {facts['min_participation']} posts, {facts['reading']} reading")]  # fmt: skip
    rows += [(f"Set aside: {reason}", f"{count:,}") for reason, count in facts["quarantined"].items()]
    yield _table("Input", ("What", "How much"), rows)
    if facts["popular_objects"]:
        yield "<p>The objects below have too many pairs to list. Their pairs were counted exactly and are in no other table or network.</p>"
        yield _table("Popular objects, summarised", ("Object", "Posts", "Accounts", "First", "Last", "Pairs"), [
            (item["object_id"], f"{item['posts']:,}", f"{item['accounts']:,}", _when(item["first_at"]), _when(item["last_at"]), f"{item['pairs']:,}")
            for item in facts["popular_objects"][:MOST_LISTED]])  # fmt: skip


def _overview(records: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    yield "<h2>Findings</h2>"
    if not records:
        yield "<p>Nothing was found that its null model does not explain.</p>"
        return
    yield _table("All findings", ("Finding", "Kind", "Accounts", "Posts", "Measured", "Expected", "Stability"), [
        (record["finding_id"], record["kind"], f"{record['accounts']:,}", f"{record['posts']:,}", f"{record['value']:g}",
         f"{record['expected']:.3g}", "" if record["stability"] is None else f"{record['stability']:.0%}") for record in records])  # fmt: skip


def _pictures(
    records: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], edges: Mapping[str, Any]
) -> Iterable[str]:
    if not records:
        return
    groups = [
        (record["finding_id"], record["accounts"], edges[record["finding_id"]])
        for record in records[:MOST_IN_FULL]
        if record["finding_id"] in edges
    ]
    if groups:
        yield f"<h2>Network</h2>{pictures.network(groups[:16])}"
        yield _table(
            "Network in numbers",
            ("Finding", "Accounts", "Pairs"),
            [(name, size, len(pairs)) for name, size, pairs in groups[:16]],
        )
    times = [at for record in records for at in record["post_times"]]
    first, last = facts["first_at"], facts["last_at"]
    yield f"<h2>When</h2>{pictures.timeline(pictures.spans(times, first=first, last=last), title='Posts that are evidence, over time')}"
    yield f"<p>From {_when(first)} to {_when(last)}.</p>"
    hours = pictures.by_weekday_and_hour(times)
    yield pictures.heat_map(hours, title="Posts that are evidence, by weekday and hour (UTC)")
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    yield "<details><summary>The heat map as a table</summary>"
    yield _table(
        "Posts by weekday and hour (UTC)",
        ("Day", *[f"{hour:02d}" for hour in range(24)]),
        [(name, *row) for name, row in zip(names, hours, strict=True)],
    )
    yield '</details><h2>Each finding over time</h2><div class="small">'
    for number, record in enumerate(records[:MOST_IN_FULL]):
        counts = pictures.spans(record["post_times"], first=first, last=last, number=60)
        colour = pictures.PALETTE[number % len(pictures.PALETTE)]
        picture = pictures.timeline(
            counts, title=f"{record['finding_id']} over time", width=300, height=70, colour=colour
        )
        yield f"<div><strong>{escape(record['finding_id'])}</strong><br>{picture}</div>"
    yield "</div>"


def _finding(record: Mapping[str, Any]) -> Iterable[str]:
    yield f"<section><h2>{escape(record['finding_id'])}: {escape(record['kind'])}</h2>"
    held = (
        "not measured by resampling"
        if record["stability"] is None
        else f"found again in {record['stability']:.0%} of resamples"
    )
    yield _table("Statistic", ("What", "Value"), [
        ("Measured", f"{record['statistic']}: {record['value']:g}"), ("Expected by the null", f"{record['expected']:.3g}"),
        ("The null", record["null_model"]), ("Stability", held), ("From", _when(record["first_at"])), ("To", _when(record["last_at"])),
        *[(name, f"{value}") for name, value in json.loads(record["details"]).items()]])  # fmt: skip
    yield f'<p class="note"><strong>It would be innocent if:</strong> {escape(record["innocent"])}</p>'
    yield _table(
        "Accounts",
        ("Account", "Detail"),
        list(zip(record["account_ids"], record["account_details"], strict=True))[:MOST_LISTED],
    )
    if record["objects"]:
        yield _table("What was shared", ("Object",), [(name,) for name in record["objects"][:MOST_LISTED]])
    posts = list(zip(record["post_times"], record["post_ids"], record["post_accounts"], strict=True))
    yield "<details><summary>Posts that are the evidence</summary>"
    yield _table(
        f"Posts ({min(len(posts), 100)} of {record['posts']:,})",
        ("When", "Post", "Account"),
        [(_when(at), post, name) for at, post, name in posts[:100]],
    )
    yield "</details></section>"


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{_cell(row[0])}</th>' + "".join(f"<td>{_cell(value)}</td>" for value in row[1:]) + "</tr>"
        for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    text = str(value)
    return escape(text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…")


def _when(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S") if at else ""
