"""Roles and sections: what a person may be, and what a case may be shared by."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices


class Role(TextChoices):
    CALL_HANDLER = "call_handler", "Call handler"
    TRIAGE_OFFICER = "triage_officer", "Triage officer"
    CASE_OFFICER = "case_officer", "Case officer"
    PARTNER = "partner", "Partner agency"
    CONTENT_REVIEWER = "content_reviewer", "Content reviewer"
    ANALYST = "analyst", "Analyst"
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
    REPEAT = "repeat", "Possible repeat"
    OTHER = "other", "Notice"


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
