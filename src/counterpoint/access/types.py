"""Roles and sections: what a person may be, and what a case may be shared by."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import TextChoices


class Role(TextChoices):
    CALL_HANDLER = "call_handler", "Call handler"
    TRIAGE_OFFICER = "triage_officer", "Triage officer"
    CASE_OFFICER = "case_officer", "Case officer"
    PARTNER = "partner", "Partner agency"
    CONTENT_REVIEWER = "content_reviewer", "Content reviewer"
    ANALYST = "analyst", "Analyst"
    PANEL_CHAIR = "panel_chair", "Panel chair"
    PANEL_MEMBER = "panel_member", "Panel member"
    INTERVENTION_PROVIDER = "intervention_provider", "Intervention provider"
    SUPERVISOR = "supervisor", "Supervisor"
    PROCESS_LEAD = "process_lead", "Process lead"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class Section(TextChoices):
    """The parts of a case that can be shared apart from each other."""

    CONCERN = "concern", "The concern"
    PERSON = "person", "Who the person is"
    REPORTER = "reporter", "Who reported"
    ACTIONS = "actions", "Actions"
    NOTES = "notes", "Internal notes"
    RESTRICTED_NOTES = "restricted_notes", "Restricted notes"
    FILES = "files", "Files"
    SUPPORT = "support", "The support plan"
    ASSESSMENTS = "assessments", "Assessments"
    INFORMATION = "information", "Answers of other agencies, and what they were asked"


class SubjectKind(TextChoices):
    REFERRAL = "referral", "Referral"
    CASE = "case", "Case"
    ADVICE = "advice", "Advice"


class NoticeKind(TextChoices):
    ASSIGNED = "assigned", "Given to you"
    WAITS_FOR_YOU = "waits_for_you", "Waits for you"
    ANSWERED = "answered", "The reporter wrote"
    GLASS_BROKEN = "glass_broken", "The glass was broken"
    GLASS_REVIEWED = "glass_reviewed", "Your reading was reviewed"
    RECUSED = "recused", "Somebody stepped aside"
    SHARED = "shared", "Shared with your agency"
    SHARED_URGENTLY = "shared_urgently", "Shared without an agreement"
    INFORMATION = "information", "Request for information"
    TRANSFER = "transfer", "Transfer of a case"
    REPEAT = "repeat", "Possible repeat"
    OTHER = "other", "Notice"


class AgreementState(TextChoices):
    """A draft comes into force when a second person approves it; what ended, or was withdrawn, stays to be read."""

    DRAFT = "draft", "Waits for approval"
    IN_FORCE = "in_force", "In force"
    ENDED = "ended", "Ended"


@dataclass(frozen=True)
class AgencyView:
    id: UUID
    name: str
    kind: str
    is_lead: bool
    staff_count: int


@dataclass(frozen=True)
class RoleHeld:
    role: Role
    since: datetime


@dataclass(frozen=True)
class StaffView:
    id: UUID
    name: str
    email: str
    agency_id: UUID
    agency: str
    roles: tuple[RoleHeld, ...]
    is_active: bool
    has_second_factor: bool
    has_password: bool
    last_login: datetime | None


@dataclass(frozen=True)
class NoticeView:
    id: UUID
    kind: NoticeKind
    text: str
    link: str
    at: datetime
    is_read: bool


@dataclass(frozen=True)
class GrantView:
    id: UUID
    case_id: UUID
    agency: str
    sections: tuple[Section, ...]
    purpose: str
    legal_basis: str
    granted_by: str
    granted_at: datetime
    until: datetime
    is_active: bool
    revoked_at: datetime | None
    revoked_because: str
    agreement: str  # the reference of the agreement that covers it; "" for an urgent one
    urgent_because: str  # why it could not wait for an agreement; "" for all others
    reviewed_by: str
    reviewed_at: datetime | None
    found_proper: bool | None
    review_note: str

    @property
    def is_urgent(self) -> bool:
        """Whether it was shared without an agreement, for want of time."""
        return bool(self.urgent_because)


@dataclass(frozen=True)
class Term:
    """A purpose or a legal basis of an agreement: what forms name it by, and its words."""

    id: str
    words: str


@dataclass(frozen=True)
class NewAgreement:
    """The terms of a sharing agreement as they are filled in. `reference`: of the signed document. Both days count."""

    reference: str
    sections: tuple[Section, ...]
    purposes: tuple[str, ...]
    legal_bases: tuple[str, ...]
    valid_from: date
    valid_until: date


@dataclass(frozen=True)
class AgreementView:
    """What two agencies agreed to share, for what, on what basis. `runs`: in force, and today is one of its days."""

    id: UUID
    version: int
    lead_agency: str
    partner_id: UUID
    partner: str
    reference: str
    sections: tuple[Section, ...]
    purposes: tuple[Term, ...]
    legal_bases: tuple[Term, ...]
    valid_from: date
    valid_until: date
    state: AgreementState
    runs: bool
    proposed_by_id: UUID
    proposed_by: str
    proposed_at: datetime
    edited_by_id: UUID | None  # who changed the draft last
    edited_by: str
    edited_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    ended_by: str
    ended_at: datetime | None
    ended_because: str


@dataclass(frozen=True)
class UrgentShare:
    """A sharing without an agreement, with the reference of its case: for the supervisors who review it."""

    grant: GrantView
    reference: str


@dataclass(frozen=True)
class BreakGlassView:
    id: UUID
    reader: str
    reader_agency: str
    kind: SubjectKind
    subject_id: UUID
    reference: str
    reason: str
    at: datetime
    until: datetime
    reviewed_by: str
    reviewed_at: datetime | None
    found_proper: bool | None
    review_note: str


@dataclass(frozen=True)
class RecusalView:
    id: UUID
    staff: str
    reason: str
    recorded_by: str
    at: datetime
    lifted_at: datetime | None


@dataclass(frozen=True)
class Invitation:
    """What the person must be given: a path with a one-time secret. It is shown once and kept nowhere."""

    staff_id: UUID
    path: str
    until: datetime
