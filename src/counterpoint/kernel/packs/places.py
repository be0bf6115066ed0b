"""Where in a YAML file of a pack something stands, in the words of who edits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from counterpoint.kernel.clocks import Unit

_STEP: Final = {
    "work": "what work it is",
    "form": "its form",
    "clock": "its clock",
    "instrument": "its instrument",
    "rules": "the tables that are consulted",
}
_LANE: Final = {"role": "the role", "agency": "the kind of agency"}
_CLOCK: Final = {
    "title": "its name",
    "within": "how long it gives",
    "warn_before": "when it warns",
    "at_most": "how far it may be extended",
    "calendar": "its calendar",
    "pause_for": "what it may be paused for",
    "escalate": "whom it tells when it ran out",
    "source": "where the period comes from",
    "label": "its words",
}
_QUESTION: Final = {
    "type": "its type",
    "ask": "its words",
    "hint": "its hint",
    "required": "whether it must be answered",
    "allow_unknown": "whether it may be unknown",
    "ask_provenance": "whether it asks how this is known",
    "choices": "its answers",
    "show_when": "when it is asked",
    "holds": "whom it is about",
    "fact": "the fact that tables see",
    "label": "the words",
    "title": "its title",
    "intro": "its introduction",
    "questions": "its questions",
    "pages": "its pages",
}
# The first key of each file: what its rows are called, and their keys.
_ROWS: Final[Mapping[str, Mapping[str, tuple[str, Mapping[str, str]]]]] = {
    "steps/": {
        "steps": ("The step", _STEP),
        "messages": ("The news", _STEP),
        "timers": ("The date", _STEP),
        "lanes": ("The lane", _LANE),
    },
    "clocks.yaml": {"clocks": ("The clock", _CLOCK), "pause_reasons": ("The reason to pause", _CLOCK)},
}
_QUESTION_FILES: Final = ("forms/", "question_sets/")
_PARTS_OF_FORMS: Final = (("questions", "The question"), ("pages", "The page"), ("sections", "The section"))


def place_in_words(file: str, keys: Sequence[str]) -> str:
    """Where the part under these keys stands. file: its path in the pack."""
    if not keys:
        return "the whole file"
    for prefix, rows in _ROWS.items():
        if file.startswith(prefix) and keys[0] in rows and len(keys) > 1:
            return _row(*rows[keys[0]], keys[1], keys[2:])
    if file.startswith(_QUESTION_FILES):
        return _part_of_form(keys)
    return " › ".join(keys)


def amount_in_words(value: object) -> str | None:
    """An amount of a clock, such as {working_days: 5}, as it is said; None for what is none."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((unit, count),) = value.items()
    return f"{count} {str(unit).replace('_', ' ')}" if unit in set(Unit) else None


def _row(what: str, names: Mapping[str, str], row: str, keys: Sequence[str]) -> str:
    place = f"{what} “{row}”"
    if not keys:
        return place
    return " › ".join([f"{place}: {names.get(keys[0], keys[0])}", *keys[1:]])


def _part_of_form(keys: Sequence[str]) -> str:
    """By the innermost question, page or section: the rest of the way is the same for all that stand in it."""
    for group, what in _PARTS_OF_FORMS:
        if group in keys[:-1]:
            at = max(place for place, key in enumerate(keys[:-1]) if key == group)
            return _named(f"{what} “{keys[at + 1]}”", keys[at + 2 :])
    return " › ".join(keys)


def _named(place: str, keys: Sequence[str]) -> str:
    if not keys:
        return place
    if keys[0] == "choices" and len(keys) > 1:
        return _named(f"{place}, answer “{keys[1]}”", keys[2:])
    return " › ".join([f"{place}: {_QUESTION.get(keys[0], keys[0])}", *keys[1:]])
