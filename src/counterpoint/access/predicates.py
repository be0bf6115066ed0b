"""Small predicates from which the permission map is built. The map: `counterpoint.access.permissions`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.relations import KNOWING, WORKING, Relation, Standing, relation_to
from counterpoint.access.types import Role, Section, SubjectKind


class Answer(StrEnum):
    """What the gate does: let through, say "not your role" (403), or know of nothing (404)."""

    YES = "yes"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"


class Door(StrEnum):
    """How far somebody must be logged in before the rule is asked at all."""

    OPEN = "open"  # anybody
    PASSWORD = "password"  # noqa: S105 - the name of a state; logged in, the second factor may still be missing
    VERIFIED = "verified"  # logged in with the second factor


@dataclass(frozen=True)
class Asked:
    """A request as rules see it: who, and the parts of the address."""

    viewer: Staff
    parts: Mapping[str, Any]


class Rule(ABC):
    """Who may use a route."""

    door: Door = Door.VERIFIED

    @abstractmethod
    def answer(self, asked: Asked) -> Answer:
        """The answer to somebody who came through the rule's door."""

    @abstractmethod
    def __str__(self) -> str:
        """The rule in words, for the generated page of permissions."""


@dataclass(frozen=True)
class _Anyone(Rule):
    words: str
    door: Door = Door.VERIFIED

    def answer(self, asked: Asked) -> Answer:  # noqa: ARG002 - who came through the door may pass
        return Answer.YES

    def __str__(self) -> str:
        return self.words


PUBLIC = _Anyone("anybody", Door.OPEN)
PASSWORD_GIVEN = _Anyone("staff, second factor still to come", Door.PASSWORD)
SIGNED_IN = _Anyone("any member of staff")


@dataclass(frozen=True)
class _Holds(Rule):
    roles: frozenset[Role]

    def answer(self, asked: Asked) -> Answer:
        return Answer.YES if self.roles & asked.viewer.role_names else Answer.FORBIDDEN

    def __str__(self) -> str:
        return " or ".join(role.label.lower() for role in Role if role in self.roles)


def holds(*roles: Role) -> Rule:
    """Whoever holds at least one of these roles."""
    return _Holds(frozenset(roles))


@dataclass(frozen=True)
class _OfLeadAgency(Rule):
    def answer(self, asked: Asked) -> Answer:
        return Answer.YES if asked.viewer.agency.is_lead else Answer.FORBIDDEN

    def __str__(self) -> str:
        return "staff of the lead agency"


OF_LEAD_AGENCY = _OfLeadAgency()


@dataclass(frozen=True)
class _Related(Rule):
    kind: SubjectKind
    part: str
    standings: frozenset[Standing]
    section: Section | None

    def answer(self, asked: Asked) -> Answer:
        relation = self._relation(asked)
        if not relation.is_known:
            return Answer.UNKNOWN
        if relation.standing not in self.standings or (self.section and not relation.opens(self.section)):
            return Answer.FORBIDDEN
        return Answer.YES

    def _relation(self, asked: Asked) -> Relation:
        subject_id = asked.parts[self.part]
        if not isinstance(subject_id, UUID):
            subject_id = UUID(str(subject_id))
        return relation_to(asked.viewer, kind=self.kind, subject_id=subject_id)

    def __str__(self) -> str:
        how = "works on" if self.standings == WORKING else "is related to"
        what = f", section {self.section.label.lower()}" if self.section else ""
        return f"who {how} the {self.kind.label.lower()}{what}"


def related(kind: SubjectKind, part: str, *, section: Section | None = None) -> Rule:
    """Whoever may know of the record whose id is in the address part `part`: works on it, was granted it (or that
    section of it), or broke the glass. Anyone else, and the recused, are told that there is no such thing."""
    return _Related(kind, part, KNOWING, section)


def works_on(kind: SubjectKind, part: str) -> Rule:
    """Whoever works on the record: assigned, member, or lead agency. Those who may only read are refused."""
    return _Related(kind, part, WORKING, None)


@dataclass(frozen=True)
class _AllOf(Rule):
    rules: tuple[Rule, ...]

    def answer(self, asked: Asked) -> Answer:
        """The first answer that is not yes, so that a missing role is said before any record is looked at."""
        for rule in self.rules:
            answer = rule.answer(asked)
            if answer is not Answer.YES:
                return answer
        return Answer.YES

    def __str__(self) -> str:
        return ", ".join(f"({rule})" if isinstance(rule, _AnyOf) else str(rule) for rule in self.rules)


@dataclass(frozen=True)
class _AnyOf(Rule):
    rules: tuple[Rule, ...]

    def answer(self, asked: Asked) -> Answer:
        """Yes if any says yes; else "unknown" if any record was kept secret; else "forbidden"."""
        answers = [rule.answer(asked) for rule in self.rules]
        if Answer.YES in answers:
            return Answer.YES
        return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.FORBIDDEN

    def __str__(self) -> str:
        return "; or ".join(str(rule) for rule in self.rules)


def all_of(*rules: Rule) -> Rule:
    """Whoever satisfies every rule. Put roles before relations."""
    return _AllOf(rules)


def any_of(*rules: Rule) -> Rule:
    """Whoever satisfies one of the rules."""
    return _AnyOf(rules)
