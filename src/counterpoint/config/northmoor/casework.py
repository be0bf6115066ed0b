# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""Works a case as its course says: step by step through the process of the pack, with actions, sharing and notes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from counterpoint.access.models import Staff
from counterpoint.access.types import Role, Section
from counterpoint.base import clock
from counterpoint.base.errors import Fault
from counterpoint.base.prepared import Prepared
from counterpoint.cases import services as cases
from counterpoint.cases.models import Action, Case
from counterpoint.cases.types import (
    ActionKind,
    ActionOutcome,
    ActionState,
    CaseState,
    Impact,
    NewAction,
    NoteVisibility,
)
from counterpoint.config.northmoor import doors
from counterpoint.config.northmoor.clockwork import Moments
from counterpoint.config.northmoor.story import CaseCourse, Story
from counterpoint.config.northmoor.world import World, at_work, in_days
from counterpoint.kernel.packs import ClosureLevel
from counterpoint.rules import selectors as rules

_LEAD = "council"
_MOST_STEPS = 30
_CASE = Prepared(lambda case_id: Case.objects.filter(pk=case_id))


class CaseWorker:
    """One case on its way. Chance is the story's own."""

    def __init__(self, world: World, story: Story, case: Case, course: CaseCourse, random: Random) -> None:
        self.world, self.story, self.case, self.course, self.random = world, story, case, course, random
        self.lead = world.staff[case.lead_officer.name]
        self.words = world.words
        self.asked_again = not course.asks_again
        self.reviews_left = course.reviews

    def refresh(self) -> Case:
        """The case as it is now."""
        case = _CASE.one(self.case.pk)
        if case is None:
            raise Fault("a case went while the town was told")
        self.case = case
        return case

    def pick(self, *path: str) -> str:
        """A sentence from the words of casework."""
        found: Any = self.words
        for name in path:
            found = found[name]
        return str(self.random.choice(found))

    def finish(self, values: dict[str, str], *, by: Staff | None = None) -> None:
        """Finish the step that waits."""
        case = self.case
        self.case = cases.complete_step(case, case.next_step, values, by=by or self.lead, expected_version=case.version)


def work_case(world: World, story: Story, case: Case, course: CaseCourse) -> Moments:
    """The life of a case until it is closed, and of a few once more."""
    random = story.random("case", world.town.shape.seed)
    worker = CaseWorker(world, story, case, course, random)
    yield from _one_run(worker)
    if course.reopened:
        yield in_days(random, 15, 50)
        case = worker.case
        by = world.one_of(random, Role.SUPERVISOR)
        case = cases.reopen_case(
            case, reason="The school called: it has begun again.", by=by, expected_version=case.version
        )
        again = replace(
            course, assessed="no_further_action", closure_reason="case_no_further_action", impact="same",
            asks_again=False, shared=False, reopened=False,
        )  # fmt: skip
        yield from _one_run(CaseWorker(world, story, case, again, random))


def _one_run(worker: CaseWorker) -> Moments:
    """Take the steps as they come, as long as the case is open. Nobody else moves it on."""
    for _ in range(_MOST_STEPS):
        if worker.case.state != CaseState.OPEN or worker.case.next_step not in _STEPS:
            return
        act, low, high = _STEPS[worker.case.next_step]
        yield in_days(worker.random, low, high)
        yield from act(worker)


def _contact(worker: CaseWorker) -> Moments:
    may_contact = worker.story.answers["may_contact"].get("value")
    contact = "no_way" if may_contact == "no" else "reached" if worker.random.random() < 0.8 else "not_reached"
    if may_contact == "mailbox" and worker.random.random() < 0.35:
        question = worker.random.choice(worker.words["questions"])
        cases.write_to_reporter(worker.case, text=question["ask"], by=worker.lead, asks=True)
        yield in_days(worker.random, 0.5, 4)
        if worker.random.random() < 0.75:
            doors.answer(worker.world, worker.story, question["answer"])
            yield at_work(worker.random, 0.5, 6)
    worker.finish({"contact": contact, "note": worker.pick("contact_notes")})


