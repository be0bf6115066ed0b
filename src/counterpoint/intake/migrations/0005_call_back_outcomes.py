import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0004_fewer_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="arrival",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("accepted", "Accepted"),
                    ("problem", "Needs a call back"),
                    ("set_aside", "Set aside"),
                ],
                default="received",
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="CallBackOutcome",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                (
                    "ending",
                    models.CharField(
                        choices=[
                            ("in_inbox", "Put into the inbox"),
                            ("spoken", "Spoken to the reporter, nothing to record"),
                            ("sent_again", "Sent again under another reference"),
                            ("not_for_us", "Not meant for us: a test or an error"),
                        ],
                        max_length=16,
                    ),
                ),
                ("sealed_note", models.BinaryField(default=b"")),
                ("at", models.DateTimeField()),
                ("taken_up_at", models.DateTimeField(null=True)),
                (
                    "arrival",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_back_outcomes",
                        to="intake.arrival",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sent_again_as",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.arrival"
                    ),
                ),
                (
                    "taken_up_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("taken_up_at__isnull", True), models.Q(("ending", "in_inbox"), _negated=True)
                        ),
                        fields=["at", "id"],
                        name="call_back_set_aside",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("taken_up_at__isnull", True)),
                        fields=("arrival",),
                        name="call_back_closed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ending", "sent_again"), ("sent_again_as__isnull", False)),
                            models.Q(
                                models.Q(("ending", "sent_again"), _negated=True), ("sent_again_as__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="call_back_names_what_was_sent_again",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("taken_up_at__isnull", True), ("taken_up_by__isnull", True)),
                            models.Q(
                                ("taken_up_at__isnull", False),
                                ("taken_up_by__isnull", False),
                                models.Q(("ending", "in_inbox"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="call_back_taken_up_by_somebody",
                    ),
                ],
            },
        ),
    ]
