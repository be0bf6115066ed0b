"""How a person stands to one record. Who makes which answer follow from it: `counterpoint.access.permissions`.

Folders above that know who works on what (triage, cases) register here, so that access itself knows no case.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from counterpoint.access.models import BreakGlass, Recusal, Staff
from counterpoint.access.types import Section, SubjectKind
from counterpoint.base import clock
from counterpoint.base.prepared import Prepared


class Standing(StrEnum):
    """From the strongest to none. RECUSED beats all."""

    RECUSED = "recused"
    ASSIGNED = "assigned"
    MEMBER = "member"
    LEAD_AGENCY = "lead_agency"
    GRANTED = "granted"
    BROKEN_GLASS = "broken_glass"
    NONE = "none"


WORKING = frozenset({Standing.ASSIGNED, Standing.MEMBER, Standing.LEAD_AGENCY})
KNOWING = WORKING | {Standing.GRANTED, Standing.BROKEN_GLASS}
_ORDER = {standing: place for place, standing in enumerate(Standing)}


@dataclass(frozen=True)
class Relation:
    """`sections` and `until` matter for GRANTED and BROKEN_GLASS; a working relation opens every section."""

    standing: Standing
    sections: frozenset[Section] = frozenset()
    until: datetime | None = None

    @property
    def is_known(self) -> bool:
        """Whether this person may know of the record at all."""
        return self.standing in KNOWING

    @property
    def works(self) -> bool:
        """Whether this person works on the record, and so may change it as their role allows."""
        return self.standing in WORKING

    def opens(self, section: Section) -> bool:
        """Whether this part of the record may be read."""
        if self.standing is Standing.GRANTED:
            return section in self.sections
        return self.is_known


NONE = Relation(Standing.NONE)
RECUSED = Relation(Standing.RECUSED)
ASSIGNED = Relation(Standing.ASSIGNED)
MEMBER = Relation(Standing.MEMBER)
LEAD_AGENCY = Relation(Standing.LEAD_AGENCY)


def granted(sections: Iterable[Section], *, until: datetime) -> Relation:
    """The relation of an agency that was granted these sections until then."""
    return Relation(Standing.GRANTED, frozenset(sections), until)


Finder = Callable[[Staff, UUID], Relation]
_RECUSED = Prepared(
    lambda staff_id, kind, subject_id: Recusal.objects.filter(
        staff_id=staff_id, subject_kind=kind, subject_id=subject_id, lifted_at__isnull=True
    )
)
_RECUSED_FROM = Prepared(
    lambda staff_id, kind: Recusal.objects.filter(
        staff_id=staff_id, subject_kind=kind, lifted_at__isnull=True
    ).values_list("subject_id", flat=True)
)
_BROKEN_UNTIL = Prepared(
    lambda staff_id, kind, subject_id, at: (
        BreakGlass.objects.filter(staff_id=staff_id, subject_kind=kind, subject_id=subject_id, until__gt=at)
        .order_by("-until")
        .values_list("until", flat=True)
    )
)
_remembered: ContextVar[dict[tuple[UUID, SubjectKind, UUID], Relation] | None] = ContextVar("relations", default=None)
_finders: dict[SubjectKind, list[Finder]] = {kind: [] for kind in SubjectKind}


def register(kind: SubjectKind) -> Callable[[Finder], Finder]:
    """Decorate `(viewer, subject_id) -> Relation`. Several may speak about one kind; the strongest answer counts.

    A finder need not look at recusals on the record itself nor at broken glass: `relation_to` does. It says RECUSED
    where a recusal on a linked record reaches this one, and NONE for a record that does not exist."""

    def keep(finder: Finder) -> Finder:
        if finder not in _finders[kind]:
            _finders[kind].append(finder)
        return finder

    return keep


def relation_to(viewer: Staff, *, kind: SubjectKind, subject_id: UUID) -> Relation:
    """How `viewer` stands to the record now. NONE both for no relation and for no such record."""
    known = _remembered.get()
    asked = (viewer.pk, kind, subject_id)
    if known is None:
        return _found(viewer, kind, subject_id)
    if asked not in known:
        known[asked] = _found(viewer, kind, subject_id)
    return known[asked]


@contextmanager
def remembered() -> Iterator[None]:
    """Within this block each relation is looked up once: for requests that only read. A service that changes who may
    see what must not run inside."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def _found(viewer: Staff, kind: SubjectKind, subject_id: UUID) -> Relation:
    if is_recused(viewer, kind=kind, subject_id=subject_id):
        return RECUSED
    found = strongest(finder(viewer, subject_id) for finder in _finders[kind])
    if found.standing is Standing.NONE or found.standing is Standing.GRANTED:
        # a grant shows sections; whoever broke the glass for the rest sees the rest
        return _broken_glass(viewer, kind, subject_id) or found
    return found


def strongest(relations: Iterable[Relation]) -> Relation:
    """The relation that counts among several; the sections of several grants add up."""
    ordered = sorted(relations, key=lambda relation: _ORDER[relation.standing])
    if not ordered:
        return NONE
    first = ordered[0]
    if first.standing is not Standing.GRANTED:
        return first
    grants = [relation for relation in ordered if relation.standing is Standing.GRANTED]
    return Relation(
        Standing.GRANTED,
        frozenset().union(*(grant.sections for grant in grants)),
        max((grant.until for grant in grants if grant.until), default=None),
    )


@dataclass(frozen=True)
class Found:
    """What access needs to know of a record that it cannot look into. `lead_agency_id` None: any lead agency's."""

    kind: SubjectKind
    id: UUID
    reference: str
    lead_agency_id: UUID | None


Lookup = Callable[[UUID | str], Found | None]
_lookups: dict[SubjectKind, Lookup] = {}


def register_lookup(kind: SubjectKind) -> Callable[[Lookup], Lookup]:
    """Decorate `(id or reference) -> Found, or None when there is no such record`: one for each kind. It asks nothing
    about permission; only access services call it, for breaking the glass and for recusals."""

    def keep(lookup: Lookup) -> Lookup:
        _lookups[kind] = lookup
        return lookup

    return keep


def find_subject(wanted: UUID | str, *, kind: SubjectKind) -> Found | None:
    """The record of that id or reference, whoever asks. Never show its answer to a page before a permission check."""
    lookup = _lookups.get(kind)
    return lookup(wanted) if lookup else None


def is_recused(viewer: Staff, *, kind: SubjectKind, subject_id: UUID) -> bool:
    """Whether a conflict of interest keeps `viewer` away from this very record."""
    return _RECUSED.any(viewer.pk, kind, subject_id)


def recused_from(viewer: Staff, *, kind: SubjectKind) -> frozenset[UUID]:
    """The ids of all records of a kind that `viewer` must not see: lists leave them out."""
    return frozenset(_RECUSED_FROM.all(viewer.pk, kind))


def _broken_glass(viewer: Staff, kind: SubjectKind, subject_id: UUID) -> Relation | None:
    until = _BROKEN_UNTIL.one(viewer.pk, kind, subject_id, clock.now())
    return Relation(Standing.BROKEN_GLASS, frozenset(Section), until) if until else None
