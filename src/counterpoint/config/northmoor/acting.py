# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""Acts stories out, through the services that doors and desk pages use. Each function is the life of one story: it
yields the moments at which it goes on. Casework: `counterpoint.config.northmoor.casework`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random

from counterpoint import journey
from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_work_on
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.errors import Fault
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import one_or_none
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.cases.types import CaseState
from counterpoint.config.northmoor import doors
from counterpoint.config.northmoor.casework import work_case
from counterpoint.config.northmoor.clockwork import Moments
from counterpoint.config.northmoor.paths import track_of
from counterpoint.config.northmoor.pathwork import work_path
from counterpoint.config.northmoor.story import Story, StoryKind
from counterpoint.config.northmoor.world import World, at_work, in_days, soon
from counterpoint.intake import mailbox, repeats
from counterpoint.intake import selectors as intake
from counterpoint.intake.models import AdviceContact, Referral
from counterpoint.intake.repeats import RepeatDecision
from counterpoint.intake.types import ReferralState, Urgency
from counterpoint.triage import services as triage
from counterpoint.triage.models import Decision, Verdict
from counterpoint.triage.selectors import referral_for
from counterpoint.triage.types import DecisionState, HandedTo, Route
from counterpoint.triage.verdicts import newest_verdict

_DECISIONS = Prepared(lambda referral_id: Decision.objects.filter(referral_id=referral_id))
_ROUTES = {"case": Route.CASE, "signposted": Route.SIGNPOST}
_IWF = "The police, or the Internet Watch Foundation"
_PURPOSE = "triage"
_OPENED_AT_TAKING = 0.2  # every opening is an entry of its own, and takes a tenth of the loading


def concern(world: World, story: Story) -> Moments:
    """A concern about a person, from its door to its end."""
    random, course = story.random("desk", world.town.shape.seed), story.course
    doors.send(world, story, random)
    if course.stops_at == "inbox":
        return
    officer = world.one_of(random, Role.TRIAGE_OFFICER)
    if story.is_emergency:
        yield soon(random, 3, 25)
        _hand_over(world, story, random, by=officer)
    yield _taken_at(random, world.referral(story))
    if not _take(world, story, random, by=officer) or course.stops_at == "taken":
        return
    if course.asks_reporter:
        yield from _ask_first(world, story, random, by=officer)
        if course.stops_at == "asked":
            return
    yield at_work(random, 1, 14)
    yield from _decide(world, story, random, by=officer)
    case = _own_case(world, story)
    if case is not None and course.case is not None:
        track = track_of(story)
        yield from work_path(world, story, case, track) if track else work_case(world, story, case, course.case)


def online(world: World, story: Story) -> Moments:
    """A report of online material: taken, sent for assessment, closed when the reviewer has an answer."""
    random, course = story.random("desk", world.town.shape.seed), story.course
    doors.send(world, story, random)
    if course.stops_at:
        return
    officer = world.one_of(random, Role.TRIAGE_OFFICER)
    if story.is_emergency:
        yield soon(random, 3, 25)
        _hand_over(world, story, random, by=officer)
    yield _taken_at(random, world.referral(story))
    if not _take(world, story, random, by=officer):
        return
    if course.ending != "not_for_this_service":
        yield at_work(random, 0.2, 3)
        _send_for_assessment(world, story, by=officer)
        yield in_days(random, 0.5, 9)
    _close_online(world, story, random, by=officer)


def advice_form(world: World, story: Story) -> Moments:
    """A question by form, answered in the mailbox."""
    random = story.random("desk", world.town.shape.seed)
    doors.send(world, story, random)
    if story.course.stops_at:
        return
    yield at_work(random, 0.5, 14)
    contact = one_or_none(AdviceContact.objects.filter(arrival_id=world.arrivals[story.key]))
    if contact is None:
        return
    answer = world.town.advice["pairs"][int(story.course.ending)]["advice"]
    if story.language != "en":
        answer = world.town.translated["advice"][story.language]
    by = world.one_of(random, Role.TRIAGE_OFFICER)
    journey.give_advice(contact.pk, advice=answer, by=by, expected_version=contact.version)
    if random.random() < 0.4:
        yield in_days(random, 0.2, 4)
        doors.read_mailbox(world, story)


def advice_call(world: World, story: Story) -> Moments:
    """A call for advice, written down by whoever took it."""
    random = story.random("desk", world.town.shape.seed)
    pair = world.town.advice["pairs"][int(story.course.ending)]
    by = world.one_of(random, Role.CALL_HANDLER)
    contact = triage.record_advice(question=pair["question"], advice=pair["advice"], by=by)
    world.references[story.key] = contact.reference
    yield from ()


