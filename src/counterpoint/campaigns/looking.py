"""A first look into a file of posts before it is taken in, without the engine: is it what its name says, and do its
columns fit? Parquet is only known by its marks here; the run, in its own process, looks further."""

import csv
import io
import json
from collections.abc import Mapping
from typing import IO

from counterpoint.campaigns.types import Lack, NotAsAsked

_HEAD_BYTES = 1_000_000
_PARQUET = b"PAR1"
_REQUIRED = ("post_id", "account_id", "posted_at")
_SHARES = {"account_id": "account_id", "post_id": "content_id", "posted_at": "timestamp_share"}  # CooRTweet's table
_OBJECTS_LOOKED_AT = 50


def check_posts(posts: IO[bytes], *, suffix: str, mapping: Mapping[str, str], field: str) -> None:
    """Raises NotAsAsked saying what is wrong and what to do. Leaves `posts` at its beginning."""
    head = posts.read(_HEAD_BYTES)
    posts.seek(0)
    if not head:
        raise NotAsAsked([Lack(field, "The file is empty.")])
    problem = _parquet(head) if suffix == ".parquet" else _text(head, suffix, mapping)
    if problem:
        raise NotAsAsked([Lack(field, problem)])


def _parquet(head: bytes) -> str:
    return "" if head.startswith(_PARQUET) else "This is not a Parquet file, whatever its name says. Save it anew."


def _text(head: bytes, suffix: str, mapping: Mapping[str, str]) -> str:
    if b"\0" in head:
        return "This is not a text file, whatever its name says. Save it as CSV or JSON lines in UTF-8."
    text = head.decode("utf-8-sig", "replace")
    names = _csv_names(text, suffix) if suffix in (".csv", ".tsv") else _json_names(text)
    if not names:
        return "No columns can be read. The first line of a CSV file names them; of JSON lines, each line is an object."
    shown = set(mapping) | {ours for ours, theirs in _SHARES.items() if theirs in names}
    missing = [name for name in _REQUIRED if name not in names and name not in shown]
    absent = [theirs for theirs in mapping.values() if theirs not in names]
    told = []
    if missing:
        told.append(f"These columns are missing: {', '.join(missing)}. If they have other names in the file, say so.")
    if absent:
        told.append(f"These other names are not in the file: {', '.join(absent)}.")
    return " ".join(told)


def _csv_names(text: str, suffix: str) -> list[str]:
    line = text.partition("\n")[0]
    delimiter = max("\t,;" if suffix == ".tsv" else ",;\t", key=line.count)
    try:
        return [name for name in next(csv.reader(io.StringIO(line), delimiter=delimiter), []) if name]
    except csv.Error:
        return []


def _json_names(text: str) -> list[str]:
    names: dict[str, None] = {}
    for line in text.splitlines()[:_OBJECTS_LOOKED_AT]:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            names |= dict.fromkeys(row)
    return list(names)
