"""Pairs as places in a list of shares, and how rows of them are written.

Time goes into memory that is touched for the first time more than into what is done there: therefore numbers of 32
bits, and columns that are made for some rows at a time, when these are written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Ints = NDArray[Any]  # of 32 bits where the largest number is known to be small
Names = Any  # an Arrow array of texts
ROWS = 1 << 19  # in one part of a file, which holds its names anew
_MOST_LETTERS = 2**31 - 1  # bytes, of all texts of one Arrow array of the common kind


@dataclass(frozen=True)
class Pairs:
    """one, two: places of two shares, the older first, and apart: the seconds from one to the other. For each share,
    label, post, object: codes of the names of its account, post and object. Some pairs are taken as of an array."""

    one: Ints
    two: Ints
    apart: Ints
    label: Ints
    labels: Names
    post: Ints
    posts: Names
    object: Ints
    objects: Names

    def __getitem__(self, places: Any) -> Self:
        return replace(self, one=self.one[places], two=self.two[places], apart=self.apart[places])

    def __len__(self) -> int:
        return int(self.one.size)

    @property
    def rows_for_labels(self) -> int:
        """How many rows share codes of accounts: one part only, for accounts come in any order, and each part that
        writes codes holds nearly all of them."""
        return min(len(self), ROWS)


def texts(codes: Ints, names: Names, *, rows: int) -> Any:
    """Names as they are where hardly one comes twice, else as codes of a dictionary. codes: of 32 bits; they are used
    up. rows: of all parts together, so that all are alike."""
    if not coded(names, rows=rows):
        return _plain(names.take(pa.array(codes)))
    low, high = int(codes.min(initial=len(names))), int(codes.max(initial=0))
    known = names.slice(low, high - low + 1) if codes.size else names
    codes -= low
    return pa.DictionaryArray.from_arrays(pa.array(codes), _plain(known), safe=False)


class Scratch:
    """Columns of a part of a table, which lie in the memory that those of the part before lay in."""

    def __init__(self, rows: int, **kinds: type) -> None:
        """rows: of the largest part; kinds: of numbers, by column."""
        self._columns: dict[str, Ints] = {name: np.empty(rows, dtype=kind) for name, kind in kinds.items()}

    def __call__(self, rows: int) -> dict[str, Ints]:
        return {name: column[:rows] for name, column in self._columns.items()}


def in_one(column: Any) -> Names:
    """A column of an Arrow table as one array, also where it has more letters than a text array can hold."""
    if sum(chunk.nbytes for chunk in column.chunks) > _MOST_LETTERS:
        column = column.cast(pa.large_string())
    return column.combine_chunks()


def _plain(some: Names) -> Names:
    """Some of the names, as every part of a file has them."""
    return some.cast(pa.string()) if pa.types.is_large_string(some.type) else some


def coded(names: Names, *, rows: int) -> bool:
    """Whether so many rows are written with codes of a dictionary of names."""
    return rows >= 2 * len(names)


def write_parts(parts: Iterable[Any], path: Path) -> None:
    """Tables of the same columns, one at least and no value missing, as one file of Parquet, which appears whole or not
    at all. Each is written before the next is asked for."""
    partial = path.with_name(path.name + ".partial")
    writer: Any = None
    try:
        for part in parts:
            if writer is None:
                schema = pa.schema([pa.field(field.name, field.type, nullable=False) for field in part.schema])
                marks = [field.name for field in schema if pa.types.is_boolean(field.type)]
                by_code = [field.name for field in schema if not pa.types.is_string(field.type)]
                writer = pq.ParquetWriter(
                    partial, schema, use_dictionary=by_code, dictionary_pagesize_limit=1 << 30,
                    write_statistics=marks, store_schema=False,  # parts without a mark are not looked through for one
                )  # fmt: skip
            writer.write_table(pa.Table.from_arrays(part.columns, schema=schema))
    finally:
        if writer is not None:
            writer.close()
    partial.replace(path)
