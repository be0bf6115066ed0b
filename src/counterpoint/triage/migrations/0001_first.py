import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import counterpoint.base.clock
import counterpoint.base.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("intake", "0001_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Verdict",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("table_hash", models.CharField(max_length=64)),
                ("sealed_facts", models.BinaryField()),
                ("fired", models.JSONField()),
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("emergency", "Hand over to the emergency services"),
                            ("case", "Open a case"),
                            ("content", "Assess the online material"),
                            ("advice", "Give advice"),
                            ("signpost", "Point to another service"),
                            ("close", "Close"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("immediate", "Now"),
                            ("same_day", "Same day"),
                            ("five_days", "Within five working days"),
                            ("routine", "Routine"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "advice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verdicts",
                        to="intake.advicecontact",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verdicts",
                        to="intake.referral",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("emergency", "Hand over to the emergency services"),
                            ("case", "Open a case"),
                            ("content", "Assess the online material"),
                            ("advice", "Give advice"),
                            ("signpost", "Point to another service"),
                            ("close", "Close"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("immediate", "Now"),
                            ("same_day", "Same day"),
                            ("five_days", "Within five working days"),
                            ("routine", "Routine"),
                        ],
                        max_length=16,
                    ),
                ),
                ("confirmed", models.BooleanField()),
                ("sealed_reason", models.BinaryField(default=b"")),
                ("concern_category", models.CharField(blank=True, max_length=64)),
                ("category_scheme", models.CharField(blank=True, max_length=32)),
                ("closure_reason", models.CharField(blank=True, max_length=64)),
                ("closure_scheme", models.CharField(blank=True, max_length=32)),
                ("sealed_particulars", models.BinaryField(default=b"")),
                ("sealed_feedback", models.BinaryField(default=b"")),
                ("sealed_withheld_reason", models.BinaryField(default=b"")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("awaiting_second_reader", "Waits for a second reader"),
                            ("in_force", "In force"),
                            ("sent_back", "Sent back by the second reader"),
                            ("superseded", "Replaced by a later decision"),
                        ],
                        max_length=24,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("referral_version", models.PositiveIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="intake.referral"
                    ),
                ),
                (
                    "verdict",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="triage.verdict"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EmergencyHandover",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("needed", models.BooleanField(default=True)),
                (
                    "handed_to",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("police", "Police (999)"),
                            ("ambulance", "Ambulance (999)"),
                            ("counter_terrorism_police", "Counter-terrorism police"),
                            ("social_care", "Social care emergency team"),
                            ("other", "Somebody else"),
                        ],
                        max_length=32,
                    ),
                ),
                ("sealed_note", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "advice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="intake.advicecontact",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="intake.referral",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("advice__isnull", True), ("referral__isnull", False)),
                            models.Q(("advice__isnull", False), ("referral__isnull", True)),
                            _connector="OR",
                        ),
                        name="handover_about_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("needed", True), models.Q(("handed_to", ""), _negated=True)),
                            models.Q(("handed_to", ""), ("needed", False)),
                            _connector="OR",
                        ),
                        name="handover_names_who",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondReading",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("at", models.DateTimeField(null=True)),
                ("agreed", models.BooleanField(null=True)),
                ("sealed_reason", models.BinaryField(default=b"")),
                (
                    "asked_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="second_reading", to="triage.decision"
                    ),
                ),
                (
                    "first_reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("by__isnull", True),
                                models.Q(("by", models.F("first_reader")), _negated=True),
                                _connector="OR",
                            ),
                            models.Q(
                                ("asked_of__isnull", True),
                                models.Q(("asked_of", models.F("first_reader")), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="second_reading_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreed__isnull", True), ("at__isnull", True), ("by__isnull", True)),
                            models.Q(("agreed__isnull", False), ("at__isnull", False), ("by__isnull", False)),
                            _connector="OR",
                        ),
                        name="second_reading_whole_or_open",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("advice__isnull", True), ("referral__isnull", False)),
                    models.Q(("advice__isnull", False), ("referral__isnull", True)),
                    _connector="OR",
                ),
                name="verdict_about_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.UniqueConstraint(
                condition=models.Q(("referral__isnull", False)),
                fields=("referral", "table_hash"),
                name="verdict_once_per_referral_and_table",
            ),
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.UniqueConstraint(
                condition=models.Q(("advice__isnull", False)),
                fields=("advice", "table_hash"),
                name="verdict_once_per_advice_and_table",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["referral", "at"], name="decision_by_referral"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                fields=("referral", "referral_version"), name="decision_once_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "in_force")), fields=("referral",), name="decision_one_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "awaiting_second_reader")),
                fields=("referral",),
                name="decision_one_awaiting_second_reader",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed", True), models.Q(("sealed_reason", b""), _negated=True), _connector="OR"
                ),
                name="decision_overridden_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("route__in", ["advice", "close", "signpost"]), models.Q(("closure_reason", ""), _negated=True)
                    ),
                    models.Q(
                        models.Q(("route__in", ["advice", "close", "signpost"]), _negated=True), ("closure_reason", "")
                    ),
                    _connector="OR",
                ),
                name="decision_closing_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("route__in", ["advice", "close", "signpost"]), _negated=True),
                    models.Q(models.Q(("sealed_feedback", b""), _negated=True), ("sealed_withheld_reason", b"")),
                    models.Q(("sealed_feedback", b""), models.Q(("sealed_withheld_reason", b""), _negated=True)),
                    _connector="OR",
                ),
                name="decision_closing_told_or_withheld",
            ),
        ),
    ]
