"""Who did it and what it was about: plain values, no foreign keys, so that evidence never blocks erasure."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    STAFF = "staff"
    REPORTER = "reporter"  # never more than that: a reporter's entries carry no identity
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts. `id` is a staff row id, a worker's or command's name, or empty for a reporter."""

    kind: ActorKind
    id: str = ""


REPORTER = Actor(ActorKind.REPORTER)


def system(name: str) -> Actor:
    """The worker or command called `name`."""
    return Actor(ActorKind.SYSTEM, name)


@dataclass(frozen=True)
class Subject:
    """What an entry is about: the kind of row, its id, and the public reference where it has one."""

    kind: str
    id: UUID
    reference: str = ""
