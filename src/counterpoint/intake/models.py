"""What arrived, kept as it came; and what we made of it, with the version of the rules that made it.

Content is sealed: `sealed_…` fields open with the record key named beside them (`counterpoint.base.keyring`),
place "<model>.<field>:<row id>". Referrer and concern lie under different keys, so that one can be told or erased
without the other.
"""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from counterpoint.access.models import Agency, Staff
from counterpoint.base.models import Record, Versioned
from counterpoint.base.retention import End, Retention
from counterpoint.intake.types import (
    WAITING_STATES,
    ArrivalState,
    CallBackEnding,
    ChannelName,
    Kind,
    MessageKind,
    PublicStatus,
    ReferralState,
    ScanState,
    Urgency,
)

_SIX_YEARS = timedelta(days=6 * 365)


class Draft(Record):
    """A form being filled in. Sealed under a key that only the person's browser holds: we cannot read it."""

    retention = Retention(
        rule="draft", end=End.DELETE, why="never sent", keep_for=timedelta(hours=24), counted_from="updated_at"
    )

    lookup = models.CharField(max_length=64, unique=True)  # keyed hash of the browser's secret
    question_set = models.CharField(max_length=64)
    sealed_answers = models.BinaryField(default=b"")
    updated_at = models.DateTimeField(db_index=True)
    version = models.PositiveIntegerField(default=1)
    had_files = models.BooleanField(default=False)  # without, nobody need look for any


class DraftFile(Record):
    """An uploaded file of a form not yet sent, sealed under the browser's key, in quarantine."""

    retention = Retention(rule="draft_file", end=End.DELETE, why="never sent", follows="draft")

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    question = models.CharField(max_length=64)
    sealed_name = models.BinaryField()
    media_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    stored_as = models.CharField(max_length=100)  # an opaque name in the quarantine folder


class Arrival(Record):
    """What came in by one door, verbatim and sealed. Never edited."""

    retention = Retention(
        rule="arrival",
        end=End.SHRED,
        why="goes with what was made of it",
        keep_for=_SIX_YEARS,
        counted_from="received_at",
    )

    reference = models.CharField(max_length=24, unique=True)
    channel = models.CharField(max_length=16, choices=ChannelName)
    kind = models.CharField(max_length=16, choices=Kind)
    language = models.CharField(max_length=8)
    received_at = models.DateTimeField(db_index=True)
    question_set = models.CharField(max_length=64)
    question_set_hash = models.CharField(max_length=64)  # RulesFile.sha256
    pack_hash = models.CharField(max_length=64)
    submission_key = models.CharField(max_length=64, unique=True)  # the same form sent twice makes one arrival
    key_id = models.UUIDField()
    sealed_raw = models.BinaryField()
    raw_mac = models.CharField(max_length=64)  # HMAC-SHA256 of the raw form under the deployment's key
    state = models.CharField(max_length=16, choices=ArrivalState, default=ArrivalState.RECEIVED)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], name="arrival_unshaped", condition=Q(state=ArrivalState.RECEIVED)),
            models.Index(fields=["received_at", "id"], name="arrival_to_call_back", condition=Q(state="problem")),
        ]


class CallBackOutcome(Record):
    """Who closed the call back of an arrival, and why. Taken up again, the row stays as what was thought then."""

    retention = Retention(rule="call_back_outcome", end=End.SHRED, why="goes with its arrival", follows="arrival")

    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="call_back_outcomes")
    ending = models.CharField(max_length=16, choices=CallBackEnding)
    sealed_note = models.BinaryField(default=b"")  # under the arrival's key; none for what went into the inbox
    sent_again_as = models.ForeignKey(Arrival, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_up_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    taken_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["at", "id"],
                name="call_back_set_aside",
                condition=Q(taken_up_at__isnull=True) & ~Q(ending="in_inbox"),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["arrival"], name="call_back_closed_once", condition=Q(taken_up_at__isnull=True)
            ),
            models.CheckConstraint(
                name="call_back_names_what_was_sent_again",
                condition=Q(ending="sent_again", sent_again_as__isnull=False)
                | (~Q(ending="sent_again") & Q(sent_again_as__isnull=True)),
            ),
            models.CheckConstraint(
                name="call_back_taken_up_by_somebody",
                condition=Q(taken_up_by__isnull=True, taken_up_at__isnull=True)
                | (Q(taken_up_by__isnull=False, taken_up_at__isnull=False) & ~Q(ending="in_inbox")),
            ),
        ]