def _gather(worker: CaseWorker) -> Moments:
    if worker.random.random() < 0.35:
        restricted = worker.random.random() < 0.2
        visibility = NoteVisibility.RESTRICTED if restricted else NoteVisibility.INTERNAL
        text = worker.pick("notes", "restricted" if restricted else "internal")
        cases.add_note(worker.case, visibility=visibility, text=text, by=worker.lead)
        yield at_work(worker.random, 0.5, 5)
    if worker.random.random() < 0.12:
        colleague = worker.world.one_of(worker.random, Role.CASE_OFFICER, but=[worker.lead])
        cases.add_member(worker.case, staff=colleague, by=worker.lead)
    worker.finish({"found": worker.pick("found"), "still_unknown": worker.pick("still_unknown")})


def _assess(worker: CaseWorker) -> Moments:
    if not worker.asked_again:
        worker.asked_again = True
        worker.finish({"decision": "more_information", "reason": worker.pick("assess", "more_information")})
        return
    if worker.random.random() < 0.5:
        scheme = rules.pack_in_force().category_scheme_on(clock.now().date())
        if scheme is not None:
            worker.case = cases.assess_category(
                worker.case,
                category=worker.story.course.category,
                scheme=scheme.id,
                by=worker.lead,
                expected_version=worker.case.version,
            )
            yield at_work(worker.random, 0.1, 1)
    decision = worker.course.assessed
    worker.finish({"decision": decision, "reason": worker.pick("assess", decision)})


def _plan(worker: CaseWorker) -> Moments:
    refused = worker.course.consent == "refused"
    worker.finish(
        {
            "consent": worker.course.consent,
            "consent_note": worker.words["consent_notes"][-1] if refused else worker.pick("consent_notes"),
            "plan": "Nothing is planned without consent." if refused else worker.pick("plans"),
        }
    )
    if refused:
        return
    yield at_work(worker.random, 0.2, 2)
    chosen = worker.random.sample(worker.words["actions"], worker.course.actions)
    partners = list(dict.fromkeys(each["owner"] for each in chosen if each["owner"] != _LEAD))
    shared = _share(worker, partners) if worker.course.shared else frozenset()
    for each in chosen:
        owner = each["owner"] if each["owner"] in shared else _LEAD
        cases.add_action(worker.case, _new_action(worker, each, owner), by=worker.lead)


def _share(worker: CaseWorker, partners: list[str]) -> frozenset[str]:
    """Share the case with the agencies that have a part in the plan; which they are."""
    by_agency = {each["agency"]: each for each in worker.words["sharing"]}
    for agency_id in partners:
        terms = by_agency[agency_id]
        cases.share_case(
            worker.case,
            agency=worker.world.agencies[agency_id],
            sections=[Section(name) for name in terms["sections"]],
            purpose=terms["purpose"],
            legal_basis=terms["basis"],
            until=clock.now() + timedelta(days=worker.random.choice([90, 120, 180, 270])),
            by=worker.lead,
        )
    return frozenset(partners)


def _new_action(worker: CaseWorker, told: Mapping[str, str], owner: str) -> NewAction:
    is_ours = owner == _LEAD
    return NewAction(
        kind=ActionKind(told["kind"]),
        title=told["title"],
        due_on=clock.now().date() + timedelta(days=worker.random.choice([10, 14, 21, 28, 28, 42])),
        owner_id=worker.lead.pk if is_ours else None,
        owner_agency_id=None if is_ours else worker.world.agencies[owner].pk,
    )


