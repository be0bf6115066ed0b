"""Agencies, staff, and who may or may not see which record."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from counterpoint.access.types import AgreementState, Role, SubjectKind
from counterpoint.audit.types import Actor, ActorKind
from counterpoint.base import clock, ids
from counterpoint.base.models import Record, Versioned
from counterpoint.base.retention import End, Retention


class Agency(Record):
    """A council, force, school service, health body or charity that works concerns."""

    retention = Retention(rule="agency", end=End.KEEP, why="an organisation, no personal data")

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=32)  # the glossary's source_sector
    is_lead = models.BooleanField(default=False)  # runs triage and cases; the others see what they are granted


class StaffManager(BaseUserManager["Staff"]):
    def get_by_natural_key(self, username: str | None) -> "Staff":
        return self.get(email__iexact=username)


class Staff(AbstractBaseUser):
    """A person who logs in at the desk. Roles are rows, so that who gave which and when can be told."""

    retention = Retention(
        rule="staff",
        end=End.BLANK,
        why="names stay as long as the records they signed",
        keep_for=timedelta(days=6 * 365),
        counted_from="left_at",
        blanks=("email", "name"),
    )

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="staff")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now)
    left_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = StaffManager()

    @property
    def actor(self) -> Actor:
        """This person, as audit entries name them."""
        return Actor(ActorKind.STAFF, str(self.id))

    @property
    def role_names(self) -> frozenset[Role]:
        """The roles held now. One query, then kept on the instance."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(Role(row.role) for row in self.roles.all() if row.ended_at is None)
        return self._roles


class StaffRole(Record):
    retention = Retention(rule="staff_role", end=End.DELETE, why="goes with the person", follows="staff")

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=32, choices=Role)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "role"], condition=models.Q(ended_at__isnull=True), name="staff_role_held_once"
            )
        ]


class Absence(Record):
    """Days on which somebody is away, and who stands in for them: for their tasks, never for what only they may see."""

    retention = Retention(
        rule="absence",
        end=End.DELETE,
        why="who stood in for whom",
        keep_for=timedelta(days=6 * 365),
        counted_from="until",
    )

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="absences")
    cover = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until = models.DateField()  # the last day
    set_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)  # came back early, or it was a mistake

    class Meta:
        indexes = [models.Index(fields=["cover", "until"], name="absence_by_cover")]
        constraints = [
            models.CheckConstraint(name="absence_has_its_days", condition=models.Q(from_on__lte=models.F("until"))),
            models.CheckConstraint(name="absence_covered_by_another", condition=~models.Q(staff=models.F("cover"))),
        ]


class SharingAgreement(Record, Versioned):
    """What a lead agency and a partner signed: which parts of cases may be shared, for which purposes, on which legal
    bases, in which time. A draft may be changed; once approved it is never edited: another one takes its place."""

    retention = Retention(rule="sharing_agreement", end=End.KEEP, why="terms between organisations, no personal data")

    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=120)  # of the signed document
    sections = models.JSONField()  # list of Section values
    purposes = models.JSONField()  # list of {"id": …, "words": …}
    legal_bases = models.JSONField()  # as purposes
    valid_from = models.DateField()
    valid_until = models.DateField()  # its last day
    state = models.CharField(max_length=8, choices=AgreementState, default=AgreementState.DRAFT)
    proposed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    edited_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")  # who did so last
    edited_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["lead_agency", "partner", "state"], name="agreement_by_parties")]
        constraints = [
            models.CheckConstraint(name="agreement_between_two", condition=~models.Q(lead_agency=models.F("partner"))),
            models.CheckConstraint(
                name="agreement_has_its_days", condition=models.Q(valid_from__lte=models.F("valid_until"))
            ),
            models.CheckConstraint(
                name="agreement_approved_by_a_second",
                condition=(
                    models.Q(approved_by__isnull=True, approved_at__isnull=True)
                    | (
                        models.Q(approved_by__isnull=False, approved_at__isnull=False)
                        & ~models.Q(approved_by=models.F("proposed_by"))
                    )
                ),
            ),
            models.CheckConstraint(
                name="agreement_not_approved_by_its_editor",
                condition=models.Q(approved_by__isnull=True)
                | models.Q(edited_by__isnull=True)
                | ~models.Q(approved_by=models.F("edited_by")),
            ),
            models.CheckConstraint(
                name="agreement_edited_at_a_moment",
                condition=models.Q(edited_by__isnull=True, edited_at__isnull=True)
                | models.Q(edited_by__isnull=False, edited_at__isnull=False),
            ),
            models.CheckConstraint(
                name="agreement_state_is_told",
                condition=models.Q(state="draft", approved_at__isnull=True, ended_at__isnull=True)
                | models.Q(state="in_force", approved_at__isnull=False, ended_at__isnull=True)
                | (
                    models.Q(state="ended", ended_by__isnull=False, ended_at__isnull=False)
                    & ~models.Q(ended_because="")
                ),
            ),
        ]