class StoredFile(Record):
    """A file that came with an arrival or a message: the sealed original, and beside it a working copy without
    metadata. What the person called it is sealed too."""

    retention = Retention(rule="stored_file", end=End.SHRED, why="goes with its arrival", follows="arrival")

    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="files")
    question = models.CharField(max_length=64, blank=True)  # empty: came with a message
    key_id = models.UUIDField()
    sealed_name = models.BinaryField()
    media_type = models.CharField(max_length=100)  # found by looking inside, not as claimed
    size_bytes = models.PositiveBigIntegerField()
    original_stored_as = models.CharField(max_length=100)
    working_copy_stored_as = models.CharField(max_length=100, blank=True)
    removed_metadata = models.JSONField(default=list)  # kinds only, for example ["EXIF", "GPS"]
    scan_state = models.CharField(max_length=16, choices=ScanState, default=ScanState.WAITING)
    scanned_at = models.DateTimeField(null=True)


class Mailbox(Record):
    """Where the reporter comes back to. Opened by the receipt, of which only a slow hash is kept."""

    retention = Retention(rule="mailbox", end=End.SHRED, why="goes with its arrival", follows="arrival")

    arrival = models.OneToOneField(Arrival, on_delete=models.PROTECT, related_name="mailbox")
    receipt_hash = models.BinaryField(unique=True)
    receipt_saved_at = models.DateTimeField(null=True)
    key_id = models.UUIDField()
    status = models.CharField(max_length=32, choices=PublicStatus, default=PublicStatus.RECEIVED)
    status_at = models.DateTimeField()
    last_opened_at = models.DateTimeField(null=True)


class MailboxMessage(Record):
    """One message between the team and the reporter."""

    retention = Retention(rule="mailbox_message", end=End.SHRED, why="goes with its mailbox", follows="mailbox")

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=16, choices=MessageKind)
    sealed_text = models.BinaryField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")  # null: the reporter
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # The same reply sent twice is one. Null for what the team writes: empty texts would clash under `unique`.
    submission_key = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - see above
    files = models.ManyToManyField(StoredFile, related_name="messages")

    class Meta:
        indexes = [models.Index(fields=["mailbox", "at"], name="message_by_mailbox")]
        constraints = [
            models.CheckConstraint(
                name="message_answer_is_the_reporters",
                condition=Q(kind=MessageKind.ANSWER, by__isnull=True)
                | (~Q(kind=MessageKind.ANSWER) & Q(by__isnull=False)),
            )
        ]


