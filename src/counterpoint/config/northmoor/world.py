"""What the acting stories share: the town, its staff, who is at work, and which record came of which story."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from counterpoint.access.models import Agency, Staff
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.base.prepared import Prepared
from counterpoint.config.northmoor.calendar import after_work_hours
from counterpoint.config.northmoor.story import Story
from counterpoint.config.northmoor.town import Town, Words
from counterpoint.intake.models import Referral

COUNCIL = "council"
_REFERRAL = Prepared(lambda arrival_id: Referral.objects.filter(arrival_id=arrival_id))


@dataclass
class Wish:
    """What the panel will decide on a case, by step, the next first; and whether somebody will be against it."""

    motions: dict[str, list[str]]
    dissents: bool


@dataclass
class World:
    """The town while it happens. Keys of `arrivals` are those of stories."""

    town: Town
    agencies: dict[str, Agency]
    staff: dict[str, Staff]  # by name
    ends_at: datetime
    arrivals: dict[str, UUID] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    before_the_panel: dict[UUID, Wish] = field(default_factory=dict)  # by case

    @property
    def words(self) -> Words:
        """What staff write while they work."""
        return self.town.casework

    def by_role(self, role: Role) -> list[Staff]:
        """Everybody of the council who holds it, in the order of the town's list."""
        council = self.agencies[COUNCIL].pk
        return [one for one in self.staff.values() if one.agency_id == council and role in one.role_names]

    def one_of(self, random: Random, role: Role, *, but: Sequence[Staff] = ()) -> Staff:
        """One who holds the role and is none of `but`."""
        away = {person.pk for person in but}
        return random.choice([person for person in self.by_role(role) if person.pk not in away])

    def of_agency(self, agency_id: str) -> Staff:
        """The first person of a partner agency."""
        agency = self.agencies[agency_id]
        return next(person for person in self.staff.values() if person.agency_id == agency.pk)

    def referral(self, story: Story) -> Referral | None:
        """The referral that came of the story's arrival, as it is now."""
        arrival_id = self.arrivals.get(story.key)
        return _REFERRAL.one(arrival_id) if arrival_id else None


def at_work(random: Random, low_hours: float, high_hours: float) -> datetime:
    """A moment after so many hours of office work from now."""
    return after_work_hours(clock.now(), random.uniform(low_hours, high_hours))


def in_days(random: Random, low: float, high: float) -> datetime:
    """A moment in office hours after so many days from now."""
    return after_work_hours(clock.now() + timedelta(days=random.uniform(low, high)), random.uniform(0.1, 3))


def soon(random: Random, low_minutes: float, high_minutes: float) -> datetime:
    """A moment so many minutes from now, whatever the hour."""
    return clock.now() + timedelta(minutes=random.uniform(low_minutes, high_minutes))
