"""Works a case along England's whole path, each step by the agency whose step it is, until it stands where its track
leaves it. What the panel decides: `panel`; support: `helping`."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from counterpoint.access.models import Staff
from counterpoint.access.relations import Standing, relation_to
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.base import clock
from counterpoint.cases import process
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case, CaseClock, Task
from counterpoint.cases.types import CaseState
from counterpoint.config.northmoor import casework, helping
from counterpoint.config.northmoor.casework import CaseWorker
from counterpoint.config.northmoor.clockwork import Moments
from counterpoint.config.northmoor.paths import Track, sittings
from counterpoint.config.northmoor.story import CaseCourse, Story
from counterpoint.config.northmoor.world import Wish, World, at_work, in_days, soon
from counterpoint.partners import services as partners
from counterpoint.partners.models import InformationRequest
from counterpoint.partners.types import NewRequest, Provenance, RequestState

_PATH = "prevent_path"
_SHARED_FOR = timedelta(days=270)
_AFTER_THE_PANEL = timedelta(hours=4)
_MOST_STEPS = 80


class PathWorker(CaseWorker):
    """One case on the path. Words are those of the path first."""

    def __init__(self, world: World, story: Story, case: Case, track: Track) -> None:
        random = story.random("path", world.town.shape.seed)
        course = story.course.case
        if not isinstance(course, CaseCourse):
            raise TypeError("a story on a track has a case")
        super().__init__(world, story, case, course, random)
        self.track = track
        self.visits: Counter[str] = Counter()

    @property
    def waiting(self) -> list[str]:
        """The steps that wait now; asking partners last, since that takes longest."""
        waiting = [step.id for step in process.current_run(self.refresh()).waiting]
        return sorted(waiting, key=lambda step: (step == "ask_partners", step))

    @property
    def stands(self) -> bool:
        """Whether it is to be left at a step that waits now."""
        return self.track.stop in self.waiting and self.visits[self.track.stop] == self.track.visit

    def triage_officer(self) -> Staff:
        """One who did not step aside when the report was read."""
        case = self.case.pk
        away = [
            officer
            for officer in self.world.by_role(Role.TRIAGE_OFFICER)
            if relation_to(officer, kind=SubjectKind.CASE, subject_id=case).standing is Standing.RECUSED
        ]
        return self.world.one_of(self.random, Role.TRIAGE_OFFICER, but=away)

    def say(self, *path: str) -> str:
        """A sentence from the words of the path."""
        found: Any = self.world.town.path
        for name in path:
            found = found[name]
        return found if isinstance(found, str) else str(self.random.choice(found))

    def step(self, step_id: str, values: Mapping[str, object], *, by: Staff | None = None) -> Moments:
        """Finish a step, by whoever's it is: others take it from their queue first."""
        doer = by or self.lead
        if doer.pk != self.lead.pk:
            task = Task.objects.get(case=self.case, step=step_id, ended_at__isnull=True)
            cases.take_task(task.pk, by=doer)
            yield soon(self.random, 2, 20)
        self.refresh()
        cases.complete_step(self.case, step_id, dict(values), by=doer, expected_version=self.case.version)

    def share(self, *agencies: str) -> None:
        """Share the case with these, under the agreement for the panel: more with who sits on it."""
        terms = self.world.town.path["agreement"]
        members = [one for one in self.world.staff.values() if Role.PANEL_MEMBER in one.role_names]
        sitting = {one.agency_id for one in members}
        for agency_id in agencies:
            further = terms["for_the_panel"] if self.world.agencies[agency_id].pk in sitting else []
            cases.share_case(
                self.case,
                agency=self.world.agencies[agency_id],
                sections=[Section(name) for name in (*terms["sections"], *further)],
                purpose=terms["purpose"],
                legal_basis=terms["basis"],
                until=clock.now() + _SHARED_FOR,
                by=self.lead,
            )