class Referral(Record, Versioned):
    """A request for assessment, of a concern about a person or of online material."""

    retention = Retention(
        rule="referral",
        end=End.SHRED,
        why="public task; case records six years",
        keep_for=_SIX_YEARS,
        counted_from="closed_at",
    )

    arrival = models.OneToOneField(Arrival, on_delete=models.PROTECT, related_name="referral")
    reference = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=16, choices=Kind)
    audience = models.CharField(max_length=16)  # public | professional
    route = models.CharField(max_length=16, choices=ChannelName)  # the glossary's route: by which door
    source_sector = models.CharField(max_length=32, default="other")
    language = models.CharField(max_length=8)
    received_at = models.DateTimeField()
    key_id = models.UUIDField()  # concern, person, material
    sealed_answers = models.BinaryField()  # JSON Answers about concern, person and material
    reporter_key_id = models.UUIDField()
    sealed_reporter = models.BinaryField()  # JSON Answers about the reporter
    state = models.CharField(max_length=24, choices=ReferralState, default=ReferralState.NEW)
    urgency = models.CharField(max_length=16, choices=Urgency, default=Urgency.ROUTINE)  # as proposed, then as decided
    is_emergency = models.BooleanField(default=False)
    possible_repeat = models.BooleanField(default=False)
    assigned_to = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    # nobody asks for an agency's whole past: an index of it would only tempt the planner away from the clock
    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    concern_category = models.CharField(max_length=64, blank=True)
    category_scheme = models.CharField(max_length=32, blank=True)
    closed_at = models.DateTimeField(null=True)
    closure_reason = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            # the inbox: oldest clock first, whatever else is asked for
            models.Index(
                fields=["due_at", "id"], name="referral_waiting_by_clock", condition=Q(state__in=WAITING_STATES)
            ),
            models.Index(fields=["due_at", "id"], name="referral_open_by_clock", condition=~Q(state="closed")),
            models.Index(
                fields=["due_at", "id"],
                name="referral_emergency_by_clock",
                condition=Q(is_emergency=True) & ~Q(state="closed"),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="referral_repeat_by_clock",
                condition=Q(possible_repeat=True) & ~Q(state="closed"),
            ),
            models.Index(fields=["state", "due_at", "id"], name="referral_by_state"),
            models.Index(
                fields=["assigned_to", "due_at", "id"], name="referral_by_assignee", condition=~Q(state="closed")
            ),
            models.Index(fields=["received_at", "id"], name="referral_by_arrival"),
        ]
        constraints = [
            models.CheckConstraint(
                name="referral_closed_with_reason",
                condition=(Q(state="closed") & Q(closed_at__isnull=False) & ~Q(closure_reason=""))
                | (~Q(state="closed") & Q(closed_at__isnull=True)),
            )
        ]


class AdviceContact(Record, Versioned):
    """Guidance asked for or given, without a referral. May later become one, if the enquirer wishes."""

    retention = Retention(
        rule="advice_contact",
        end=End.SHRED,
        why="no referral was made",
        keep_for=timedelta(days=365),
        counted_from="received_at",
    )

    arrival = models.OneToOneField(
        Arrival, on_delete=models.PROTECT, null=True, related_name="advice"
    )  # null: by phone
    reference = models.CharField(max_length=24, unique=True)
    route = models.CharField(max_length=16, choices=ChannelName)
    received_at = models.DateTimeField(db_index=True)
    key_id = models.UUIDField()
    sealed_question = models.BinaryField()  # JSON Answers, or {"text": …} as a call handler wrote it down
    sealed_advice = models.BinaryField(default=b"")
    given_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField(null=True)
    became_referral = models.ForeignKey(Referral, on_delete=models.PROTECT, null=True, related_name="+")


class PersonKey(Record):
    """A blind index of one feature of the person of concern: a keyed hash, useless without the deployment key.
    Proposes repeats; never shown, never exported."""

    retention = Retention(rule="person_key", end=End.DELETE, why="index of the referral", follows="referral")

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="person_keys")
    feature = models.CharField(max_length=24)  # a combination of counterpoint.intake.likeness
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["feature", "digest", "referral"], name="person_key_by_digest")]
        constraints = [models.UniqueConstraint(fields=["referral", "feature", "digest"], name="person_key_once")]


class RepeatProposal(Record):
    """Two referrals that may be about the same person, with the reasons; a person decides, nothing is merged."""

    retention = Retention(
        rule="repeat_proposal", end=End.DELETE, why="goes with the later referral", follows="referral"
    )

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="repeat_proposals")
    earlier = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="+")
    features = models.JSONField()  # which features agree, in words fit for the page, for example ["surname", "born_on"]
    decision = models.CharField(max_length=16, blank=True)  # same_person | different | unsure
    decided_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    sealed_reason = models.BinaryField(default=b"")  # under the later referral's key

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "earlier"], name="repeat_proposed_once")]
