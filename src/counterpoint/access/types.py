"""Roles and sections: what a person may be, and what a case may be shared by."""

from django.db.models import TextChoices


class Role(TextChoices):
    CALL_HANDLER = "call_handler", "Call handler"
    TRIAGE_OFFICER = "triage_officer", "Triage officer"
    CASE_OFFICER = "case_officer", "Case officer"
    PARTNER = "partner", "Partner agency"
    CONTENT_REVIEWER = "content_reviewer", "Content reviewer"
    SUPERVISOR = "supervisor", "Supervisor"
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
