"""Whether a thing may happen to a case at all, whoever asks. Who may: `counterpoint.cases.permissions`.

Each check looks at everything and raises `Missing` with all that stands against it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from counterpoint.access.models import Agency, Staff
from counterpoint.access.permissions import yes_or_no
from counterpoint.access.types import Role
from counterpoint.base.errors import NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.cases.errors import Missing, refuse_if_any
from counterpoint.cases.models import Action, Case, CaseOutcome, Feedback, ProcessRun
from counterpoint.cases.process import Running
from counterpoint.cases.steps import AGREED
from counterpoint.cases.types import ActionState, CaseState, NoteVisibility
from counterpoint.intake.models import Referral
from counterpoint.intake.types import Kind, ReferralState
from counterpoint.kernel.packs import ClosureLevel, ClosureReason, StepWork
from counterpoint.rules import selectors as rules

_OUTCOMES = Prepared(lambda run_id: CaseOutcome.objects.select_related("by").filter(run_id=run_id).order_by("-number"))
_FEEDBACK = Prepared(lambda run_id: Feedback.objects.select_related("by").filter(run_id=run_id).order_by("-number"))
_DECIDED = (ReferralState.DECIDED, ReferralState.CLOSED)
_ENDS_WITH: Mapping[StepWork, str] = {
    StepWork.ASSESSMENT: "an assessment with its instrument",
    StepWork.PANEL: "the panel, at one of its meetings",
    StepWork.CONSENT: "recording the consent",
    StepWork.PLAN: "writing the support plan",
    StepWork.OUTCOME: "recording the outcome",
    StepWork.FEEDBACK: "telling the reporter, or withholding it with a reason",
}
MOST_IN_A_LINE = 300
MOST_TEXT = 20_000


def check_open(case: Case) -> None:
    """Raises NotPossible when the case is closed."""
    if case.state != CaseState.OPEN:
        raise NotPossible("This case is closed. Reopen it first.")


def check_worked(case: Case, running: Running) -> None:
    """Raises NotPossible when the case is closed and nothing is to come any more. While reviews after the closing are
    to come, their steps can be done."""
    if case.state != CaseState.OPEN and running.run.ended_at is not None:
        raise NotPossible("This case is closed. Reopen it first.")


def check_closed(case: Case) -> None:
    """Raises NotPossible when the case is open."""
    if case.state != CaseState.CLOSED:
        raise NotPossible("This case is open already.")


def check_can_be_opened_for(referral: Referral, *, lead_officer: Staff) -> None:
    """A case is about a person, and is led by a case officer or supervisor of the referral's agency."""
    problems = list(_against_leading(lead_officer, agency_id=referral.lead_agency_id))
    if referral.kind != Kind.CONCERN:
        problems.append("Only a concern about a person becomes a case. Online material is assessed by itself.")
    if referral.state == ReferralState.CLOSED:
        problems.append("The referral is closed. News about it is a new referral.")
    refuse_if_any(problems)


def check_can_lead(staff: Staff, *, case: Case) -> None:
    """Active, of the lead agency, and a case officer or supervisor."""
    refuse_if_any(list(_against_leading(staff, agency_id=case.lead_agency_id)))


def check_can_be_member(staff: Staff, *, case: Case) -> None:
    """Active and of the lead agency: other agencies see what they are granted."""
    problems = [] if staff.is_active else ["This person does not work here any more. Choose somebody else."]
    if staff.agency_id != case.lead_agency_id:
        problems.append("A member is of the lead agency. Share the case with the other agency instead.")
    elif not staff.role_names & {Role.CASE_OFFICER, Role.SUPERVISOR}:
        problems.append("A member is a case officer or a supervisor. Choose somebody with that role.")
    refuse_if_any(problems)


def check_can_own(case: Case, *, owner: Staff | None, agency: Agency | None, granted: frozenset[UUID]) -> None:
    """An action belongs to one member of staff or one agency, of the lead agency or of one that the case is shared
    with now (`granted`: ids of those agencies)."""
    if (owner is None) == (agency is None):
        raise Missing(("Choose an owner: either one person or one agency.",))
    problems = []
    if owner is not None and not owner.is_active:
        problems.append("This person does not work here any more. Choose somebody else.")
    agency_id = owner.agency_id if owner is not None else agency.pk if agency is not None else None
    if agency_id != case.lead_agency_id and agency_id not in granted:
        problems.append("This agency does not know of the case. Share it with them first.")
    refuse_if_any(problems)


