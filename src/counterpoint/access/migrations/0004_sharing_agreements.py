import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_analyst"),
    ]

    operations = [
        migrations.AddField(
            model_name="sharinggrant",
            name="found_proper",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="sharinggrant",
            name="review_note",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="sharinggrant",
            name="reviewed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="sharinggrant",
            name="reviewed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="sharinggrant",
            name="urgent_because",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.CreateModel(
            name="SharingAgreement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("reference", models.CharField(max_length=120)),
                ("sections", models.JSONField()),
                ("purposes", models.JSONField()),
                ("legal_bases", models.JSONField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Waits for approval"), ("in_force", "In force"), ("ended", "Ended")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("approved_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead_agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.agency"
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.agency"
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="sharinggrant",
            name="agreement",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="grants",
                to="access.sharingagreement",
            ),
        ),
        migrations.AddIndex(
            model_name="sharinggrant",
            index=models.Index(
                condition=models.Q(("reviewed_at__isnull", True), models.Q(("urgent_because", ""), _negated=True)),
                fields=["created_at"],
                name="grant_urgent_to_review",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharinggrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("agreement__isnull", True), ("urgent_because", ""), _connector="OR"),
                name="grant_agreed_or_urgent",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharinggrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("found_proper__isnull", True), ("reviewed_at__isnull", True), ("reviewed_by__isnull", True)
                    ),
                    models.Q(
                        ("found_proper__isnull", False),
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        models.Q(("urgent_because", ""), _negated=True),
                        models.Q(("reviewed_by", models.F("granted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="grant_review_is_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="sharingagreement",
            index=models.Index(fields=["lead_agency", "partner", "state"], name="agreement_by_parties"),
        ),
        migrations.AddConstraint(
            model_name="sharingagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("lead_agency", models.F("partner")), _negated=True), name="agreement_between_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_from__lte", models.F("valid_until"))), name="agreement_has_its_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="agreement_approved_by_a_second",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at__isnull", True), ("ended_at__isnull", True), ("state", "draft")),
                    models.Q(("approved_at__isnull", False), ("ended_at__isnull", True), ("state", "in_force")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        ("state", "ended"),
                        models.Q(("ended_because", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="agreement_state_is_told",
            ),
        ),
    ]
