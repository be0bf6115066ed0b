import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import counterpoint.base.clock
import counterpoint.base.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_first"),
        ("intake", "0001_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("reference", models.CharField(max_length=24, unique=True)),
                ("key_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=8),
                ),
                ("opened_at", models.DateTimeField()),
                ("next_step", models.CharField(blank=True, max_length=64)),
                ("next_step_name", models.CharField(blank=True, max_length=120)),
                ("due_at", models.DateTimeField()),
                ("assessed_category", models.CharField(blank=True, max_length=64)),
                ("category_scheme", models.CharField(blank=True, max_length=32)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closure_reason", models.CharField(blank=True, max_length=64)),
                (
                    "lead_agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.agency"
                    ),
                ),
                (
                    "lead_officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contact", "Contact or visit"),
                            ("check", "Check or find out"),
                            ("support", "Support"),
                            ("signposting", "Signposting to a service"),
                            ("safety", "Safety measure"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("sealed_title", models.BinaryField()),
                ("sealed_detail", models.BinaryField()),
                ("due_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
                        default="open",
                        max_length=8,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("worked", "Worked"),
                            ("partly", "Worked in part"),
                            ("did_not", "Did not work"),
                            ("not_taken_up", "Not taken up"),
                        ],
                        max_length=16,
                    ),
                ),
                ("sealed_why", models.BinaryField(default=b"")),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner_agency",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="actions", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
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
                            ("sharing_ended", "Sharing ended"),
                            ("closed", "Case closed"),
                            ("reopened", "Case reopened"),
                        ],
                        max_length=24,
                    ),
                ),
                ("facts", models.JSONField(default=dict)),
                ("sealed_text", models.BinaryField(default=b"")),
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
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField(null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="members", to="cases.case"
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseNote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("reporter", "To the reporter"),
                            ("internal", "Internal"),
                            ("restricted", "Restricted"),
                        ],
                        max_length=16,
                    ),
                ),
                ("sealed_text", models.BinaryField(default=b"")),
                ("message_id", models.UUIDField(null=True, unique=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseReferral",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("is_first", models.BooleanField(default=False)),
                ("joined_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="referrals", to="cases.case"
                    ),
                ),
                (
                    "joined_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "referral",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.referral"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProcessRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("process_hash", models.CharField(max_length=64)),
                ("state", models.BinaryField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("closure_reason", models.CharField(blank=True, max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("message_ids", models.JSONField(default=list)),
                ("withheld", models.BooleanField(default=False)),
                ("sealed_reason", models.BinaryField(default=b"")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="feedback", to="cases.processrun"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseOutcome",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("sealed_text", models.BinaryField()),
                (
                    "impact",
                    models.CharField(
                        choices=[
                            ("better", "Things are better"),
                            ("some_better", "Some things are better"),
                            ("same", "No change that we can see"),
                            ("worse", "Things are worse"),
                            ("not_known", "Not known"),
                        ],
                        max_length=16,
                    ),
                ),
                ("proposed_reason", models.CharField(max_length=64)),
                ("sealed_needs", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="outcomes", to="cases.processrun"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StepRecord",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("step", models.CharField(max_length=64)),
                ("step_name", models.CharField(max_length=120)),
                ("choices", models.JSONField(default=dict)),
                ("sealed_values", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="cases.processrun"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["lead_agency", "due_at", "id"], name="case_open_by_clock"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["lead_agency", "closed_at", "id"], name="case_closed_by_end"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["lead_agency", "opened_at", "id"], name="case_by_beginning"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("state", "closed"),
                        models.Q(("closure_reason", ""), _negated=True),
                    ),
                    models.Q(("closed_at__isnull", True), ("closure_reason", ""), ("state", "open")),
                    _connector="OR",
                ),
                name="case_closed_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("assessed_category", ""), ("category_scheme", "")),
                    models.Q(
                        models.Q(("assessed_category", ""), _negated=True),
                        models.Q(("category_scheme", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="case_category_with_scheme",
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(fields=["case", "state", "due_on"], name="action_by_case"),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["owner", "due_on"], name="action_open_by_owner"
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["owner_agency", "due_on"], name="action_open_by_agency"
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("owner__isnull", False), ("owner_agency__isnull", True)),
                    models.Q(("owner__isnull", True), ("owner_agency__isnull", False)),
                    _connector="OR",
                ),
                name="action_has_one_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        ("state", "done"),
                        models.Q(("outcome", ""), _negated=True),
                    ),
                    models.Q(
                        ("ended_at__isnull", False), ("ended_by__isnull", False), ("outcome", ""), ("state", "dropped")
                    ),
                    models.Q(
                        ("ended_at__isnull", True), ("ended_by__isnull", True), ("outcome", ""), ("state", "open")
                    ),
                    _connector="OR",
                ),
                name="action_done_with_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseevent",
            constraint=models.UniqueConstraint(fields=("case", "number"), name="case_event_numbered_once"),
        ),
        migrations.AddIndex(
            model_name="casemember",
            index=models.Index(fields=["staff", "to_at", "case"], name="case_member_by_staff"),
        ),
        migrations.AddConstraint(
            model_name="casemember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("to_at__isnull", True)), fields=("case", "staff"), name="case_member_once_at_a_time"
            ),
        ),
        migrations.AddIndex(
            model_name="casenote",
            index=models.Index(fields=["case", "at"], name="case_note_by_case"),
        ),
        migrations.AddConstraint(
            model_name="casenote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("message_id__isnull", False), ("visibility", "reporter")),
                    models.Q(models.Q(("visibility", "reporter"), _negated=True), ("message_id__isnull", True)),
                    _connector="OR",
                ),
                name="case_note_to_reporter_is_a_message",
            ),
        ),
        migrations.AddConstraint(
            model_name="casereferral",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_first", True)), fields=("case",), name="case_referral_one_first"
            ),
        ),
        migrations.AddConstraint(
            model_name="processrun",
            constraint=models.UniqueConstraint(fields=("case", "number"), name="process_run_numbered_once"),
        ),
        migrations.AddConstraint(
            model_name="processrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("case",), name="process_run_one_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="processrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closure_reason", ""), ("ended_at__isnull", True)),
                    models.Q(("ended_at__isnull", False), models.Q(("closure_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="process_run_ended_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="feedback_numbered_once"),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withheld", False), models.Q(("message_ids", []), _negated=True)),
                    models.Q(("message_ids", []), ("withheld", True)),
                    _connector="OR",
                ),
                name="feedback_sent_or_withheld",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseoutcome",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="case_outcome_numbered_once"),
        ),
        migrations.AddConstraint(
            model_name="steprecord",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="step_record_numbered_once"),
        ),
    ]