def work_path(world: World, story: Story, case: Case, track: Track) -> Moments:
    """The life of a case on the path: begun for our own casework, it goes on to the panel."""
    worker = PathWorker(world, story, case, track)
    motions = {"hold_panel": list(track.panel), "review_support": list(track.reviews)}
    world.before_the_panel[case.pk] = Wish(motions, track.dissents)
    yield at_work(worker.random, 0.2, 1)
    cases.change_process(
        case, process_id=_PATH, reason=worker.say("goes_on"), by=worker.lead, expected_version=worker.refresh().version
    )
    worker.share("police")
    for _ in range(_MOST_STEPS):
        waiting = worker.waiting
        if not waiting:
            timer = CaseClock.objects.filter(case=case, is_timer=True, ended_at__isnull=True).first()
            if timer is None or timer.due_at is None:
                return
            yield max(timer.due_at, clock.now()) + timedelta(days=2)
            continue
        step = waiting[0]
        worker.visits[step] += 1
        if worker.stands and step == track.stop:
            yield from _stand(worker)
            return
        yield from _STEPS[step](worker)


def _stand(worker: PathWorker) -> Moments:
    """What goes on while the case stands where its track leaves it."""
    for name in worker.track.at_stop or ("",):
        if name:
            yield in_days(worker.random, 0.2, 0.8)
            yield from _AT_STOP[name](worker)
    if worker.track.stop == "deliver_support" and "withdraw" not in worker.track.at_stop:
        yield from helping.meet(worker, None)


def _acknowledge(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 0.1, 3)
    values = {"acknowledged": "yes", "contact": "yes", "safe_way": worker.say("safe_ways")}
    yield from worker.step("acknowledge", values, by=worker.triage_officer())


def _check(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 1, 8)
    values = {"result": "clear", "checked_on": clock.now().date(), "note": worker.say("checked")}
    yield from worker.step("deconfliction", values, by=worker.world.of_agency("police"))


def _gateway(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 2, 14)
    result = worker.track.gateway
    values = {"concern_class": "clear_concern", "result": result, "reason": worker.say("gateway", result)}
    yield from worker.step("gateway_assessment", values, by=worker.world.of_agency("police"))


def _plan_of_police(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 4, 20)
    values = {"plan": worker.say("police_plan"), "agencies": worker.say("police_agencies")}
    yield from worker.step("police_led_plan", values, by=worker.world.of_agency("police"))


def _speak(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 1, 6)
    yield from worker.step("speak_to_referrer", {"reached": "yes", "said": worker.say("said")})


def _ask_partners(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 0.5, 3)
    is_first = worker.visits["ask_partners"] == 1
    asked = _ask(worker, *(("schools", "health") if is_first else ("health",)))
    for request in asked:
        yield at_work(worker.random, 2, 10)
        _answer(worker, request)
    yield at_work(worker.random, 1, 5)
    values = {"asked": worker.say("asked"), "found": worker.say("answers", "schools"), "missing": worker.say("missing")}
    yield from worker.step("ask_partners", values)


def _ask(worker: PathWorker, *agencies: str) -> list[InformationRequest]:
    terms = worker.world.town.path["agreement"]
    if worker.visits["ask_partners"] == 1:
        worker.share(*agencies)
    asked = []
    for agency_id in agencies:
        new = NewRequest(
            question=worker.say("questions", agency_id),
            sections=(Section.PERSON, Section.CONCERN),
            purpose=terms["purpose"],
            legal_basis=terms["basis"],
        )
        agency = worker.world.agencies[agency_id]
        asked.append(partners.ask_information(worker.refresh(), new, agency=agency, by=worker.lead))
    return asked


def _answer(worker: PathWorker, request: InformationRequest) -> None:
    agency_id = next(name for name, agency in worker.world.agencies.items() if agency.pk == request.agency_id)
    by = worker.world.of_agency(agency_id)
    text = worker.say("answers", agency_id)
    partners.answer_request(request.pk, text=text, provenance=Provenance.RECORDS, by=by)


def _assess(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 3, 12)
    helping.assess(worker, "assess")


def _signpost(worker: PathWorker) -> Moments:
    yield in_days(worker.random, 1, 3)
    by = worker.triage_officer()
    yield from worker.step("signpost", {"service": worker.pick("services"), "accepted": "yes", "agreed": ""}, by=by)


def _tell(worker: PathWorker) -> Moments:
    """Outcome and feedback of a case that the panel did not adopt; a supervisor agrees by closing it."""
    yield in_days(worker.random, 1, 3)
    worker.refresh()
    yield from casework.record_the_outcome(worker)
    yield from casework.tell_the_reporter(worker)
    yield at_work(worker.random, 1, 6)
    _close(worker, by=worker.world.one_of(worker.random, Role.SUPERVISOR, but=[worker.lead]))


