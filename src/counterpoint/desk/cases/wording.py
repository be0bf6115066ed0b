"""What a timeline says of each kind of event, beside what was sealed with it; and how answers are known."""

from collections.abc import Callable, Mapping
from datetime import date

from counterpoint.access.types import Section
from counterpoint.cases.policies import closure_reasons
from counterpoint.cases.types import ActionOutcome, EventKind, Impact, NoteVisibility
from counterpoint.cases.views import EventView
from counterpoint.rules.selectors import pack_in_force
from counterpoint.support.types import ConsentResult, InterventionKind, InterventionState

HOW_KNOWN = {
    "first_hand": "Seen or heard by the reporter",
    "reported": "Told to the reporter by somebody else",
    "inferred": "The reporter's own conclusion",
}
# What the timeline may be narrowed to: its word in the address, its words on the page, and the kinds it stands for.
SHOWN: Mapping[str, tuple[str, frozenset[EventKind]]] = {
    "steps": (
        "Steps",
        frozenset(
            {
                EventKind.OPENED,
                EventKind.STEP_DONE,
                EventKind.TASK_GIVEN,
                EventKind.NEWS,
                EventKind.TIME_CAME,
                EventKind.STAGE_REOPENED,
                EventKind.OTHER_PROCESS,
                EventKind.MIGRATED,
                EventKind.CLOSED,
                EventKind.REOPENED,
            }
        ),
    ),
    "clocks": (
        "Clocks",
        frozenset({EventKind.CLOCK_PAUSED, EventKind.CLOCK_RESUMED, EventKind.CLOCK_EXTENDED, EventKind.RAN_OUT}),
    ),
    "actions": (
        "Actions",
        frozenset({EventKind.ACTION_ADDED, EventKind.ACTION_CHANGED, EventKind.ACTION_DONE, EventKind.ACTION_DROPPED}),
    ),
    "notes": (
        "Notes and messages",
        frozenset({EventKind.NOTE_ADDED, EventKind.QUESTION_SENT, EventKind.UPDATE_SENT}),
    ),
    "people": (
        "People and sharing",
        frozenset(
            {
                EventKind.MEMBER_ADDED,
                EventKind.MEMBER_REMOVED,
                EventKind.HANDED_OVER,
                EventKind.SHARED,
                EventKind.SHARED_URGENTLY,
                EventKind.SHARING_REVIEWED,
                EventKind.SHARING_ENDED,
                EventKind.INFORMATION_ASKED,
                EventKind.INFORMATION_ANSWERED,
                EventKind.INFORMATION_DECLINED,
                EventKind.INFORMATION_WITHDRAWN,
                EventKind.TRANSFER_OFFERED,
                EventKind.TRANSFER_ACCEPTED,
                EventKind.TRANSFER_REJECTED,
                EventKind.TRANSFER_REVOKED,
                EventKind.REFERRAL_JOINED,
            }
        ),
    ),
    "support": (
        "Consents and support",
        frozenset(
            {
                EventKind.CONSENT_RECORDED,
                EventKind.CONSENT_WITHDRAWN,
                EventKind.ASSESSMENT_FINISHED,
                EventKind.PLAN_MADE,
                EventKind.INTERVENTION_ADDED,
                EventKind.INTERVENTION_CHANGED,
                EventKind.INTERVENTION_MOVED,
                EventKind.OFFER_ANSWERED,
                EventKind.SERVICE_ANSWERED,
                EventKind.SESSION_LOGGED,
                EventKind.SUPPORT_REVIEWED,
            }
        ),
    ),
    "outcome": (
        "Outcome",
        frozenset(
            {
                EventKind.OUTCOME_RECORDED,
                EventKind.FEEDBACK_SENT,
                EventKind.FEEDBACK_WITHHELD,
                EventKind.CATEGORY_ASSESSED,
                EventKind.CLOSED,
                EventKind.REOPENED,
            }
        ),
    ),
}
Facts = Mapping[str, str]


def day_words(written: str) -> str:
    """A day of the facts (ISO) as people read it; as it stands when it is none."""
    try:
        day = date.fromisoformat(written[:10])
    except ValueError:
        return written
    return f"{day.day} {day:%B %Y}"


def event_words(event: EventView) -> str:
    """The plain facts of an event as a phrase, "" where the kind says it all."""
    words = _WORDS.get(event.kind)
    return words(event.facts, event) if words else ""


def _action(facts: Facts, _event: EventView) -> str:
    owner = facts.get("owner") or facts.get("owner_agency", "")
    outcome = facts.get("outcome", "")
    told = f"{ActionOutcome(outcome).label}. " if outcome in ActionOutcome.values else ""
    was, is_due = facts.get("was_due_on", ""), facts.get("due_on", "")
    moved = f" (was {day_words(was)})" if was and was != is_due else ""
    return f"{told}Owner {owner}, due {day_words(is_due)}{moved}"


def _step(facts: Facts, _event: EventView) -> str:
    return facts.get("step_name") or "What the reporter was told still holds"


def _given(facts: Facts, _event: EventView) -> str:
    return f"{facts.get('step_name', '')}: {facts.get('staff') or facts.get('agency', '')}"


def _clock(facts: Facts, _event: EventView) -> str:
    reasons = pack_in_force().pause_reasons
    reason = facts.get("reason", "")
    why = f": {reasons[reason].label}" if reason in reasons else ""
    return f"{facts.get('step_name', '')}{why}"


