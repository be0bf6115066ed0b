"""What was recorded of an item: opened for who may know of its case, and kept with final minutes as it stood then."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model

from counterpoint.access.selectors import names as names_of_staff
from counterpoint.cases import envelope
from counterpoint.panels import law_of_item, seats
from counterpoint.panels.models import AgendaItem, PanelDecision, PanelMeeting, Position
from counterpoint.panels.types import Attending, SeatRole, View

_Texts = Mapping[tuple[Any, str], Any]


@dataclass(frozen=True)
class SaidLine:
    """What one agency said to a motion. `by`: who entered it, of that agency itself or (`is_own` False) for it; ""
    where minutes that are final were kept without."""

    agency: str
    view: str
    words: str
    by: str = ""
    is_own: bool = False


@dataclass(frozen=True)
class DecisionRecord:
    """A decision of the panel, as it was confirmed."""

    step: str
    decided: str
    how: str
    reason: str
    dissent: str
    positions: tuple[SaidLine, ...]
    chair: str
    at: datetime


@dataclass(frozen=True)
class ActionLine:
    what: str
    owner: str
    due_on: date


@dataclass(frozen=True)
class ItemRecord:
    """All that a meeting recorded of one case. `aside`: who stepped aside, at the meeting or before."""

    reference: str
    decisions: tuple[DecisionRecord, ...] = ()
    actions: tuple[ActionLine, ...] = ()
    aside: tuple[str, ...] = ()
    is_erased: bool = False

    def to_json(self) -> dict[str, Any]:
        """As final minutes keep it, sealed."""
        plain = asdict(self)
        for decision in plain["decisions"]:
            decision["at"] = decision["at"].isoformat()
        for action in plain["actions"]:
            action["due_on"] = action["due_on"].isoformat()
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "ItemRecord":
        """What `to_json` gave."""
        decisions = tuple(
            DecisionRecord(
                **{
                    **one,
                    "positions": tuple(SaidLine(**said) for said in one["positions"]),
                    "at": datetime.fromisoformat(one["at"]),
                }
            )
            for one in plain["decisions"]
        )
        actions = tuple(
            ActionLine(one["what"], one["owner"], date.fromisoformat(one["due_on"])) for one in plain["actions"]
        )
        return cls(plain["reference"], decisions, actions, tuple(plain["aside"]), plain["is_erased"])


@dataclass(frozen=True)
class SeatLine:
    """How one seat was filled. `attending` "" while nobody recorded it."""

    name: str
    agency: str
    role: str
    attending: str
    deputy: str


HOW = {"all": "All agreed", "majority": "By majority", "chair": "By the chair"}


def record_of(item: AgendaItem) -> ItemRecord:
    """As it stands now. Everything personal is under the case's key; nothing of it opens once that is destroyed."""
    decisions = list(item.decisions.select_related("by").order_by("at", "id"))
    positions = list(item.positions.select_related("agency", "by").order_by("agency__name"))
    links = list(item.actions.select_related("action__owner", "action__owner_agency").order_by("created_at", "id"))
    wanted: list[tuple[Model, str]] = [(row, name) for row in decisions for name in ("sealed_reason", "sealed_dissent")]
    wanted += [(row, "sealed_words") for row in positions]
    wanted += [(link.action, "sealed_title") for link in links]
    texts = envelope.unseal_all(wanted, key_id=item.case.key_id)
    is_erased = bool(decisions or links) and not texts
    actions = tuple(
        ActionLine(
            texts.get((link.action.pk, "sealed_title"), ""),
            link.action.owner.name if link.action.owner else getattr(link.action.owner_agency, "name", ""),
            link.action.due_on,
        )
        for link in links
    )
    then = set(names_of_staff([row.staff_id for row in item.recusals.all()]).values())
    aside = tuple(sorted(then | {one.name for one in law_of_item.aside(item)}))
    return ItemRecord(
        reference=item.case.reference,
        decisions=tuple(_decision(row, positions, texts) for row in decisions),
        actions=() if is_erased else actions,
        aside=aside,
        is_erased=is_erased,
    )


def said_to(item: AgendaItem, positions: Iterable[Position]) -> tuple[SaidLine, ...]:
    """These positions, opened."""
    rows = list(positions)
    texts = envelope.unseal_all([(row, "sealed_words") for row in rows], key_id=item.case.key_id)
    return tuple(_said(row, texts) for row in rows)


def seat_lines(meeting: PanelMeeting) -> tuple[SeatLine, ...]:
    """Every seat with how it was filled, as last recorded: the seats of then for a meeting that was recorded."""
    known = seats.attendance_of(meeting)
    rows = [row.seat for row in known.values()] or seats.running_seats(meeting.panel)
    names = envelope.unseal_all([(row, "sealed_deputy_name") for row in known.values()], key_id=meeting.key_id)
    order = {role: place for place, role in enumerate(SeatRole)}
    lines = []
    for seat in sorted(rows, key=lambda row: (order[SeatRole(row.role)], row.agency.name, row.staff.name)):
        row = known.get(seat.pk)
        deputy = row.deputy.name if row and row.deputy else names.get((row.pk, "sealed_deputy_name"), "") if row else ""
        attending = Attending(row.attending).label if row else ""
        lines.append(SeatLine(seat.staff.name, seat.agency.name, SeatRole(seat.role).label, attending, deputy))
    return tuple(lines)


def _decision(row: PanelDecision, positions: list[Position], texts: _Texts) -> DecisionRecord:
    return DecisionRecord(
        step=row.step_name,
        decided=row.motion_label,
        how=HOW.get(row.decided_by, row.decided_by),
        reason=texts.get((row.pk, "sealed_reason"), ""),
        dissent=texts.get((row.pk, "sealed_dissent"), ""),
        positions=tuple(_said(one, texts) for one in positions if one.motion_number == row.motion_number),
        chair=row.by.name,
        at=row.at,
    )


def _said(row: Position, texts: _Texts) -> SaidLine:
    return SaidLine(
        agency=row.agency.name,
        view=View(row.view).label,
        words=texts.get((row.pk, "sealed_words"), ""),
        by=row.by.name,
        is_own=row.by.agency_id == row.agency_id,
    )
