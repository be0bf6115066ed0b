"""Clocks count by a calendar of the pack, pause for reasons that it lists, and tell roles that do something in it; a
consent is withdrawn by a message that a process waits for."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.questions.document import meant, short
from counterpoint.kernel.questions.problems import Path


def clocks_fit(draft: Draft) -> Iterator[Problem]:
    calendars = [file[9:-5] for file in draft.files if file.startswith("holidays/")]
    reasons = [reason.id for reason in draft.clocks.pause_reasons]
    roles = sorted({lane.name for process in draft.processes.values() for lane in process.lanes})
    for number, rule in enumerate(draft.clocks.rules):
        place: Path = ("clocks", number)
        if rule.calendar:
            yield from _missing(draft, ("clocks.yaml", (*place, "calendar")), "calendar", rule.calendar, calendars)
        for index, reason in enumerate(rule.pause_reasons):
            where = (*place, "pause_for", index)
            yield from _missing(draft, ("clocks.yaml", where), "reason to pause", reason, reasons)
        for index, escalation in enumerate(rule.escalations):
            where = (*place, "escalate", index, "to")
            if escalation.to and escalation.to not in roles and roles:
                what = f"No lane of a process is named `{short(escalation.to)}`, so nobody would be told"
                remedy = f"Name a role that has a lane{meant(escalation.to, roles)}"
                yield draft.problem("clocks.yaml", where, "role_without_lane", what=what, remedy=remedy)


def consents_fit(draft: Draft) -> Iterator[Problem]:
    messages = sorted({message for process in draft.processes.values() for message in process.messages})
    for number, consent in enumerate(draft.consents):
        if consent.withdrawal is not None and not _unread(draft):
            where: Path = ("consents", number, "withdrawal")
            yield from _missing(draft, ("consents.yaml", where), "message", consent.withdrawal, messages)
        if consent.rules is not None and f"decisions/{consent.rules}.dmn" not in draft.files:
            where = ("consents", number, "rules")
            yield from _missing(draft, ("consents.yaml", where), "decision table", consent.rules, sorted(draft.tables))


def _unread(draft: Draft) -> bool:
    drawn = [file for file in draft.files if file.startswith("processes/")]
    return len(drawn) > len(draft.processes)


def _missing(draft: Draft, place: tuple[str, Path], thing: str, name: str, known: Collection[str]) -> Iterator[Problem]:
    if name not in known:
        what = f"The pack has no {thing} `{short(name)}`"
        remedy = f"Add it, or correct the name{meant(name, known)}"
        yield draft.problem(*place, "not_in_pack", what=what, remedy=remedy)