ACTS: Mapping[StoryKind, Callable[[World, Story], Moments]] = {
    StoryKind.CONCERN: concern,
    StoryKind.ONLINE: online,
    StoryKind.ADVICE_FORM: advice_form,
    StoryKind.ADVICE_CALL: advice_call,
}


def _hand_over(world: World, story: Story, random: Random, *, by: Staff) -> None:
    referral = world.referral(story)
    if referral is None:
        return
    if random.random() < 0.15:
        triage.record_no_handover(referral.pk, reason=random.choice(world.words["no_handover"]), by=by)
        return
    told = random.choice(world.words["handovers"])
    journey.hand_over(
        referral.pk, handed_to=HandedTo(told["to"]), by=by, their_reference=told["reference"], note=told["note"]
    )


def _taken_at(random: Random, referral: Referral | None) -> datetime:
    """The urgent are read within hours, the others within a day or two; now and then one waits too long."""
    if referral is not None and referral.urgency == Urgency.IMMEDIATE:
        return soon(random, 5, 40)
    if referral is not None and referral.urgency == Urgency.SAME_DAY:
        return at_work(random, 0.1, 4)
    return at_work(random, 1, 45) if random.random() < 0.04 else at_work(random, 0.5, 12)


def _take(world: World, story: Story, random: Random, *, by: Staff) -> bool:
    referral = world.referral(story)
    if referral is None or referral.state == ReferralState.CLOSED:
        return False
    triage.take(referral.pk, by=by, expected_version=referral.version)
    if story.is_emergency or random.random() < _OPENED_AT_TAKING:
        referral_for(by, referral.pk, purpose=_PURPOSE)
    return True


def _ask_first(world: World, story: Story, random: Random, *, by: Staff) -> Moments:
    yield at_work(random, 0.2, 2)
    referral = world.referral(story)
    if referral is None:
        return
    question = random.choice(world.words["questions"])
    mailbox.ask_reporter(referral, text=question["ask"], by=by)
    if story.course.reporter_answers:
        yield in_days(random, 0.3, 5)
        doors.answer(world, story, question["answer"])
    elif not story.course.stops_at:
        yield in_days(random, 4, 8)


def _decide(world: World, story: Story, random: Random, *, by: Staff) -> Moments:
    _judge_repeats(world, story, by=by)
    joined = _joined(world, story, random)
    ending = "case" if joined else story.course.ending
    if story.is_emergency:
        _decide_route(world, story, random, "emergency", by=by)
        yield at_work(random, 2, 12)
    waits = _decide_route(world, story, random, ending, by=by)
    if waits and story.course.sent_back:
        yield at_work(random, 0.5, 8)
        _read_second(world, story, random, but=by, agrees=False)
        yield at_work(random, 1, 8)
        waits = _decide_route(world, story, random, ending, by=by)
    if waits:
        yield at_work(random, 0.5, 8)
        _read_second(world, story, random, but=by, agrees=True)


def _judge_repeats(world: World, story: Story, *, by: Staff) -> None:
    """Say of each proposal whether it is the same person: the plan knows."""
    referral = world.referral(story)
    if referral is None or not referral.possible_repeat:
        return
    meant = world.references.get(story.repeat_of, "")
    for proposal in intake.repeats_of(referral):
        if proposal.referral_id != referral.pk or proposal.decision:
            continue
        if not can_work_on(by, kind=SubjectKind.REFERRAL, subject_id=proposal.earlier_id):
            continue  # stepped aside from the earlier one: a second reader will look
        same = proposal.earlier.reference == meant
        decision = RepeatDecision.SAME_PERSON if same else RepeatDecision.DIFFERENT
        reason = world.words["repeat_reasons"][str(decision)]
        repeats.decide_repeat(proposal.pk, decision=decision, reason=reason, by=by)


def _joined(world: World, story: Story, random: Random) -> bool:
    """Work a repeat in the open case of the same person, where there is one."""
    earlier_id = world.arrivals.get(story.repeat_of)
    earlier = one_or_none(Referral.objects.filter(arrival_id=earlier_id)) if earlier_id else None
    case = cases.case_of(earlier) if earlier else None
    if case is None or case.state != CaseState.OPEN:
        return False
    referral = world.referral(story)
    if referral is None:
        return False
    cases.join_referral(case, referral=referral, by=world.one_of(random, Role.SUPERVISOR))
    return True


