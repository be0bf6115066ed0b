"""Names put to window pairs part by part, for more pairs than arrays hold at once: what `pairs.pairs_with_names` says
by five joins over everything, whose tables would not fit. A part is some objects; its names are looked up by number.

Sound reading, one window.
"""

# ruff: noqa: S608 - SQL is put together from our own names and integers

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from counterpoint.kernel.coordination.pairs_in_memory import coded
from counterpoint.kernel.coordination.steps import Workspace
from counterpoint.kernel.coordination.windows import parts_by_object

MOST_PAIRS = 4_000_000  # in one part: 500 MB with what is made of them
_CODED = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema([
    ("object_id", _CODED), ("post_a", pa.string()), ("post_b", pa.string()),  # hardly a post comes twice
    ("account_a", _CODED), ("account_b", _CODED), ("seconds_apart", pa.int64()),
])  # fmt: skip
_OFTEN = ["object_id", "account_a", "account_b"]


def write_named_pairs(workspace: Workspace, path: Path) -> None:
    """From `near_pairs`, `objects`, `posts` and `pair_labels` write the pairs; the file appears whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with (
        pq.ParquetWriter(partial, _SCHEMA, use_dictionary=_OFTEN, dictionary_pagesize_limit=1 << 30,
                         write_statistics=False, store_schema=False) as writer,
        ThreadPoolExecutor(1) as beside,
    ):  # fmt: skip
        writing: Future[None] | None = None
        for part in _parts(workspace):
            if writing is not None:
                writing.result()  # one part is written while the next is made, not more
            writing = beside.submit(writer.write_table, part, row_group_size=MOST_PAIRS)
        if writing is not None:
            writing.result()
    partial.replace(path)


def _parts(workspace: Workspace) -> Iterator[Any]:
    for first, last in parts_by_object(workspace, "near_pairs", MOST_PAIRS):
        pairs = workspace.arrays(f"""SELECT object, post_a, post_b, account_a, account_b, seconds_apart FROM near_pairs
            WHERE object BETWEEN {first} AND {last}""")
        if pairs["object"].size:
            yield _named(workspace, pairs)


def _named(workspace: Workspace, pairs: dict[str, Any]) -> Any:
    """Within a second the smaller post_id goes first, so that the order of rows means nothing."""
    size = pairs["object"].size
    posts, post_ids = _coded(workspace, "post", "post_id FROM posts", pairs["post_a"], pairs["post_b"])
    labels, names = _coded(workspace, "account", "label FROM pair_labels", pairs["account_a"], pairs["account_b"])
    things, object_ids = _coded(workspace, "object", "object_id FROM objects", pairs["object"])
    one, two = np.arange(size), np.arange(size, 2 * size)
    tied = np.flatnonzero(pairs["seconds_apart"] == 0)
    turned = tied[np.asarray(pc.greater(post_ids.take(posts[one[tied]]), post_ids.take(posts[two[tied]])))]
    one[turned], two[turned] = two[turned], one[turned]
    columns = {
        "object_id": _as_codes(things, object_ids),
        "post_a": post_ids.take(posts[one]), "post_b": post_ids.take(posts[two]),
        "account_a": _as_codes(labels[one], names), "account_b": _as_codes(labels[two], names),
        "seconds_apart": pairs["seconds_apart"],
    }  # fmt: skip
    return pa.table(columns, schema=_SCHEMA)


def _coded(workspace: Workspace, key: str, name_of: str, *columns: Any) -> tuple[Any, Any]:
    """For each value of the columns a code, and the names that the codes stand for."""
    values = np.concatenate(columns)
    name, table = name_of.split(" FROM ")
    return coded(workspace, values, np.arange(values.size), f"(SELECT {key}, {name} AS name FROM {table})", key)


def _as_codes(codes: Any, names: Any) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes), names, safe=False)