def check_action_open(action: Action) -> None:
    """Raises NotPossible when the action was finished or dropped."""
    if action.state != ActionState.OPEN:
        raise NotPossible("This action has ended. Add a new one if more is to be done.")


def check_is_for_staff(visibility: NoteVisibility) -> None:
    """Raises NotPossible for a note to the reporter, which is a message."""
    if visibility == NoteVisibility.REPORTER:
        raise NotPossible("What the reporter should read is sent to the mailbox, not written as a note.")


def check_line(text: str, *, what: str) -> str:
    """The text, trimmed. Raises Missing when it is empty or longer than a line may be."""
    return _checked(text, what=what, most=MOST_IN_A_LINE)


def check_text(text: str, *, what: str) -> str:
    """The text, trimmed. Raises Missing when it is empty or too long."""
    return _checked(text, what=what, most=MOST_TEXT)


def check_can_join(case: Case, referral: Referral, *, worked_by: UUID | None) -> None:
    """A further referral of the same lead agency, about a person, that no case works yet (`worked_by`: the case that
    does)."""
    problems = []
    if worked_by == case.pk:
        problems.append("This referral is part of the case already.")
    elif worked_by is not None:
        problems.append("Another case works this referral.")
    if referral.lead_agency_id != case.lead_agency_id:
        problems.append("This referral belongs to another lead agency.")
    if referral.kind != Kind.CONCERN:
        problems.append("Only a concern about a person can be joined.")
    if referral.state == ReferralState.CLOSED:
        problems.append("This referral is closed. It stays linked as a possible repeat.")
    refuse_if_any(problems)


def check_category(category: str, scheme: str) -> None:
    """A category of this scheme of the pack in force."""
    schemes = {each.id: {one.id for one in each.categories} for each in rules.pack_in_force().category_schemes}
    if category not in schemes.get(scheme, set()):
        raise Missing(("Choose one of the categories of the scheme.",))


def check_done_by_agreement(case: Case, running: Running, *, step_id: str, by: Staff) -> None:
    """The closing is agreed by somebody other than the lead officer and than who recorded the outcome.
    Raises NotPossible."""
    if step_id in running.steps_of(StepWork.AGREEMENT) and not may_agree(by, case, running.run):
        raise NotPossible("Somebody else must agree: not the lead officer, and not who recorded the outcome.")


def check_finished_here(running: Running, step_id: str, *, done_by: StepWork = StepWork.PLAIN) -> None:
    """A step that leaves a record of its own besides its form ends with that record, by the service that makes it
    (done_by: whose work that service does). Raises NotPossible, saying with what it ends."""
    work = running.form_of(step_id).work
    if work in _ENDS_WITH and work is not done_by:
        raise NotPossible(f"This step is finished by {_ENDS_WITH[work]}. Do it there: the step ends with it.")
    if done_by is not StepWork.PLAIN and work is not done_by:
        raise NotPossible("This step is not finished from this page. Look at where the case stands.")


def check_outcome_may_change(running: Running) -> None:
    """Once the closing was agreed on an outcome, the outcome stands; unless the process asks for it only then. Raises
    NotPossible."""
    if agreed_by(running) is not None and running.waiting_for(StepWork.OUTCOME) is None:
        raise NotPossible(
            "The closing was agreed on the outcome as it stands. Close the case, and reopen it if need be."
        )


def check_feedback_may_be_told(running: Running) -> CaseOutcome:
    """The outcome that feedback is about. Raises NotPossible when none is recorded yet."""
    outcome = latest_outcome(running.run)
    if outcome is None:
        raise NotPossible("Record the outcome first: the reporter is told what came of it.")
    return outcome


def check_reason(reason_id: str, needs: Mapping[str, str], *, at: datetime) -> ClosureReason:
    """The closure reason in force, with all that it asks to be recorded. Raises Missing."""
    reason = closure_reason(reason_id, at=at)
    if reason is None:
        raise Missing(("Choose one of the closure reasons for cases.",))
    refuse_if_any([f"Record “{need_label(need)}”: the closure reason asks for it." for need in _lacking(reason, needs)])
    return reason


def check_can_close(
    case: Case, running: Running, *, reason_id: str, needs: Mapping[str, str], agrees: bool, at: datetime
) -> None:
    """Raises Missing with all that is missing, at once. needs: what was recorded with the outcome. agrees: whether
    who closes may agree to it in the same breath."""
    refuse_if_any(list(_against_closing(case, running, reason_id, needs, agrees=agrees, at=at)))