class SharingGrant(Record):
    """A case, or sections of it, shown to another agency: for a purpose, on a legal basis, until a day. An agreement
    covers it; or it could not wait for one, and a supervisor reviews it afterwards."""

    retention = Retention(rule="sharing_grant", end=End.DELETE, why="evidence of disclosure", follows="case")

    case_id = models.UUIDField(db_index=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    sections = models.JSONField()  # list of Section values
    purpose = models.CharField(max_length=300)
    legal_basis = models.CharField(max_length=200)
    until = models.DateTimeField()
    granted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=300, blank=True)
    # neither of the two: shared before there were agreements here
    agreement = models.ForeignKey(SharingAgreement, on_delete=models.PROTECT, null=True, related_name="grants")
    urgent_because = models.CharField(max_length=500, blank=True)
    reviewed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    found_proper = models.BooleanField(null=True)
    review_note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["agency", "case_id"], name="grant_by_agency"),
            models.Index(
                fields=["created_at"],
                name="grant_urgent_to_review",
                condition=models.Q(reviewed_at__isnull=True) & ~models.Q(urgent_because=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="grant_agreed_or_urgent", condition=models.Q(agreement__isnull=True) | models.Q(urgent_because="")
            ),
            models.CheckConstraint(
                name="grant_review_is_whole",
                condition=models.Q(reviewed_by__isnull=True, reviewed_at__isnull=True, found_proper__isnull=True)
                | (
                    models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False, found_proper__isnull=False)
                    & ~models.Q(urgent_because="")
                    & ~models.Q(reviewed_by=models.F("granted_by"))
                ),
            ),
        ]


class Recusal(Record):
    """Somebody who has a conflict of interest and must not see this record, whatever their role."""

    retention = Retention(rule="recusal", end=End.DELETE, why="goes with the record it protects", follows="subject")

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="recusals")
    subject_kind = models.CharField(max_length=16, choices=SubjectKind)
    subject_id = models.UUIDField()
    reason = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "subject_kind", "subject_id"],
                condition=models.Q(lifted_at__isnull=True),
                name="recused_once",
            )
        ]


class BreakGlass(Record):
    """A read of a record that the reader had no relation to, with the reason; a supervisor is told and answers."""

    retention = Retention(rule="break_glass", end=End.DELETE, why="evidence of access", follows="subject")

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=16, choices=SubjectKind)
    subject_id = models.UUIDField(db_index=True)
    reason = models.CharField(max_length=500)
    until = models.DateTimeField()
    reviewed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    found_proper = models.BooleanField(null=True)
    review_note = models.CharField(max_length=500, blank=True)


class Notice(Record):
    """Something that a member of staff is told at the desk. Names a record by reference, never a person."""

    retention = Retention(
        rule="notice", end=End.DELETE, why="a pointer", keep_for=timedelta(days=365), counted_from="created_at"
    )

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    link = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["staff", "read_at", "-created_at"], name="notice_unread")]


class AttemptCount(models.Model):
    """How often somebody tried to log in to an account lately, by a hash of the account; and second-factor codes just
    used. The table of Django's database cache, so that all web processes count together. Holds no address."""

    retention = Retention(
        rule="attempt_count",
        end=End.DELETE,
        why="counts of minutes",
        keep_for=timedelta(minutes=10),
        counted_from="expires",
    )

    cache_key = models.CharField(primary_key=True, max_length=255)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_attempt_count"
