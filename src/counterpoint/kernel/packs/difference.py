"""What differs between two packs, in words: tables row by row, YAML by key, processes by step.

Rows are matched by their id, and those that a modeller gave new ids by what they say.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from counterpoint.kernel.packs import engines
from counterpoint.kernel.packs.places import amount_in_words, place_in_words
from counterpoint.kernel.packs.source import read_yaml

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable, Rule
    from counterpoint.kernel.processes import Process

_LONGEST: Final = 300
_Keys = tuple[str, ...]


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Change:
    """One thing that differs. place: where, in words. before, after: as it was and is; "" where there is none. words:
    what is told in sentences instead."""

    kind: Kind
    place: str
    before: str = ""
    after: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileDifference:
    """How one file of a pack differs; `changes` is empty where it differs in nothing that is read (spaces, drawing)."""

    path: str
    kind: Kind
    changes: tuple[Change, ...] = ()


def difference(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[FileDifference, ...]:
    """Every file that differs, by path. before, after: path in the pack to content."""
    found = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old is None:
            found.append(FileDifference(path, Kind.ADDED))
        elif new is None:
            found.append(FileDifference(path, Kind.REMOVED))
        elif old != new:
            found.append(FileDifference(path, Kind.CHANGED, tuple(_changes(path, old, new))))
    return tuple(found)


def _changes(path: str, old: bytes, new: bytes) -> Iterator[Change]:
    match PurePosixPath(path).suffix:
        case ".dmn":
            first, second = engines.read_decision(path, old)[0], engines.read_decision(path, new)[0]
            if first is not None and second is not None:
                yield from _table_changes(first, second)
        case ".bpmn":
            drawn = engines.read_processes(old, new)
            if drawn is not None:
                yield from _process_changes(*drawn)
        case ".yaml":
            documents = [read_yaml(path, content)[0] for content in (old, new)]
            if documents[0] is not None and documents[1] is not None:
                yield from _value_changes(path, (), documents[0].value, documents[1].value)


# --- tables


def _table_changes(old: DecisionTable, new: DecisionTable) -> Iterator[Change]:
    yield from _said("The hit policy", str(old.hit_policy), str(new.hit_policy))
    yield from _said("The name of the table", old.name, new.name)
    yield from _column_changes(old, new)
    pairs = _matched(old.rules, new.rules)
    paired_old, paired_new = {was.index for was, _ in pairs}, {now.index for _, now in pairs}
    for rule in old.rules:
        if rule.index not in paired_old:
            yield Change(Kind.REMOVED, f"Row {rule.index} as it was ({rule.rule_id})", before=_row_in_words(old, rule))
    moved = _moved(pairs)
    now_is = {now.index: (was, now) for was, now in pairs}
    for rule in new.rules:
        if rule.index not in paired_new:
            yield Change(Kind.ADDED, f"Row {rule.index} ({rule.rule_id})", after=_row_in_words(new, rule))
            continue
        was, now = now_is[rule.index]
        if now.index in moved:
            yield Change(Kind.MOVED, f"Row {now.index} ({now.rule_id})", f"was row {was.index}", f"is row {now.index}")
        yield from _row_changes(old, was, new, now)


def _column_changes(old: DecisionTable, new: DecisionTable) -> Iterator[Change]:
    columns_before = {f"input {one.name}": (one.label, str(one.type), one.domain.text) for one in old.inputs}
    columns_after = {f"input {one.name}": (one.label, str(one.type), one.domain.text) for one in new.inputs}
    columns_before |= {f"output {one.name}": (one.label, str(one.type), _listed(one.allowed)) for one in old.outputs}
    columns_after |= {f"output {one.name}": (one.label, str(one.type), _listed(one.allowed)) for one in new.outputs}
    for name in dict.fromkeys([*columns_before, *columns_after]):
        was, now = columns_before.get(name), columns_after.get(name)
        if was is None:
            yield Change(Kind.ADDED, f"The column {name}", after=", ".join(now or ()))
        elif now is None:
            yield Change(Kind.REMOVED, f"The column {name}", before=", ".join(was))
        else:
            for what, first, second in zip(("label", "type", "allowed values"), was, now, strict=True):
                yield from _said(f"The {what} of the column {name}", first, second)


def _row_changes(old: DecisionTable, was: Rule, new: DecisionTable, now: Rule) -> Iterator[Change]:
    cells_before = {column.name: cell.text for column, cell in zip(old.inputs, was.cells, strict=True)}
    place = f"Row {now.index} ({now.rule_id})"
    for column, cell in zip(new.inputs, now.cells, strict=True):
        if column.name in cells_before:
            yield from _said(f"{place}, {column.label or column.name}", cells_before[column.name], cell.text)
    for output in new.outputs:
        if output.name in was.outputs:
            first, second = was.outputs[output.name], now.outputs[output.name]
            yield from _said(f"{place}, {output.label or output.name}", str(first), str(second))
    yield from _said(f"{place}, annotation", was.annotation, now.annotation)


def _matched(old: Sequence[Rule], new: Sequence[Rule]) -> list[tuple[Rule, Rule]]:
    """Rows of both tables that are the same one, in the order of the new."""
    ids = {rule.rule_id: rule for rule in old}
    pairs = [(ids[rule.rule_id], rule) for rule in new if rule.rule_id in ids]
    taken_old, taken_new = {was.index for was, _ in pairs}, {now.index for _, now in pairs}
    left = [rule for rule in old if rule.index not in taken_old]
    for rule in new:
        if rule.index in taken_new:
            continue
        same = next((one for one in left if _content(one) == _content(rule)), None)
        if same is not None:
            left.remove(same)
            pairs.append((same, rule))
    return sorted(pairs, key=lambda pair: pair[1].index)


def _content(rule: Rule) -> tuple[object, ...]:
    return tuple(cell.text for cell in rule.cells), tuple(rule.outputs.items())


def _moved(pairs: Sequence[tuple[Rule, Rule]]) -> set[int]:
    """The new places of the rows that stand in another order than before: the fewest that explain it."""
    ends: list[int] = []  # the last old place of the best run of each length
    lengths = []
    for was, _ in pairs:
        place = bisect_left(ends, was.index)
        ends[place : place + 1] = [was.index]
        lengths.append(place)
    stayed, wanted = set(), len(ends) - 1
    for number in reversed(range(len(pairs))):
        if lengths[number] == wanted:
            stayed.add(number)
            wanted -= 1
    return {now.index for number, (_, now) in enumerate(pairs) if number not in stayed}


def _row_in_words(table: DecisionTable, rule: Rule) -> str:
    return engines.row_in_words(table, rule.index)


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


# --- processes


def _process_changes(old: Process, new: Process) -> Iterator[Change]:
    yield from _said("The name of the process", old.name, new.name)
    for row in engines.process_difference(old, new):
        yield Change(Kind(row.change), f"The {engines.kind_in_words(row)} “{row.name}” ({row.id})", words=row.words)


# --- YAML


def _value_changes(file: str, path: _Keys, old: object, new: object) -> Iterator[Change]:
    first, second = _by_key(old), _by_key(new)
    if first is None or second is None or (amount_in_words(old) and amount_in_words(new)):
        if old != new:
            yield Change(Kind.CHANGED, place_in_words(file, path), _short(old), _short(new))
        return
    for key in dict.fromkeys([*first, *second]):
        if key not in second:
            yield Change(Kind.REMOVED, place_in_words(file, (*path, key)), before=_short(first[key]))
        elif key not in first:
            yield Change(Kind.ADDED, place_in_words(file, (*path, key)), after=_short(second[key]))
        else:
            yield from _value_changes(file, (*path, key), first[key], second[key])
    if isinstance(new, list):
        kept = [key for key in first if key in second]
        if kept != [key for key in second if key in first]:
            yield Change(Kind.MOVED, f"The order in {place_in_words(file, path)}", ", ".join(first), ", ".join(second))


def _by_key(value: object) -> Mapping[str, object] | None:
    """A mapping by its keys, a list of parts by their ids; None for what is compared as a whole."""
    if isinstance(value, dict):
        return {str(key): part for key, part in value.items()}
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        ids = [_id_of(part, number) for number, part in enumerate(value, 1)]
        return dict(zip(ids, value, strict=True)) if len(set(ids)) == len(ids) else None
    return None


def _id_of(part: Mapping[str, object], number: int) -> str:
    known = part.get("id", part.get("day"))  # holidays are told by their day
    return str(known) if known is not None else f"number {number}"


# --- all


def _said(place: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(Kind.CHANGED, place, _short(before), _short(after))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else _written(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _written(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if (amount := amount_in_words(value)) is not None:
        return amount
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_written(part)}" for key, part in value.items())
    return ", ".join(_written(part) for part in value) if isinstance(value, list) else str(value)