def _shared(facts: Facts, _event: EventView) -> str:
    labels = [Section(name).label for name in facts.get("sections", "").split() if name in Section.values]
    return f"{facts.get('agency', '')}: {', '.join(labels).lower()}, until {day_words(facts.get('until', ''))}"


def _request(facts: Facts, _event: EventView) -> str:
    return ", ".join(each for each in (facts.get("agency", ""), facts.get("reference", "")) if each)


def _asked(facts: Facts, event: EventView) -> str:
    return f"{_request(facts, event)}, by {day_words(facts.get('due', ''))}"


def _reason(facts: Facts, event: EventView) -> str:
    labels = {reason.id: reason.label for reason in closure_reasons(at=event.at)}
    return labels.get(facts.get("reason", ""), facts.get("reason", ""))


def _outcome(facts: Facts, event: EventView) -> str:
    impact = facts.get("impact", "")
    label = Impact(impact).label if impact in Impact.values else impact
    return f"{label}. Proposed reason for closing: {_reason(facts, event)}"


def _category(facts: Facts, _event: EventView) -> str:
    wanted = facts.get("scheme"), facts.get("category")
    schemes = pack_in_force().category_schemes
    labels = {(scheme.id, one.id): one.label for scheme in schemes for one in scheme.categories}
    return labels.get((wanted[0] or "", wanted[1] or ""), wanted[1] or "")


def _consent(facts: Facts, _event: EventView) -> str:
    consents, result = pack_in_force().consents, facts.get("result", "")
    kind = facts.get("consent", "")
    label = ConsentResult(result).label if result in ConsentResult.values else result
    return f"{consents[kind].title if kind in consents else kind}: {label.lower()}"


def _assessment(facts: Facts, _event: EventView) -> str:
    instruments, instrument = pack_in_force().instruments, facts.get("instrument", "")
    return instruments[instrument].title if instrument in instruments else instrument


def _intervention(facts: Facts, _event: EventView) -> str:
    kind, state = facts.get("kind", ""), facts.get("state", "")
    told = InterventionKind(kind).label if kind in InterventionKind.values else kind
    return f"{told}: {InterventionState(state).label.lower()}" if state in InterventionState.values else told


_WORDS: Mapping[EventKind, Callable[[Facts, EventView], str]] = {
    EventKind.OPENED: lambda facts, _event: f"Led by {facts.get('lead', '')}",
    EventKind.STEP_DONE: _step,
    EventKind.ACTION_ADDED: _action,
    EventKind.ACTION_CHANGED: _action,
    EventKind.ACTION_DONE: _action,
    EventKind.ACTION_DROPPED: _action,
    EventKind.NOTE_ADDED: lambda facts, _event: NoteVisibility(facts["visibility"]).label,
    EventKind.OUTCOME_RECORDED: _outcome,
    EventKind.CATEGORY_ASSESSED: _category,
    EventKind.MEMBER_ADDED: lambda facts, _event: facts.get("staff", ""),
    EventKind.MEMBER_REMOVED: lambda facts, _event: facts.get("staff", ""),
    EventKind.HANDED_OVER: lambda facts, _event: f"From {facts.get('from', '')} to {facts.get('to', '')}",
    EventKind.REFERRAL_JOINED: lambda facts, _event: facts.get("reference", ""),
    EventKind.SHARED: _shared,
    EventKind.SHARED_URGENTLY: _shared,
    EventKind.SHARING_REVIEWED: lambda facts, _event: facts.get("agency", ""),
    EventKind.INFORMATION_ASKED: _asked,
    EventKind.INFORMATION_ANSWERED: _request,
    EventKind.INFORMATION_DECLINED: _request,
    EventKind.INFORMATION_WITHDRAWN: _request,
    EventKind.TRANSFER_OFFERED: _request,
    EventKind.TRANSFER_ACCEPTED: _request,
    EventKind.TRANSFER_REJECTED: _request,
    EventKind.TRANSFER_REVOKED: _request,
    EventKind.SHARING_ENDED: lambda facts, _event: facts.get("agency", ""),
    EventKind.TASK_GIVEN: _given,
    EventKind.CLOCK_PAUSED: _clock,
    EventKind.CLOCK_RESUMED: _clock,
    EventKind.CLOCK_EXTENDED: lambda facts, _event: f"{facts.get('step_name', '')}: {facts.get('by', '')} longer",
    EventKind.RAN_OUT: lambda facts, _event: f"{facts.get('step_name', '')}: {facts.get('role', '').lower()} was told",
    EventKind.TIME_CAME: _step,
    EventKind.NEWS: _step,
    EventKind.STAGE_REOPENED: _step,
    EventKind.OTHER_PROCESS: _step,
    EventKind.CONSENT_RECORDED: _consent,
    EventKind.CONSENT_WITHDRAWN: _consent,
    EventKind.ASSESSMENT_BEGUN: _assessment,
    EventKind.ASSESSMENT_CHANGED: _assessment,
    EventKind.ASSESSMENT_FINISHED: _assessment,
    EventKind.ASSESSMENT_DROPPED: _assessment,
    EventKind.INTERVENTION_ADDED: _intervention,
    EventKind.INTERVENTION_CHANGED: _intervention,
    EventKind.INTERVENTION_MOVED: _intervention,
    EventKind.OFFER_ANSWERED: _intervention,
    EventKind.SERVICE_ANSWERED: _intervention,
    EventKind.SESSION_LOGGED: _intervention,
    EventKind.SUPPORT_REVIEWED: lambda facts, _event: Impact(facts["impact"]).label,
    EventKind.CLOSED: _reason,
}