def missing_to_close(case: Case, running: Running, *, agrees: bool) -> tuple[str, ...]:
    """What is missing yet, whatever the reason will be: for the page, so that nobody has to try."""
    return tuple(_against_work(case, running, agrees=agrees))


def closure_reasons(*, at: datetime) -> tuple[ClosureReason, ...]:
    """The reasons for which a case may be closed on this day."""
    return rules.pack_in_force().closure_reasons_on(at.date(), ClosureLevel.CASE)


def closure_reason(reason_id: str, *, at: datetime) -> ClosureReason | None:
    """The reason with this id in force on this day."""
    return next((reason for reason in closure_reasons(at=at) if reason.id == reason_id), None)


def need_label(need: str) -> str:
    """What a closure reason asks for, in words: "signposted_to" reads "Signposted to"."""
    return need.replace("_", " ").capitalize()


def latest_outcome(run: ProcessRun) -> CaseOutcome | None:
    """The outcome that counts for this run."""
    return _OUTCOMES.one(run.pk)


def latest_feedback(run: ProcessRun) -> Feedback | None:
    """The feedback that counts for this run."""
    return _FEEDBACK.one(run.pk)


def agreed_by(running: Running) -> UUID | None:
    """Who agreed to close, if that is the last word of this run about it."""
    last = running.run.steps.filter(step__in=running.steps_of(StepWork.AGREEMENT)).order_by("-number").first()
    return last.by_id if last is not None and last.choices.get("decision") == AGREED else None


def may_agree(by: Staff, case: Case, run: ProcessRun) -> bool:
    """Whether this person is another one than who led the case and who recorded its outcome."""
    return by.pk not in (case.lead_officer_id, _outcome_by(run))


def waits_for_agreement(running: Running) -> bool:
    """Whether the step that waits is the agreement to close."""
    return running.waiting_for(StepWork.AGREEMENT) is not None


def _against_closing(
    case: Case, running: Running, reason_id: str, needs: Mapping[str, str], *, agrees: bool, at: datetime
) -> Iterator[str]:
    yield from _against_work(case, running, agrees=agrees)
    reason = closure_reason(reason_id, at=at)
    if reason is None:
        yield "Choose one of the closure reasons for cases."
        return
    for need in _lacking(reason, needs):
        yield f"Record “{need_label(need)}” with the outcome: the closure reason asks for it."


def _against_work(case: Case, running: Running, *, agrees: bool) -> Iterator[str]:
    count = case.actions.filter(state=ActionState.OPEN).count()
    if count:
        yield f"{count} {'action is' if count == 1 else 'actions are'} open. Finish or drop each."
    if latest_outcome(running.run) is None:
        yield "No outcome is recorded. Record what came of the work."
    if latest_feedback(running.run) is None:
        yield "The reporter was not told. Tell them what may be told, or withhold it with a reason."
    for link in case.referrals.select_related("referral").exclude(referral__state__in=_DECIDED):
        yield f"The referral {link.referral.reference} waits for its decision in triage."
    if running.waiting and not waits_for_agreement(running):
        steps = ", ".join(f"“{step.name}”" for step in running.waiting)
        yield f"The process waits for {steps}. Finish that first."
    if agreed_by(running) in (None, case.lead_officer_id) and not agrees:
        yield "A supervisor other than the lead officer must agree to close."


def _against_leading(staff: Staff, *, agency_id: UUID) -> Iterator[str]:
    if not staff.is_active:
        yield "The lead officer does not work here any more. Choose somebody else."
    if staff.agency_id != agency_id:
        yield "The lead officer must be of the lead agency."
    if not staff.role_names & {Role.CASE_OFFICER, Role.SUPERVISOR}:
        yield "The lead officer must be a case officer or a supervisor."


def _lacking(reason: ClosureReason, needs: Mapping[str, str]) -> list[str]:
    return [need for need in reason.needs if not needs.get(need, "").strip()]


def _outcome_by(run: ProcessRun) -> UUID | None:
    outcome = latest_outcome(run)
    return outcome.by_id if outcome is not None else None


def _checked(text: str, *, what: str, most: int) -> str:
    plain = text.strip()
    if not plain:
        raise Missing((f"Write {what}.",))
    if len(plain) > most:
        raise Missing((f"Shorten {what}: it may have {most:,} characters.",))
    return plain


can_join = yes_or_no(check_can_join)
