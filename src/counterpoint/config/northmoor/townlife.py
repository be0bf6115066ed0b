# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""What happens beside the stories: notices are read, glass is broken and reviewed, people step aside."""

from datetime import timedelta
from random import Random

from counterpoint.access.absences import set_absence
from counterpoint.access.models import BreakGlass, Notice
from counterpoint.access.services import break_glass, mark_notices_read, record_recusal, review_break_glass
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base import clock
from counterpoint.cases.models import Case
from counterpoint.cases.services import look_at_clocks
from counterpoint.cases.types import CaseState
from counterpoint.config.northmoor.clockwork import Moments
from counterpoint.config.northmoor.paths import sittings
from counterpoint.config.northmoor.world import World, at_work, in_days
from counterpoint.intake.models import Referral
from counterpoint.intake.types import ReferralState

_UNREVIEWED = timedelta(days=4)


def notices_are_read(world: World, random: Random) -> Moments:
    """Everybody reads what was left for them, about every ten days."""
    while True:
        yield in_days(random, 9, 12)
        told = set(Notice.objects.filter(read_at__isnull=True).values_list("staff_id", flat=True))
        for person in world.staff.values():
            if person.pk in told:
                mark_notices_read(by=person, until=clock.now())


def glass_is_broken(world: World, random: Random) -> Moments:
    """Now and then somebody reads a case that is not theirs, and a supervisor looks at the reason; the last readings
    wait for that."""
    while True:
        yield in_days(random, 25, 60) if world.ends_at - clock.now() > timedelta(days=70) else in_days(random, 0.5, 8)
        case = _open_case(random)
        if case is None:
            continue
        reader = world.one_of(random, Role.CASE_OFFICER, but=[case.lead_officer])
        if case.members.filter(staff=reader, to_at__isnull=True).exists():
            continue
        row = break_glass(case.pk, kind=SubjectKind.CASE, reason=random.choice(world.words["glass"]), by=reader)
        if world.ends_at - clock.now() > _UNREVIEWED:
            yield at_work(random, 1, 12)
            _review(world, random, row)


def people_step_aside(world: World, random: Random) -> Moments:
    """A triage officer who knows somebody in a report that a colleague reads steps aside."""
    while True:
        yield in_days(random, 50, 110)
        read = Referral.objects.filter(state=ReferralState.IN_TRIAGE, assigned_to__isnull=False)
        referral = read.select_related("assigned_to").order_by("received_at", "id").last()
        if referral is None or referral.assigned_to is None:
            continue
        officer = world.one_of(random, Role.TRIAGE_OFFICER, but=[referral.assigned_to])
        reason = random.choice(world.words["recusals"])
        record_recusal(officer, kind=SubjectKind.REFERRAL, subject_id=referral.pk, reason=reason, by=officer)


def clocks_run_out(world: World, random: Random) -> Moments:
    """Each day the worker looks at the clocks of the whole path: what is late is told, what is due is set off."""
    yield sittings(world.ends_at)[0].planned_at
    while True:
        yield in_days(random, 0.9, 1)
        look_at_clocks()


def somebody_is_away(world: World, random: Random) -> Moments:
    """A case officer is away these days, and a colleague stands in."""
    yield world.ends_at - timedelta(days=6)
    who, cover = random.sample(world.by_role(Role.CASE_OFFICER), 2)
    today = world.ends_at.date()
    set_absence(who, cover=cover, from_on=today - timedelta(days=1), until=today + timedelta(days=8), by=who)


def _open_case(random: Random) -> Case | None:
    found = list(Case.objects.filter(state=CaseState.OPEN).order_by("opened_at", "id")[:40])
    return random.choice(found) if found else None


def _review(world: World, random: Random, row: BreakGlass) -> None:
    proper = random.random() < 0.85
    supervisor = world.one_of(random, Role.SUPERVISOR)
    note = world.words["glass_reviews"]["proper" if proper else "not"]
    review_break_glass(row.pk, found_proper=proper, note=note, by=supervisor)