def _wait_for_panel(worker: PathWorker) -> Moments:
    after = [sitting.begins_at + _AFTER_THE_PANEL for sitting in sittings(worker.world.ends_at)]
    yield next((at for at in after if at > clock.now()), worker.world.ends_at + timedelta(days=1))


def _review(worker: PathWorker) -> Moments:
    yield from _wait_for_panel(worker)
    if "review_support" not in worker.waiting and "ask_members" in worker.waiting:
        helping.end_support(worker)


def _ask_members(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 0.5, 2)
    yield from worker.step("ask_members", {"views": worker.say("members"), "repeats": "no"}, by=_chair(worker))


def _agree(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 0.5, 3)
    yield from worker.step("agree_closure", {"decision": "agreed", "reason": worker.say("closing")}, by=_chair(worker))


def _outcome(worker: PathWorker) -> Moments:
    yield at_work(worker.random, 0.5, 3)
    worker.refresh()
    yield from casework.record_the_outcome(worker)
    yield at_work(worker.random, 0.5, 3)
    yield from casework.tell_the_reporter(worker)
    _close(worker, by=worker.lead)


def _close(worker: PathWorker, *, by: Staff) -> None:
    reason_id, case = worker.course.closure_reason, worker.refresh()
    if case.state == CaseState.OPEN:
        cases.close_case(case, reason_id=reason_id, by=by, expected_version=case.version)


def _review_six(worker: PathWorker) -> Moments:
    yield in_days(worker.random, 3, 6)
    yield from worker.step("review_six", {"decision": "nothing_new", "reason": worker.say("review_six")})


def _chair(worker: PathWorker) -> Staff:
    return worker.world.by_role(Role.PANEL_CHAIR)[0]


def _hold(worker: PathWorker) -> Moments:
    step = worker.track.stop
    reason = "person_away" if step == "seek_consent" else "waiting_for_police"
    case = worker.refresh()
    row = CaseClock.objects.get(case=case, element=step, ended_at__isnull=True)
    cases.pause_clock(case, row.pk, reason=reason, by=worker.lead, expected_version=case.version)
    yield from ()


def _offer(worker: PathWorker) -> Moments:
    yield max(clock.now(), worker.world.ends_at - timedelta(days=2))
    told = worker.world.town.path["transfer"]
    partners.offer_transfer(
        worker.refresh(),
        to=worker.world.agencies["southmoor"],
        reason=told["reason"],
        legal_basis=told["basis"],
        sections=[Section.CONCERN, Section.PERSON],
        by=worker.lead,
    )


def _share_urgently(worker: PathWorker) -> Moments:
    yield max(clock.now(), worker.world.ends_at - timedelta(hours=5))
    told = worker.world.town.path["urgent"]
    cases.share_urgently(
        worker.refresh(),
        agency=worker.world.agencies[told["agency"]],
        sections=[Section.CONCERN],
        purpose=told["purpose"],
        legal_basis=told["basis"],
        because=told["because"],
        until=clock.now() + timedelta(days=2),
        by=worker.lead,
    )


def _inform(worker: PathWorker) -> Moments:
    first, _ = _ask(worker, "schools", "health")
    yield at_work(worker.random, 2, 8)
    if first.state == RequestState.ASKED:
        _answer(worker, first)


def _draft(worker: PathWorker) -> Moments:
    helping.draft(worker)
    yield from ()


Act = Callable[[PathWorker], Moments]
_STEPS: Mapping[str, Act] = {
    "acknowledge": _acknowledge,
    "deconfliction": _check,
    "gateway_assessment": _gateway,
    "police_led_plan": _plan_of_police,
    "speak_to_referrer": _speak,
    "ask_partners": _ask_partners,
    "assess": _assess,
    "signpost": _signpost,
    "tell_referrer": _tell,
    "prepare_panel": _wait_for_panel,
    "hold_panel": _wait_for_panel,
    "seek_consent": helping.ask_consent,
    "make_plan": helping.make_plan,
    "deliver_support": helping.deliver,
    "review_support": _review,
    "ask_members": _ask_members,
    "agree_closure": _agree,
    "record_outcome": _outcome,
    "review_six": _review_six,
}
_AT_STOP: Mapping[str, Act] = {
    "hold": _hold,
    "ask": helping.ask_only,
    "transfer": _offer,
    "urgent": _share_urgently,
    "inform": _inform,
    "draft": _draft,
    "withdraw": helping.withdraw,
}
