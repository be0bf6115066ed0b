"""What the table said, what people decided, who read a second time, and to whom an emergency was handed.

Sealed fields lie under the key of the referral or advice contact that they are about.
"""

from django.db import models
from django.db.models import F, Q

from counterpoint.access.models import Staff
from counterpoint.base.models import Record
from counterpoint.base.retention import End, Retention
from counterpoint.intake.models import AdviceContact, Referral
from counterpoint.intake.types import Urgency
from counterpoint.rules.models import RuleDraft
from counterpoint.triage.types import CLOSING, BacktestState, DecisionState, HandedTo, ReplayedTable, Route

_CLOSING = sorted(CLOSING)
_ABOUT_ONE = Q(referral__isnull=False, advice__isnull=True) | Q(referral__isnull=True, advice__isnull=False)


class Verdict(Record):
    """What one version of the decision table says about one referral or advice contact. Proposes, decides nothing."""

    retention = Retention(rule="verdict", end=End.SHRED, why="goes with what it is about", follows="referral")

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, null=True, related_name="verdicts")
    advice = models.ForeignKey(AdviceContact, on_delete=models.PROTECT, null=True, related_name="verdicts")
    table_hash = models.CharField(max_length=64)  # RulesFile.sha256
    sealed_facts = models.BinaryField()
    fired = models.JSONField()  # list of {row, rule_id, route, urgency, reason}: words of the pack, none of people
    route = models.CharField(max_length=16, choices=Route)
    urgency = models.CharField(max_length=16, choices=Urgency)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="verdict_about_one", condition=_ABOUT_ONE),
            models.UniqueConstraint(
                fields=["referral", "table_hash"],
                condition=Q(referral__isnull=False),
                name="verdict_once_per_referral_and_table",
            ),
            models.UniqueConstraint(
                fields=["advice", "table_hash"],
                condition=Q(advice__isnull=False),
                name="verdict_once_per_advice_and_table",
            ),
        ]


class Decision(Record):
    """What a person decided. Never edited; a later one supersedes it."""

    retention = Retention(rule="decision", end=End.SHRED, why="goes with its referral", follows="referral")

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="decisions")
    route = models.CharField(max_length=16, choices=Route)
    urgency = models.CharField(max_length=16, choices=Urgency)
    confirmed = models.BooleanField()
    sealed_reason = models.BinaryField(default=b"")
    concern_category = models.CharField(max_length=64, blank=True)
    category_scheme = models.CharField(max_length=32, blank=True)
    closure_reason = models.CharField(max_length=64, blank=True)
    closure_scheme = models.CharField(max_length=32, blank=True)
    sealed_particulars = models.BinaryField(
        default=b""
    )  # JSON: what the closure reason needs, for example signposted_to
    sealed_feedback = models.BinaryField(default=b"")  # what the reporter is told
    sealed_withheld_reason = models.BinaryField(default=b"")  # or why the reporter is told nothing
    state = models.CharField(max_length=24, choices=DecisionState)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    referral_version = models.PositiveIntegerField()  # the version that was looked at

    class Meta:
        indexes = [models.Index(fields=["referral", "at"], name="decision_by_referral")]
        constraints = [
            models.UniqueConstraint(fields=["referral", "referral_version"], name="decision_once_per_version"),
            models.UniqueConstraint(
                fields=["referral"], condition=Q(state=DecisionState.IN_FORCE), name="decision_one_in_force"
            ),
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(state=DecisionState.AWAITING_SECOND_READER),
                name="decision_one_awaiting_second_reader",
            ),
            models.CheckConstraint(
                name="decision_overridden_with_reason", condition=Q(confirmed=True) | ~Q(sealed_reason=b"")
            ),
            models.CheckConstraint(
                name="decision_closing_says_why",
                condition=(Q(route__in=_CLOSING) & ~Q(closure_reason=""))
                | (~Q(route__in=_CLOSING) & Q(closure_reason="")),
            ),
            models.CheckConstraint(
                name="decision_closing_told_or_withheld",
                condition=~Q(route__in=_CLOSING)
                | (~Q(sealed_feedback=b"") & Q(sealed_withheld_reason=b""))
                | (Q(sealed_feedback=b"") & ~Q(sealed_withheld_reason=b"")),
            ),
        ]


class SecondReaderVerdict(Record):
    """What the second-reader table said of one decision as it was taken. `by_law`: the house would have asked for a
    second reader without it."""

    retention = Retention(rule="second_reader_verdict", end=End.SHRED, why="goes with its decision", follows="decision")

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="reader_verdict")
    table_hash = models.CharField(max_length=64)  # RulesFile.sha256
    sealed_facts = models.BinaryField()
    fired = models.JSONField()  # list of {row, rule_id, needed, reason}: words of the pack, none of people
    needed = models.BooleanField()  # what the first that fired says
    by_law = models.BooleanField()
    at = models.DateTimeField()


