"""How a pack's processes are worked: by which form, clock, instrument and rules each step is done; and the consents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from counterpoint.kernel.clocks import ClockRule


class StepWork(StrEnum):
    """What a step is besides its form, so that the right page does it. Packs name steps as they like; this is what
    the desk goes by."""

    PLAIN = "plain"  # the form is all there is
    INFORMATION = "information"  # partners are asked, and answer
    ASSESSMENT = "assessment"  # by an instrument
    PANEL = "panel"  # prepared for, or decided at, a meeting of agencies
    CONSENT = "consent"
    PLAN = "plan"  # of support
    OUTCOME = "outcome"  # what came of the work is recorded
    FEEDBACK = "feedback"  # the reporter is told, or it is recorded why not
    AGREEMENT = "agreement"  # to close: by another person than who led the case


class LaneRole(StrEnum):
    """The roles at the desk that a lane of a process may be worked by."""

    CALL_HANDLER = "call_handler"
    TRIAGE_OFFICER = "triage_officer"
    CASE_OFFICER = "case_officer"
    PANEL_CHAIR = "panel_chair"
    SUPERVISOR = "supervisor"
    PARTNER = "partner"


@dataclass(frozen=True, kw_only=True)
class LanePlan:
    """Who works the steps of one lane: staff with this role, of the lead agency or, with `agency`, of an agency of
    that kind which the case is shared with."""

    role: LaneRole
    agency: str | None = None


@dataclass(frozen=True, kw_only=True)
class StepPlan:
    """How one step is done, or one message taken: what work it is, ids of the form that is filled in, of the clock
    that runs while it waits, of the instrument and the decision tables that are consulted.

    opened_with: what is recorded, by the question, for a step that triage has done already when it opens a case; empty
    for all others. records: the questions of the form whose answers the process itself looks at; only these are stored
    open, with the run. All else that people write is sealed."""

    work: StepWork = StepWork.PLAIN
    form: str | None = None
    clock: str | None = None
    instrument: str | None = None
    rules: tuple[str, ...] = ()
    opened_with: Mapping[str, str] = field(default_factory=dict)
    records: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProcessPlan:
    """steps: by the id of the user task. messages: by the id of the message. timers: by the id of the event, the clock
    that sets it off. lanes: by the name of the lane. All of them are there for a process that has a plan."""

    steps: Mapping[str, StepPlan] = field(default_factory=dict)
    messages: Mapping[str, StepPlan] = field(default_factory=dict)
    timers: Mapping[str, str] = field(default_factory=dict)
    lanes: Mapping[str, LanePlan] = field(default_factory=dict)


class ConsentGiver(StrEnum):
    """Who may give a consent."""

    SELF = "self"
    PARENT_GUARDIAN = "parent_guardian"


class ConsentAbout(StrEnum):
    """Whose consent it is."""

    REPORTER = "reporter"
    PERSON = "person"
    CLIENT = "client"


@dataclass(frozen=True, kw_only=True)
class ConsentKind:
    """One consent, never one flag for several. Every consent can be withdrawn; there is no key that says otherwise.

    records: what must be written down with it besides who gave it and when (age, capacity, how).
    withdrawal: the message that a process waits for when it is withdrawn; None where no step hangs on it.
    rules: the decision table that says who may give it."""

    id: str
    title: str
    about: ConsentAbout
    explained: str
    givers: tuple[ConsentGiver, ...]
    records: tuple[str, ...]
    withdrawal: str | None
    rules: str | None


@dataclass(frozen=True, kw_only=True)
class PauseReason:
    id: str
    label: str


@dataclass(frozen=True)
class Clocks:
    """clocks.yaml."""

    rules: tuple[ClockRule, ...]
    pause_reasons: tuple[PauseReason, ...]
