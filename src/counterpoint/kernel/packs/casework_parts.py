"""The documents of a pack that say how cases are worked: clocks, calendars, plans, consents, instruments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from counterpoint.kernel.clocks import Amount, Calendar, ClockError, ClockRule, Escalation, Holiday, Unit
from counterpoint.kernel.instruments import Dimension, Instrument, InstrumentVersion, Item, Level
from counterpoint.kernel.packs.casework import (
    Clocks,
    ConsentAbout,
    ConsentGiver,
    ConsentKind,
    LanePlan,
    LaneRole,
    PauseReason,
    ProcessPlan,
    StepPlan,
    StepWork,
)
from counterpoint.kernel.packs.parts import note_order, note_repeated
from counterpoint.kernel.questions.document import ID_PATTERN, Part, short

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST: Final = 1_200
_YEAR: Final = re.compile(r"(19|20|21)[0-9]{2}")
_SCORES: Final = re.compile(r"(^|_)(scores?|totals?|sums?|points?|ranks?|ranking|weights?|thresholds?|formula)(_|$)")
_NO_DAY: Final = date.min


# --- clocks and calendars


def clocks(part: Part) -> Clocks:
    part = part.keyed(("pause_reasons", "clocks"), what="clocks.yaml")
    reasons = tuple(_pause_reason(item) for item in part.items("pause_reasons", required=False))
    rules = tuple(_clock(item) for item in part.items("clocks"))
    note_repeated(part, "clocks", [rule.id for rule in rules])
    note_repeated(part, "pause_reasons", [reason.id for reason in reasons])
    return Clocks(rules, reasons)


def _pause_reason(part: Part) -> PauseReason:
    part = part.keyed(("id", "label"), what="A reason to pause")
    return PauseReason(id=part.id(), label=part.text("label"))


_CLOCK_KEYS: Final = ("id", "title", "within", "calendar", "warn_before", "escalate", "pause_for", "at_most", "source")


def _clock(part: Part) -> ClockRule:
    part = part.keyed(_CLOCK_KEYS, what="A clock")
    part.text_if_any("source")  # for those who read the file: where the period comes from
    return ClockRule(
        id=part.id(),
        title=part.text("title"),
        within=_amount(part, "within") or Amount(0, Unit.CALENDAR_DAYS),
        calendar=part.text("calendar"),
        warn_before=_amount(part, "warn_before") if part.has("warn_before") else None,
        escalations=tuple(_escalation(item) for item in part.items("escalate", required=False)),
        pause_reasons=names(part, "pause_for"),
        at_most=_amount(part, "at_most") if part.has("at_most") else None,
    )


def _escalation(part: Part) -> Escalation:
    part = part.keyed(("after", "to"), what="An escalation")
    return Escalation(_amount(part, "after") or Amount(0, Unit.CALENDAR_DAYS), part.id("to"))


def _amount(part: Part, key: str) -> Amount | None:
    if not part.has(key):
        part.note("missing_key", f"`{key}` is missing", f"Add `{key}:` with an amount such as {{working_days: 5}}")
        return None
    inner = part.at(key).keyed([str(unit) for unit in Unit], what=f"`{key}`")
    units = [unit for unit in Unit if inner.has(unit)]
    if len(units) != 1:
        listed = ", ".join(Unit)
        inner.note("not_an_amount", f"`{key}` is not one amount", f"Write one of {listed}: {{working_days: 5}}")
        return None
    count = inner.number(units[0], low=0, high=_MOST)
    return None if count is None else Amount(count, units[0])


def calendar(part: Part, calendar_id: str) -> Calendar:
    part = part.keyed(("zone", "working_week", "years", "source"), what="A calendar")
    part.text_if_any("source")
    zone, week = part.text("zone"), frozenset(_weekday(item) for item in part.items("working_week")) - {-1}
    years = part.at("years").keyed([key for key, _ in part.at("years").entries()], what="`years`")
    holidays = {int(key): tuple(_holidays(years, key)) for key, _ in years.entries() if _is_year(years, key)}
    _note_gap(years, sorted(holidays))
    try:
        return Calendar(calendar_id, zone, week or frozenset(range(5)), holidays)
    except ClockError:
        if zone:
            remedy = "Use a name such as Europe/London"
            part.at("zone").note("not_a_zone", f"`{short(zone)}` is not a time zone", remedy)
        return Calendar(calendar_id, "UTC", week or frozenset(range(5)), holidays)


def _weekday(part: Part) -> int:
    if part.value in _DAYS:
        return _DAYS.index(str(part.value))
    what = f"`{short(str(part.value))}` is not a day of the week"
    part.note("not_a_name", what, f"Use one of: {', '.join(_DAYS)}")
    return -1


def _is_year(years: Part, key: str) -> bool:
    if _YEAR.fullmatch(key):
        return True
    years.at(key).note("not_a_number", f"`{short(key)}` is not a year", 'Write the year in quotation marks: "2026"')
    return False


def _holidays(years: Part, year: str) -> Iterator[Holiday]:
    """A list of days; an empty one says that the year has none."""
    for item in years.items(year, required=False):
        part = item.keyed(("day", "name"), what="A holiday")
        day = part.day("day")
        if day is not None and str(day.year) != year:
            part.at("day").note("day_outside_year", f"{day} is not in {year}", "Put it under its year, or correct it")
        elif day is not None:
            yield Holiday(day, part.text("name"))


def _note_gap(years: Part, known: list[int]) -> None:
    missing = [year for year in range(known[0], known[-1]) if year not in known] if known else []
    for year in missing:
        years.note("year_missing", f"The year {year} is missing between others", f'Add `"{year}":` with its holidays')


# --- plans of processes


def plan(part: Part) -> ProcessPlan:
    part = part.keyed(("lanes", "steps", "messages", "timers"), what="A plan")
    if not part.has("steps"):
        part.note("missing_key", "`steps` is missing", "Add `steps:` with a row for each user task")
    timers = part.at("timers").entries()
    return ProcessPlan(
        steps={key: _step(inner) for key, inner in part.at("steps").entries()},
        messages={key: _step(inner) for key, inner in part.at("messages").entries()},
        timers={key: _clock_of_timer(inner) for key, inner in timers},
        lanes={key: _lane(inner) for key, inner in part.at("lanes").entries()},
    )


def _lane(part: Part) -> LanePlan:
    part = part.keyed(("role", "agency"), what="A lane")
    role = part.one_of_required("role", LaneRole, stand_in=LaneRole.CASE_OFFICER)
    return LanePlan(role=role, agency=part.text_if_any("agency"))


def _step(part: Part) -> StepPlan:
    part = part.keyed(("work", "form", "clock", "instrument", "rules", "opened_with"), what="A step")
    has_work, opened = part.has("work"), part.at("opened_with")
    return StepPlan(
        work=part.one_of_required("work", StepWork, stand_in=StepWork.PLAIN) if has_work else StepWork.PLAIN,
        form=part.text_if_any("form"),
        clock=part.text_if_any("clock"),
        instrument=part.text_if_any("instrument"),
        rules=names(part, "rules"),
        opened_with={key: opened.text(key) for key, _ in opened.entries()},
    )


def _clock_of_timer(part: Part) -> str:
    part = part.keyed(("clock",), what="A timer")
    return part.text("clock")


def names(part: Part, key: str) -> tuple[str, ...]:
    """The ids listed under a key; none where there is no such key."""
    found = []
    for item in part.items(key, required=False):
        if isinstance(item.value, str) and ID_PATTERN.fullmatch(item.value):
            found.append(item.value)
        else:
            item.note("not_an_id", "This is not a usable name", "Use a to z, 0 to 9 and _, a letter first")
    return tuple(found)


# --- consents


def consents(part: Part) -> tuple[ConsentKind, ...]:
    part = part.keyed(("consents",), what="consents.yaml")
    found = tuple(_consent(item) for item in part.items("consents"))
    note_repeated(part, "consents", [consent.id for consent in found])
    return found


_CONSENT_KEYS: Final = ("id", "title", "about", "explained", "givers", "records", "withdrawal", "rules")


def _consent(part: Part) -> ConsentKind:
    part = part.keyed(_CONSENT_KEYS, what="A consent")
    return ConsentKind(
        id=part.id(),
        title=part.text("title"),
        about=part.one_of_required("about", ConsentAbout, stand_in=ConsentAbout.PERSON),
        explained=part.text("explained"),
        givers=tuple(giver for item in part.items("givers") if (giver := _giver(item))),
        records=names(part, "records"),
        withdrawal=part.text_if_any("withdrawal"),
        rules=part.text_if_any("rules"),
    )


def _giver(part: Part) -> ConsentGiver | None:
    if isinstance(part.value, str) and part.value in set(ConsentGiver):
        return ConsentGiver(part.value)
    what = f"`{short(str(part.value))}` cannot give a consent"
    part.note("not_a_name", what, f"Use one of: {', '.join(ConsentGiver)}")
    return None


# --- instruments


def instrument(part: Part) -> Instrument:
    note_scores(part)
    part = part.keyed(("id", "title", "about", "versions"), what="An instrument")
    versions = tuple(_version(item) for item in part.items("versions"))
    note_order(part, "versions", [(version.id, version.valid_from) for version in versions])
    return Instrument(id=part.id(), title=part.text("title"), about=part.text("about"), versions=versions)


def _version(part: Part) -> InstrumentVersion:
    part = part.keyed(("id", "valid_from", "levels", "dimensions"), what="A version")
    levels = tuple(_level(item) for item in part.items("levels"))
    dimensions = tuple(_dimension(item) for item in part.items("dimensions"))
    note_repeated(part, "levels", [level.id for level in levels])
    seen: set[str] = set()
    for number, dimension in enumerate(dimensions):
        for index, item in enumerate(dimension.items):
            if item.id in seen:
                place = Part(None, (*part.path, "dimensions", number, "items", index), part.problems)
                what = f"The id `{short(item.id)}` is used twice in the version"
                place.note("id_used_twice", what, "Give each an id of its own")
            seen.add(item.id)
    return InstrumentVersion(
        id=part.text("id"), valid_from=part.day("valid_from") or _NO_DAY, levels=levels, dimensions=dimensions
    )


def _level(part: Part) -> Level:
    part = part.keyed(("id", "label", "needs_narrative"), what="A level")
    label = part.text("label")
    if label.strip(" .%0123456789/-+") == "" and label:
        _note_score(part.at("label"), f"The level `{short(label)}` is a number")
    return Level(id=part.id(), label=label, needs_narrative=part.flag("needs_narrative"))


def _dimension(part: Part) -> Dimension:
    part = part.keyed(("id", "title", "items"), what="A dimension")
    return Dimension(id=part.id(), title=part.text("title"), items=tuple(_item(item) for item in part.items("items")))


def _item(part: Part) -> Item:
    part = part.keyed(("id", "label", "hint"), what="An item")
    return Item(id=part.id(), label=part.text("label"), hint=part.text_if_any("hint"))


def note_scores(part: Part) -> None:
    """Whatever would make a number of a person, by its key or by its id, anywhere in a document."""
    waiting = [part]
    while waiting:
        at = waiting.pop()
        if isinstance(at.value, dict):
            for key, inner in at.entries():
                if _SCORES.search(key):
                    _note_score(inner, f"The key `{short(key)}` would add up or weigh what is said of a person")
                elif key == "id" and isinstance(inner.value, str) and _SCORES.search(inner.value):
                    _note_score(inner, f"The id `{short(inner.value)}` speaks of a number for a person")
                waiting.append(inner)
        elif isinstance(at.value, (list, tuple)):
            waiting += [Part(value, (*at.path, index), at.problems) for index, value in enumerate(at.value)]


def _note_score(part: Part, what: str) -> None:
    remedy = "Remove it: nobody is given a score. Ask for words, and for levels that have names"
    part.note("score_for_a_person", what, remedy)
