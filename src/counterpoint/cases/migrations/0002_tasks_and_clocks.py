import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_absences_and_roles"),
        ("cases", "0001_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="processrun",
            name="pack_hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="processrun",
            name="process_id",
            field=models.CharField(default="case", max_length=64),
        ),
        migrations.AlterField(
            model_name="caseevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Case opened"),
                    ("step_done", "Step finished"),
                    ("action_added", "Action added"),
                    ("action_changed", "Action changed"),
                    ("action_done", "Action finished"),
                    ("action_dropped", "Action dropped"),
                    ("note_added", "Note added"),
                    ("question_sent", "Question sent to the reporter"),
                    ("update_sent", "Message sent to the reporter"),
                    ("outcome_recorded", "Outcome recorded"),
                    ("feedback_sent", "Outcome told to the reporter"),
                    ("feedback_withheld", "Outcome withheld from the reporter"),
                    ("category_assessed", "Category assessed"),
                    ("member_added", "Member added"),
                    ("member_removed", "Member removed"),
                    ("handed_over", "Case handed over"),
                    ("referral_joined", "Referral joined"),
                    ("shared", "Shared with an agency"),
                    ("shared_urgently", "Shared without an agreement"),
                    ("sharing_reviewed", "Urgent sharing reviewed"),
                    ("sharing_ended", "Sharing ended"),
                    ("information_asked", "Information asked for"),
                    ("information_answered", "Information received"),
                    ("information_declined", "Information declined"),
                    ("information_withdrawn", "Request for information withdrawn"),
                    ("transfer_offered", "Transfer offered"),
                    ("transfer_accepted", "Transfer accepted"),
                    ("transfer_rejected", "Transfer rejected"),
                    ("transfer_revoked", "Transfer revoked"),
                    ("task_given", "Task given"),
                    ("clock_paused", "Clock paused"),
                    ("clock_resumed", "Clock goes on"),
                    ("clock_extended", "Clock extended"),
                    ("ran_out", "A clock ran out"),
                    ("time_came", "A date came"),
                    ("news", "News"),
                    ("stage_reopened", "Stage opened again"),
                    ("migrated", "Moved to another version of the process"),
                    ("closed", "Case closed"),
                    ("reopened", "Case reopened"),
                ],
                max_length=24,
            ),
        ),
        migrations.CreateModel(
            name="CaseClock",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("element", models.CharField(max_length=64)),
                ("element_name", models.CharField(max_length=120)),
                ("is_timer", models.BooleanField(default=False)),
                ("rule", models.CharField(max_length=64)),
                ("clock", models.TextField()),
                ("is_paused", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("warn_at", models.DateTimeField(null=True)),
                ("tell_at", models.DateTimeField(null=True)),
                ("told", models.PositiveSmallIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                ("was_met", models.BooleanField(default=False)),
                ("was_late", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clocks", to="cases.case"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clocks", to="cases.processrun"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["due_at"], name="case_clock_live"
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["tell_at"], name="case_clock_to_tell"
                    ),
                    models.Index(fields=["rule", "started_at"], name="case_clock_by_rule"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("run", "element"),
                        name="case_clock_once_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("step", models.CharField(max_length=64)),
                ("step_name", models.CharField(max_length=120)),
                ("lane", models.CharField(max_length=64)),
                ("role", models.CharField(max_length=32)),
                ("agency_kind", models.CharField(blank=True, max_length=32)),
                ("since", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("is_done", models.BooleanField(default=False)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.agency"
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="cases.case"
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
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="cases.processrun"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["agency", "role", "due_at"],
                        name="task_queue",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["assignee", "due_at"], name="task_mine"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("run", "step"),
                        name="task_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_done", False),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False), ("is_done", True)),
                            _connector="OR",
                        ),
                        name="task_done_by_somebody",
                    ),
                ],
            },
        ),
    ]