class SecondReading(Record):
    """Another person reads what the first decided, and agrees or sends it back."""

    retention = Retention(rule="second_reading", end=End.SHRED, why="goes with its decision", follows="decision")

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="second_reading")
    first_reader = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    asked_of = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)
    sealed_reason = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="second_reading_by_another",
                condition=(Q(by__isnull=True) | ~Q(by=F("first_reader")))
                & (Q(asked_of__isnull=True) | ~Q(asked_of=F("first_reader"))),
            ),
            models.CheckConstraint(
                name="second_reading_whole_or_open",
                condition=Q(by__isnull=True, at__isnull=True, agreed__isnull=True)
                | Q(by__isnull=False, at__isnull=False, agreed__isnull=False),
            ),
        ]


class EmergencyHandover(Record):
    """To whom an emergency was handed, or why it was none. May be recorded before anything is decided."""

    retention = Retention(
        rule="emergency_handover", end=End.SHRED, why="goes with what it is about", follows="referral"
    )

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, null=True, related_name="handovers")
    advice = models.ForeignKey(AdviceContact, on_delete=models.PROTECT, null=True, related_name="handovers")
    needed = models.BooleanField(default=True)
    handed_to = models.CharField(max_length=32, choices=HandedTo, blank=True)
    sealed_note = models.BinaryField()  # JSON {"note": …, "their_reference": …}
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="handover_about_one", condition=_ABOUT_ONE),
            models.CheckConstraint(
                name="handover_names_who",
                condition=(Q(needed=True) & ~Q(handed_to="")) | Q(needed=False, handed_to=""),
            ),
        ]


class ShadowVerdict(Record):
    """What a draft's table would have said of a new referral, beside what the table in force said. Shown to those who
    answer for the rules, never at the referral; nothing follows from it."""

    retention = Retention(
        rule="shadow_verdict", end=End.DELETE, why="a comparison; goes with its referral", follows="referral"
    )

    draft = models.ForeignKey(RuleDraft, on_delete=models.PROTECT, related_name="+")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="+")
    table_hash = models.CharField(max_length=64)
    route = models.CharField(max_length=16, choices=Route)
    urgency = models.CharField(max_length=16, choices=Urgency)
    fired = models.JSONField()  # rule ids
    live_route = models.CharField(max_length=16, choices=Route)
    live_urgency = models.CharField(max_length=16, choices=Urgency)
    live_fired = models.JSONField()  # rule ids
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "table_hash", "referral"], name="shadow_verdict_once")]


class Backtest(Record):
    """A draft's table replayed over past referrals. Goes on from `cursor`: what was counted was committed with it."""

    retention = Retention(
        rule="backtest", end=End.KEEP, why="counts; evidence of why a change of the rules was approved"
    )

    draft = models.ForeignKey(RuleDraft, on_delete=models.PROTECT, related_name="+")
    table_id = models.CharField(max_length=32, choices=ReplayedTable, default=ReplayedTable.TRIAGE)
    table_hash = models.CharField(max_length=64)  # the draft's
    live_table_hash = models.CharField(max_length=64, blank=True)  # "": the pack in force had no such table
    received_from = models.DateTimeField(null=True)
    received_before = models.DateTimeField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True)  # the last referral that was counted
    tally = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=BacktestState)
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["draft", "-created_at"], name="backtest_by_draft")]


class BacktestChange(Record):
    """A referral that the draft would treat otherwise."""

    retention = Retention(rule="backtest_change", end=End.DELETE, why="goes with its referral", follows="referral")

    backtest = models.ForeignKey(Backtest, on_delete=models.PROTECT, related_name="+")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="+")
    before_route = models.CharField(max_length=16, choices=Route)
    before_urgency = models.CharField(max_length=16, choices=Urgency)
    after_route = models.CharField(max_length=16, choices=Route)
    after_urgency = models.CharField(max_length=16, choices=Urgency)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["backtest", "referral"], name="backtest_change_once")]


class ReaderChange(Record):
    """A referral of which the draft's second-reader table says something else than the one in force."""

    retention = Retention(rule="reader_change", end=End.DELETE, why="goes with its referral", follows="referral")

    backtest = models.ForeignKey(Backtest, on_delete=models.PROTECT, related_name="+")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="+")
    before = models.BooleanField()  # whether a second reader is needed by the table in force, and by the draft's
    after = models.BooleanField()
    had = models.BooleanField()  # whether there was one

    class Meta:
        constraints = [models.UniqueConstraint(fields=["backtest", "referral"], name="reader_change_once")]
