"""Whether a thing may happen to the support of a case at all. Who may: `counterpoint.support.permissions`.

Each check looks at everything and raises `Missing` with all that stands against it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from uuid import UUID

from counterpoint.access.models import Agency, Staff
from counterpoint.access.permissions import can_read
from counterpoint.access.relations import Standing, relation_to
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotPossible
from counterpoint.cases.errors import Missing, refuse_if_any
from counterpoint.cases.models import Case
from counterpoint.cases.policies import MOST_TEXT
from counterpoint.cases.services.change import CHANGED
from counterpoint.cases.sharing import running_grants
from counterpoint.cases.types import ActionOutcome
from counterpoint.kernel.instruments import InstrumentVersion, problems_of_assessment
from counterpoint.kernel.instruments.assessing import MAX_NARRATIVE, AssessmentFault, AssessmentProblem
from counterpoint.kernel.packs.casework import ConsentKind
from counterpoint.support import consenting
from counterpoint.support.consenting import Advice
from counterpoint.support.days import today
from counterpoint.support.errors import NoConsent
from counterpoint.support.models import Assessment, Consent, Intervention
from counterpoint.support.types import (
    ANSWERS,
    MOVES,
    NOBODY,
    OFFER_ANSWERS,
    AssessmentDraft,
    AssessmentState,
    ConsentGiven,
    ConsentResult,
    InterventionKind,
    InterventionState,
    NewIntervention,
    Withdrawal,
)

_WAS_ANSWERED = (ConsentResult.GIVEN, ConsentResult.REFUSED)
_ASSESSMENT_FAULTS = {
    AssessmentFault.MISSING: "Choose what was found.",
    AssessmentFault.NOT_AN_ITEM: "This is not part of the instrument.",
    AssessmentFault.NOT_A_LEVEL: "Choose one of the answers.",
    AssessmentFault.NARRATIVE_MISSING: "Say in words what it rests on.",
    AssessmentFault.NARRATIVE_TOO_LONG: f"Shorten the words: they may have {MAX_NARRATIVE:,} characters.",
}


# --- consents


def check_consent(kind: ConsentKind, given: ConsentGiven, *, advice: Advice | None) -> None:
    """All that must be recorded with a consent is there. Raises Missing."""
    refuse_if_any(list(_against_consent(kind, given, advice)))


def check_nobody_was_first(latest: Consent | None, *, expected_number: int) -> None:
    """Raises Conflict when somebody recorded this consent since the page was shown."""
    number = latest.number if latest is not None else 0
    if number != expected_number:
        theirs = {"result": latest.result if latest is not None else "", "version": number}
        raise Conflict(CHANGED, theirs=theirs)


def check_withdrawal(kind: ConsentKind, withdrawal: Withdrawal) -> None:
    """Who and when, nothing more. Raises Missing."""
    problems = []
    if withdrawal.giver not in kind.givers:
        problems.append("Choose who withdrew it.")
    if withdrawal.withdrawn_on > today():
        problems.append("The day of the withdrawal lies ahead. Give the day on which it was said.")
    if len(withdrawal.said) > MOST_TEXT:
        problems.append(f"Shorten what they said: it may have {MOST_TEXT:,} characters.")
    refuse_if_any(problems)


def check_support_may_begin(case: Case) -> None:
    """Raises NoConsent while a consent that support rests on is not given."""
    lacking = consenting.lacking_for_support(case)
    if lacking:
        names = ", ".join(f"“{kind.title}”" for kind in lacking)
        raise NoConsent(
            f"No support may begin: {names} is not in force. Ask for it and record it, or record it as refused."
        )


def _against_consent(kind: ConsentKind, given: ConsentGiven, advice: Advice | None) -> Iterator[str]:
    if given.result not in ANSWERS:
        yield "Choose what was answered."
        return
    if given.asked_on is None:
        yield "Give the day."
    elif given.asked_on > today():
        yield "The day lies ahead. Give the day on which they were asked."
    if given.giver not in {*kind.givers, NOBODY}:
        yield "Choose who was asked."
    if given.result == ConsentResult.NOT_ASKED:
        if not (given.reason.strip() or given.how.strip()):
            yield "Say why it was not asked."
    else:
        yield from _against_answer(kind, given, advice)
    texts = (given.how, given.reason, given.deviation, *given.records.values())
    if any(len(text) > MOST_TEXT for text in texts):
        yield f"Shorten what is too long: each text may have {MOST_TEXT:,} characters."


def _against_answer(kind: ConsentKind, given: ConsentGiven, advice: Advice | None) -> Iterator[str]:
    if given.giver == NOBODY:
        yield "Choose who was asked: somebody was, as you say."
    if consenting.AGE_BAND in kind.records and given.age_band not in consenting.age_bands(kind):
        yield "Choose how old the person is."
    if consenting.CAPACITY in kind.records and given.capacity not in consenting.capacities(kind):
        yield "Choose whether they could decide for themselves."
    for name in kind.records:
        if name not in (consenting.AGE_BAND, consenting.CAPACITY) and not given.records.get(name, "").strip():
            yield f"Fill in “{consenting.record_label(name)}”."
    deviates = advice is not None and given.result in _WAS_ANSWERED and not advice.admits(given.giver)
    if advice is not None and deviates and not given.deviation.strip():
        advised = consenting.words_for(advice.giver).lower()
        yield f"The rules advise: {advised}. {advice.reason} If it stands as you say, write why."


# --- assessments


def check_is_draft(assessment: Assessment) -> None:
    """Raises NotPossible for an assessment that was finished, corrected or dropped."""
    if assessment.state != AssessmentState.DRAFT:
        raise NotPossible("This assessment is no draft any more. What was finished is corrected by a new one.")


def check_is_finished(assessment: Assessment) -> None:
    """Raises NotPossible for an assessment that does not count now."""
    if assessment.state != AssessmentState.FINISHED:
        raise NotPossible("Only a finished assessment can be corrected, and only once: correct the latest one.")


def check_draft(version: InstrumentVersion, content: AssessmentDraft) -> None:
    """A draft may be half done, but holds nothing that the instrument does not know. Raises Missing."""
    problems = [each for each in _faults(version, content) if each.fault is not AssessmentFault.MISSING]
    problems = [each for each in problems if each.fault is not AssessmentFault.NARRATIVE_MISSING]
    _refuse_faults(version, problems, content)


def check_complete(version: InstrumentVersion, content: AssessmentDraft) -> None:
    """Every item has its level, with words where the level wants them. Raises Missing with all that lacks."""
    _refuse_faults(version, _faults(version, content), content)


def fault_words(fault: AssessmentFault) -> str:
    """What is wrong with an item, as a sentence."""
    return _ASSESSMENT_FAULTS[fault]


def _faults(version: InstrumentVersion, content: AssessmentDraft) -> list[AssessmentProblem]:
    """An item without a level counts as not looked at, whatever was written beside it so far."""
    judged = {item: rating for item, rating in content.ratings.items() if rating.level}
    return list(problems_of_assessment(version, judged))


def _refuse_faults(version: InstrumentVersion, faults: list[AssessmentProblem], content: AssessmentDraft) -> None:
    labels = {item.id: item.label for item in version.items}
    problems = [f"“{labels.get(each.item_id, each.item_id)}”: {fault_words(each.fault)}" for each in faults]
    if len(content.summary) > MOST_TEXT:
        problems.append(f"Shorten the summary: it may have {MOST_TEXT:,} characters.")
    refuse_if_any(problems)


# --- interventions


def check_intervention(case: Case, new: NewIntervention, *, agency: Agency | None, staff: Staff | None) -> None:
    """A kind, words, days in order, and one provider that may know of it. Raises Missing."""
    refuse_if_any(list(_against_intervention(case, new, agency, staff)))


def check_may_change(intervention: Intervention) -> None:
    """Raises NotPossible for an intervention that has ended."""
    if intervention.state == InterventionState.ENDED:
        raise NotPossible("This support has ended. Add a new one if more is to be done.")


def check_move(intervention: Intervention, to: InterventionState, *, on: date, why: str) -> None:
    """Whether it may go there from where it is. Raises NotPossible; Missing for a day ahead or a reason that lacks."""
    state = InterventionState(intervention.state)
    if to not in MOVES[state]:
        raise NotPossible(f"Support that is “{state.label.lower()}” cannot become “{to.label.lower()}”.")
    problems = []
    if on > today():
        problems.append("The day lies ahead. Give the day on which it happened.")
    if on < intervention.state_on:
        problems.append("The day lies before what was recorded last. Give a later one.")
    if to in (InterventionState.NOT_ACCEPTED, InterventionState.ENDED) and not why.strip():
        problems.append("Say why.")
    if len(why) > MOST_TEXT:
        problems.append(f"Shorten the reason: it may have {MOST_TEXT:,} characters.")
    refuse_if_any(problems)


def check_is_answer(answer: InterventionState) -> None:
    """Raises Missing for what is no answer to an offer."""
    if answer not in OFFER_ANSWERS:
        raise Missing(("Choose whether you accept it.",))


def check_day_is_past(on: date) -> None:
    """Raises Missing for a day that lies ahead."""
    if on > today():
        raise Missing(("The day lies ahead. Give the day on which it happened.",))


def check_kind_may_change(intervention: Intervention, to: InterventionKind) -> None:
    """Raises Missing where a service has answered: then it was signposting."""
    if intervention.service_answer and to is not InterventionKind.SIGNPOSTING:
        raise Missing(("A service has answered, so this is signposting. Add another support beside it.",))


def check_is_signposting(intervention: Intervention) -> None:
    """Raises NotPossible for support that goes to no service."""
    if intervention.kind != InterventionKind.SIGNPOSTING:
        raise NotPossible("Only where somebody was signposted does a service accept or not.")


def check_session_fits(intervention: Intervention, *, held_on: date) -> None:
    """A session is held while the support runs. Raises NotPossible, Missing."""
    if intervention.state not in (InterventionState.RUNNING, InterventionState.ENDED):
        raise NotPossible("This support does not run. Record first that it has begun.")
    problems = []
    if held_on > today():
        problems.append("The day lies ahead. Give the day on which it was held.")
    if intervention.state == InterventionState.ENDED and held_on > intervention.state_on:
        problems.append("The support had ended by then.")
    refuse_if_any(problems)


def check_findings(interventions: Mapping[UUID, Intervention], outcomes: Mapping[UUID, ActionOutcome]) -> None:
    """A review judges support of this case that was ever offered. Raises Missing."""
    if not set(outcomes) <= set(interventions):
        raise Missing(("Only support of this case can be reviewed.",))


def _against_intervention(
    case: Case, new: NewIntervention, agency: Agency | None, staff: Staff | None
) -> Iterator[str]:
    if (agency is not None) + (staff is not None) + bool(new.service.strip()) != 1:
        yield "Choose who provides it: one agency, one person, or a service by name."
    if new.until_on is not None and new.until_on < new.from_on:
        yield "It ends before it begins. Look at the two days."
    if staff is not None:
        yield from _against_person(case, staff)
    if agency is not None and not _knows_actions(case, agency):
        yield "This agency does not know of the case. Share its actions with them first."


def _against_person(case: Case, staff: Staff) -> Iterator[str]:
    if not staff.is_active:
        yield "This person does not work here any more. Choose somebody else."
    elif Role.INTERVENTION_PROVIDER not in staff.role_names:
        yield "This person is no intervention provider. Choose somebody with that role."
    elif not can_read(staff, kind=SubjectKind.CASE, subject_id=case.pk):
        yield "This person does not know of the case. Add them to it, or share it with their agency first."
    else:
        relation = relation_to(staff, kind=SubjectKind.CASE, subject_id=case.pk)
        if relation.standing is Standing.BROKEN_GLASS or not relation.opens(Section.ACTIONS):
            yield "The actions of the case are not shared with this person's agency. Share them first."


def _knows_actions(case: Case, agency: Agency) -> bool:
    return agency.pk == case.lead_agency_id or agency.pk in _granted_actions(case)


def _granted_actions(case: Case) -> frozenset[UUID]:
    rows = running_grants(at=clock.now()).filter(case_id=case.pk)
    return frozenset(row.agency_id for row in rows if Section.ACTIONS in row.sections)