def _review(worker: CaseWorker) -> Moments:
    worker.reviews_left -= 1
    is_last = worker.reviews_left <= 0
    for action in list(Action.objects.filter(case=worker.case, state=ActionState.OPEN).order_by("created_at", "id")):
        if is_last or worker.random.random() < 0.4:
            _end_action(worker, action)
            yield at_work(worker.random, 0.1, 1)
    if worker.random.random() < 0.15 and worker.story.answers["may_contact"].get("value") == "mailbox":
        cases.write_to_reporter(worker.case, text=worker.pick("updates"), by=worker.lead)
    decision = "done" if is_last else "continue"
    note = (
        "Nothing was agreed to, so nothing is reviewed."
        if worker.course.consent == "refused"
        else worker.pick("reviews", decision)
    )
    worker.finish({"decision": decision, "note": note})


def _end_action(worker: CaseWorker, action: Action) -> None:
    chance = worker.random.random()
    if chance < 0.06:
        cases.drop_action(action, why="Overtaken by events.", by=worker.lead, expected_version=action.version)
        return
    worked = chance < 0.7
    outcome = ActionOutcome.WORKED if chance < 0.55 else ActionOutcome.PARTLY if worked else (
        ActionOutcome.NOT_TAKEN_UP if chance < 0.85 else ActionOutcome.DID_NOT
    )  # fmt: skip
    told = worker.random.choice(worker.words["actions"])
    cases.finish_action(
        action,
        outcome=outcome,
        why=told["worked" if worked else "not"],
        by=worker.lead,
        expected_version=action.version,
    )


def record_the_outcome(worker: CaseWorker) -> Moments:
    for action in list(Action.objects.filter(case=worker.case, state=ActionState.OPEN)):
        _end_action(worker, action)
    impact = worker.course.impact
    needs = {
        "support_complete": {"signposted_to": worker.pick("services")},
        "case_signposted": {"signposted_to": worker.pick("services"), "service_accepted": worker.pick("accepted")},
        "police_led": {"passed_to": worker.pick("passed")},
        "moved_area": {"transferred_to": worker.pick("areas")},
    }.get(worker.course.closure_reason, {})
    case = worker.case
    cases.record_outcome(
        case,
        text=worker.pick("outcomes", impact),
        impact=Impact(impact),
        reason_id=worker.course.closure_reason,
        needs=needs,
        by=worker.lead,
        expected_version=case.version,
    )
    worker.refresh()
    yield from ()


def tell_the_reporter(worker: CaseWorker) -> Moments:
    case = worker.case
    if worker.story.course.withheld:
        cases.withhold_feedback(case, reason=worker.pick("withheld"), by=worker.lead, expected_version=case.version)
        worker.refresh()
        return
    language = worker.story.language
    reasons = rules.pack_in_force().closure_reasons_on(clock.now().date(), ClosureLevel.CASE, language)
    told = next(reason.tell_reporter for reason in reasons if reason.id == worker.course.closure_reason)
    cases.send_feedback(case, text=told or "", by=worker.lead, expected_version=case.version)
    worker.refresh()
    if worker.random.random() < 0.25 and worker.story.key in worker.world.receipts:
        yield in_days(worker.random, 0.3, 3)
        doors.read_mailbox(worker.world, worker.story)


def _agree(worker: CaseWorker) -> Moments:
    supervisor = worker.world.one_of(worker.random, Role.SUPERVISOR)
    worker.finish({"decision": "agreed", "reason": worker.pick("agreed")}, by=supervisor)
    yield at_work(worker.random, 0.2, 4)
    case, reason_id = worker.case, worker.course.closure_reason
    worker.case = cases.close_case(case, reason_id=reason_id, by=worker.lead, expected_version=case.version)


Act = Callable[[CaseWorker], Moments]
# What is done at each step, and after how many days at the soonest and the latest.
_STEPS: Mapping[str, tuple[Act, float, float]] = {
    "contact_reporter": (_contact, 0.5, 6),
    "gather_information": (_gather, 2, 11),
    "assess": (_assess, 1, 7),
    "plan_support": (_plan, 2, 12),
    "review_actions": (_review, 18, 34),
    "record_outcome": (record_the_outcome, 1, 7),
    "tell_reporter": (tell_the_reporter, 0.5, 4),
    "agree_closure": (_agree, 0.5, 6),
}
