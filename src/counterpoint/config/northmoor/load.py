"""Loads Northmoor into empty databases: accounts, pack, and two years of stories, in the order of their moments."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

from counterpoint.access.models import Agency
from counterpoint.audit.sealing import seal_pending
from counterpoint.audit.types import system
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import NotPossible
from counterpoint.config.northmoor import townlife
from counterpoint.config.northmoor.acting import ACTS
from counterpoint.config.northmoor.agreements import sign_agreements
from counterpoint.config.northmoor.calendar import on_a_weekday
from counterpoint.config.northmoor.clockwork import Clockwork
from counterpoint.config.northmoor.files import stripped_once
from counterpoint.config.northmoor.logins import found_agencies, hire_staff
from counterpoint.config.northmoor.panel import panel_meets
from counterpoint.config.northmoor.plan import a_slice, plan_town
from counterpoint.config.northmoor.story import Story
from counterpoint.config.northmoor.town import Town, read_town
from counterpoint.config.northmoor.world import World
from counterpoint.intake.models import Mailbox
from counterpoint.intake.types import PublicStatus
from counterpoint.rules.services import activate_pack

Progress = Callable[[float], None]
_OPENED_BEFORE = timedelta(days=30)
_AGREED_FOR = timedelta(days=500)  # from today: longer than anything in the town is shared
_SECRET_BYTES = 20
_LIVES = {
    "notices": townlife.notices_are_read,
    "glass": townlife.glass_is_broken,
    "aside": townlife.people_step_aside,
    "panel": panel_meets,
    "clocks": townlife.clocks_run_out,
    "away": townlife.somebody_is_away,
}
EVERYBODY = tuple(_LIVES)


@dataclass(frozen=True)
class Loaded:
    """The town as it was loaded. Receipts and references are by the key of their story."""

    stories: tuple[Story, ...]
    world: World


def load_town(
    *,
    password: str,
    pack: Path,
    now: datetime,
    stories: int | None = None,
    progress: Progress = lambda _share: None,
) -> Loaded:
    """Let two years happen in Northmoor that end `now` (aware): all days of the plan are moved by whole days so that
    its last is that day. stories: about so many instead of all.

    The same `now` gives the same references, states and counts. progress: told the share done, from 0 to 1.
    In one process, on either database; `counterpoint.config.northmoor.parts` is the quicker way for the demo.
    Raises NotPossible when the database is not empty; PackProblems."""
    told, world = found_town(password=password, pack=pack, now=now, stories=stories)
    act_out(world, told, progress=progress)
    return Loaded(told, world)


def found_town(
    *, password: str, pack: Path, now: datetime, stories: int | None = None
) -> tuple[tuple[Story, ...], World]:
    """The stories to tell, and the house before its first day: rules, agencies, staff. Raises as `load_town`."""
    if Agency.objects.exists():
        raise NotPossible("The database holds something already. Northmoor is loaded into an empty one only.")
    keyring.forget_stock()
    town = read_town()
    planned = plan_town(town)
    told = planned if stories is None else a_slice(planned, stories)
    opens = begins_at(told, town, now) - _OPENED_BEFORE
    with ids.drawn_from(_chance(town, "founding")):
        with clock.moved_to(opens):
            activate_pack(pack, by=system("counterpoint demo"))
        agencies = found_agencies(town, first_at=opens)
        with clock.moved_to(opens + timedelta(days=1)):
            staff = hire_staff(town, agencies, password=password, secrets=_secrets())
            sign_agreements(town, agencies, staff, until=now + _AGREED_FOR)
            seal_pending()
    return told, World(town=town, agencies=agencies, staff=staff, ends_at=now)


def act_out(
    world: World,
    told: Sequence[Story],
    *,
    progress: Progress = lambda _share: None,
    part: str = "",
    lives: Iterable[str] = EVERYBODY,
    seals: bool = True,
) -> None:
    """Let these stories happen, and the life of the town beside them. part: sets the lives of several processes
    apart. seals: seal the ledger as time goes by."""
    town, now = world.town, world.ends_at
    clockwork = Clockwork(town.shape.seed, ends_at=now, seals=seals)
    for story in told:
        clockwork.add(story.key, ACTS[story.kind](world, story), at=moment_of(story, town, now))
    first = begins_at(told, town, now)
    for name in lives:
        clockwork.add(name + part, _LIVES[name](world, _chance(town, name + part)), at=first)
    whole = (now - first).total_seconds()
    with keyring.kept_in_memory(), stripped_once():
        clockwork.run(lambda at: progress((at - first).total_seconds() / whole))
    keyring.forget_stock()


def begins_at(told: Sequence[Story], town: Town, now: datetime) -> datetime:
    """The moment of the first story."""
    return min(moment_of(story, town, now) for story in told)


def moment_of(story: Story, town: Town, now: datetime) -> datetime:
    """When the story begins: the plan's moment moved by whole days, or counted back from now."""
    if story.before_now is not None:
        return now - story.before_now
    last = datetime.combine(town.shape.ends_on, time(), tzinfo=UTC)
    moved = story.arrives_at + timedelta(days=(now.date() - last.date()).days)
    return on_a_weekday(moved, as_in=story.arrives_at)


def receipts_to_show(world: World) -> list[list[str]]:
    """A few reports whose mailboxes can be looked into: reference, receipt, status. One waits for an answer, one was
    told the outcome, one is being read."""
    shown = []
    by_arrival = {arrival_id: key for key, arrival_id in world.arrivals.items()}
    for status in (PublicStatus.MORE_INFORMATION_WANTED, PublicStatus.CLOSED, PublicStatus.BEING_READ):
        rows = Mailbox.objects.filter(status=status, receipt_saved_at__isnull=False, arrival__language="en")
        found = rows.select_related("arrival").order_by("-arrival__received_at").first()
        if found is not None:
            key = by_arrival[found.arrival_id]
            shown.append([found.arrival.reference, world.receipts[key], str(status)])
    return shown


def _chance(town: Town, name: str) -> Random:
    return Random(f"{town.shape.seed}/{name}")  # noqa: S311 - a made-up town, nothing secret


def _secrets() -> Iterator[bytes]:
    while True:
        yield secrets.token_bytes(_SECRET_BYTES)