def _decide_route(world: World, story: Story, random: Random, ending: str, *, by: Staff) -> bool:
    """Decide; whether it waits for a second reader now."""
    referral = world.referral(story)
    if referral is None or referral.state in (ReferralState.CLOSED, ReferralState.AWAITING_SECOND_READER):
        return False
    verdict = _verdict(referral)
    route = Route.EMERGENCY if ending == "emergency" else _ROUTES.get(ending, Route.CLOSE)
    closes = route in (Route.SIGNPOST, Route.CLOSE)
    is_first = not _DECISIONS.any(referral.pk)
    confirms = is_first and route == verdict.route
    reasons = world.words["overrides"]
    decision = journey.decide(
        referral.pk,
        route=route,
        urgency=Urgency(verdict.urgency),
        by=by,
        expected_version=referral.version,
        reason="" if confirms else random.choice(reasons[str(route) if str(route) in reasons else "case"]),
        category=story.course.category,
        closure_reason=ending if closes else "",
        particulars=_particulars(world, random, ending) if closes else None,
        withheld_reason=random.choice(reasons["withheld"]) if closes and story.course.withheld else "",
        lead_officer=world.one_of(random, Role.CASE_OFFICER) if route is Route.CASE else None,
    )
    return decision.state == DecisionState.AWAITING_SECOND_READER


def _particulars(world: World, random: Random, ending: str) -> dict[str, str]:
    """What the closure reason asks to be recorded."""
    words = world.words
    return {
        "signposted": {
            "signposted_to": random.choice(words["services"]),
            "service_accepted": random.choice(words["accepted"]),
        },
        "passed_to_police": {"passed_to": random.choice(words["passed"])},
        "out_of_area": {"transferred_to": random.choice(words["areas"])},
        "not_for_this_service": {"signposted_to": random.choice(words["services"])},
    }.get(ending, {})


def _read_second(world: World, story: Story, random: Random, *, but: Staff, agrees: bool) -> None:
    referral = world.referral(story)
    if referral is None or referral.state != ReferralState.AWAITING_SECOND_READER:
        return
    reader = world.one_of(random, Role.SUPERVISOR, but=[but])
    referral_for(reader, referral.pk, purpose="second reading")
    reason = random.choice(world.words["second_reading" if agrees else "sent_back"])
    referral.refresh_from_db()
    journey.read_second(referral.pk, agrees=agrees, by=reader, expected_version=referral.version, reason=reason)


def _own_case(world: World, story: Story) -> Case | None:
    """The case that was opened for this story's referral; none where it was joined to another's."""
    referral = world.referral(story)
    case = cases.case_of(referral) if referral else None
    return case if case is not None and referral is not None and case.reference == referral.reference else None


def _verdict(referral: Referral) -> Verdict:
    newest = newest_verdict(referral)
    if newest is None:
        raise Fault(f"no table was asked about {referral.reference}")
    return newest


def _send_for_assessment(world: World, story: Story, *, by: Staff) -> None:
    referral = world.referral(story)
    if referral is None:
        return
    verdict = _verdict(referral)
    journey.decide(
        referral.pk,
        route=Route.CONTENT,
        urgency=Urgency(verdict.urgency),
        by=by,
        expected_version=referral.version,
        reason="" if verdict.route == Route.CONTENT else world.town.online["decided"]["content"],
    )


def _close_online(world: World, story: Story, random: Random, *, by: Staff) -> None:
    referral = world.referral(story)
    if referral is None:
        return
    verdict = _verdict(referral)
    ending, decided = story.course.ending, world.town.online["decided"]
    reason = {"online_removed": "removed", "online_referred": "kept"}.get(ending, "lawful")
    route = Route.SIGNPOST if verdict.route == Route.SIGNPOST else Route.CLOSE
    confirms = verdict.route == route and not _DECISIONS.any(referral.pk)
    particulars = {"signposted_to": _IWF} if route is Route.SIGNPOST else _particulars(world, random, ending)
    decision = journey.decide(
        referral.pk,
        route=route,
        urgency=Urgency(verdict.urgency),
        by=by,
        expected_version=referral.version,
        reason="" if confirms else decided[reason],
        closure_reason=ending,
        particulars=particulars,
    )
    if decision.state == DecisionState.AWAITING_SECOND_READER:
        _read_second(world, story, random, but=by, agrees=True)
