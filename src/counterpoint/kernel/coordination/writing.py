"""What a run leaves behind: tables as Parquet and the network for other tools. Account names are those that are shown."""

# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from counterpoint.kernel.coordination.findings import Finding, numbered
from counterpoint.kernel.coordination.steps import Workspace

MOST_NETWORK_EDGES = 20_000

FINDINGS = pa.schema([
    ("finding_id", pa.string()), ("detector", pa.string()), ("kind", pa.string()),
    ("accounts", pa.int64()), ("posts", pa.int64()), ("first_at", pa.int64()), ("last_at", pa.int64()),
    ("statistic", pa.string()), ("value", pa.float64()), ("expected", pa.float64()),
    ("null_model", pa.string()), ("innocent", pa.string()), ("stability", pa.float64()),
    ("objects", pa.list_(pa.string())), ("account_ids", pa.list_(pa.string())),
    ("post_ids", pa.list_(pa.string())), ("post_times", pa.list_(pa.int64())), ("details", pa.string()),
])  # fmt: skip
ACCOUNTS = pa.schema([
    ("account_id", pa.string()), ("finding_id", pa.string()), ("detector", pa.string()), ("kind", pa.string()),
    ("posts", pa.int64()), ("details", pa.string()),
])  # fmt: skip

Record = dict[str, Any]


def records_of(workspace: Workspace, findings: Sequence[Finding], *, label: str) -> list[Record]:
    """Findings as plain records with shown names instead of numbers; what resuming keeps and the tables are made of."""
    if not findings:
        return []
    everyone = np.unique(np.concatenate([finding.accounts for finding in findings]))
    everything = np.unique(np.concatenate([finding.posts for finding in findings]))
    workspace.load("named", {"account": everyone})
    workspace.load("told", {"post": everything})
    names: dict[int, str] = dict(
        workspace.rows(f"SELECT account, {label} FROM accounts SEMI JOIN named USING (account)")
    )
    posts = {row[0]: row[1:] for row in workspace.rows(f"""SELECT post, post_id, at_seconds, {label} FROM posts SEMI JOIN told USING (post)
        JOIN accounts USING (account)""")}  # fmt: skip
    workspace.drop("named", "told")
    return [_record(identifier, finding, names, posts) for identifier, finding in numbered(findings)]


def _record(
    identifier: str, finding: Finding, names: Mapping[int, str], posts: Mapping[int, tuple[str, int, str]]
) -> Record:
    evidence = [posts[int(post)] for post in finding.posts]
    times = [at for _, at, _ in evidence]
    return {
        "finding_id": identifier, "detector": str(finding.detector), "kind": finding.kind, "accounts": int(finding.accounts.size),
        "posts": len(evidence), "first_at": min(times, default=0), "last_at": max(times, default=0), "statistic": finding.statistic,
        "value": float(finding.value), "expected": float(finding.expected), "null_model": finding.null, "innocent": finding.innocent,
        "stability": finding.stability, "objects": list(finding.objects), "account_ids": [names[int(account)] for account in finding.accounts],
        "post_ids": [post for post, _, _ in evidence], "post_times": times, "post_accounts": [name for _, _, name in evidence],
        "details": json.dumps(finding.details, sort_keys=True, default=float),
        "account_details": [json.dumps(given, sort_keys=True, default=float) for given in finding.account_details],
    }  # fmt: skip


def write_findings(records: Sequence[Record], out: Path) -> None:
    """findings.parquet and accounts.parquet (one row for each account that a finding names)."""
    rows = []
    for record in records:
        shared: dict[str, int] = {}
        for name in record["post_accounts"]:
            shared[name] = shared.get(name, 0) + 1
        rows += [{"account_id": name, "finding_id": record["finding_id"], "detector": record["detector"], "kind": record["kind"],
                  "posts": shared.get(name, 0), "details": details}
                 for name, details in zip(record["account_ids"], record["account_details"], strict=True)]  # fmt: skip
    findings = [{name: record[name] for name in FINDINGS.names} for record in records]
    _write(pa.Table.from_pylist(findings, FINDINGS), out / "findings.parquet")
    _write(pa.Table.from_pylist(rows, ACCOUNTS), out / "accounts.parquet")


def _write(table: Any, path: Path) -> None:
    partial = path.with_name(path.name + ".partial")
    pq.write_table(table, partial, store_schema=False)
    partial.replace(path)


def write_network(records: Sequence[Record], edges: Sequence[tuple[str, str, float, str]], out: Path) -> None:
    """network.graphml and network.gexf. edges: two names, a weight and what they stand for; the heaviest are kept."""
    kept = sorted(edges, key=lambda edge: (-edge[2], edge[0], edge[1]))[:MOST_NETWORK_EDGES]
    found = {name: record["finding_id"] for record in reversed(records) for name in record["account_ids"]}
    nodes = sorted({name for edge in kept for name in edge[:2]} | set(found))
    _write_text(out / "network.graphml", _graphml(nodes, found, kept))
    _write_text(out / "network.gexf", _gexf(nodes, found, kept))


def _write_text(path: Path, parts: Iterable[str]) -> None:
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8") as handle:
        handle.writelines(parts)
    partial.replace(path)


def _clean(text: str) -> str:
    """Without characters that XML cannot hold."""
    return _NOT_IN_XML.sub("", text)


_NOT_IN_XML = re.compile("[\x00-\x1f\ufffe\uffff\ud800-\udfff]")


def _graphml(
    nodes: Sequence[str], found: Mapping[str, str], edges: Sequence[tuple[str, str, float, str]]
) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    yield '<key id="finding" for="node" attr.name="finding" attr.type="string"/>\n'
    yield '<key id="weight" for="edge" attr.name="weight" attr.type="double"/>\n'
    yield '<key id="kind" for="edge" attr.name="kind" attr.type="string"/>\n<graph edgedefault="undirected">\n'
    shown = {name: quoteattr(_clean(name)) for name in nodes}
    for name in nodes:
        yield f'<node id={shown[name]}><data key="finding">{escape(found.get(name, ""))}</data></node>\n'
    for one, two, weight, kind in edges:
        yield f"<edge source={shown[one]} target={shown[two]}>"
        yield f'<data key="weight">{weight:g}</data><data key="kind">{escape(kind)}</data></edge>\n'
    yield "</graph>\n</graphml>\n"


def _gexf(
    nodes: Sequence[str], found: Mapping[str, str], edges: Sequence[tuple[str, str, float, str]]
) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n<graph defaultedgetype="undirected">\n'
    yield '<attributes class="node"><attribute id="finding" title="finding" type="string"/></attributes>\n'
    yield '<attributes class="edge"><attribute id="kind" title="kind" type="string"/></attributes>\n<nodes>\n'
    shown = {name: quoteattr(_clean(name)) for name in nodes}
    for name in nodes:
        yield f'<node id={shown[name]} label={shown[name]}><attvalues><attvalue for="finding" value={quoteattr(found.get(name, ""))}/></attvalues></node>\n'
    yield "</nodes>\n<edges>\n"
    for number, (one, two, weight, kind) in enumerate(edges):
        yield f'<edge id="{number}" source={shown[one]} target={shown[two]} weight="{weight:g}">'
        yield f'<attvalues><attvalue for="kind" value={quoteattr(kind)}/></attvalues></edge>\n'
    yield "</edges>\n</graph>\n</gexf>\n"
