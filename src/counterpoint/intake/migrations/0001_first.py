import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("lookup", models.CharField(max_length=64, unique=True)),
                ("question_set", models.CharField(max_length=64)),
                ("sealed_answers", models.BinaryField(default=b"")),
                ("updated_at", models.DateTimeField(db_index=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("reference", models.CharField(max_length=24, unique=True)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("portal", "Portal"),
                            ("phone", "Phone"),
                            ("chat", "Chat"),
                            ("email", "E-mail"),
                            ("partner_api", "Partner"),
                            ("paper", "Paper"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("concern", "Concern about a person"),
                            ("online_material", "Online material"),
                            ("advice", "Advice"),
                        ],
                        max_length=16,
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                ("received_at", models.DateTimeField(db_index=True)),
                ("question_set", models.CharField(max_length=64)),
                ("question_set_hash", models.CharField(max_length=64)),
                ("pack_hash", models.CharField(max_length=64)),
                ("submission_key", models.CharField(max_length=64, unique=True)),
                ("key_id", models.UUIDField()),
                ("sealed_raw", models.BinaryField()),
                ("raw_mac", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("received", "Received"), ("accepted", "Accepted"), ("problem", "Needs a call back")],
                        default="received",
                        max_length=16,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "received")), fields=["received_at"], name="arrival_unshaped"
                    ),
                    models.Index(
                        condition=models.Q(("state", "problem")),
                        fields=["received_at", "id"],
                        name="arrival_to_call_back",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("question", models.CharField(max_length=64)),
                ("sealed_name", models.BinaryField()),
                ("media_type", models.CharField(max_length=100)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("stored_as", models.CharField(max_length=100)),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="intake.draft"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("receipt_hash", models.BinaryField(unique=True)),
                ("receipt_saved_at", models.DateTimeField(null=True)),
                ("key_id", models.UUIDField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("being_read", "Being Read"),
                            ("more_information_wanted", "More Information Wanted"),
                            ("being_worked_on", "Being Worked On"),
                            ("online_being_assessed", "Online Being Assessed"),
                            ("advice_given", "Advice Given"),
                            ("passed_to_emergency", "Passed To Emergency"),
                            ("closed", "Closed"),
                        ],
                        default="received",
                        max_length=32,
                    ),
                ),
                ("status_at", models.DateTimeField()),
                ("last_opened_at", models.DateTimeField(null=True)),
                (
                    "arrival",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="mailbox", to="intake.arrival"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Referral",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("concern", "Concern about a person"),
                            ("online_material", "Online material"),
                            ("advice", "Advice"),
                        ],
                        max_length=16,
                    ),
                ),
                ("audience", models.CharField(max_length=16)),
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("portal", "Portal"),
                            ("phone", "Phone"),
                            ("chat", "Chat"),
                            ("email", "E-mail"),
                            ("partner_api", "Partner"),
                            ("paper", "Paper"),
                        ],
                        max_length=16,
                    ),
                ),
                ("source_sector", models.CharField(default="other", max_length=32)),
                ("language", models.CharField(max_length=8)),
                ("received_at", models.DateTimeField()),
                ("key_id", models.UUIDField()),
                ("sealed_answers", models.BinaryField()),
                ("reporter_key_id", models.UUIDField()),
                ("sealed_reporter", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "To be read"),
                            ("in_triage", "Being read"),
                            ("awaiting_second_reader", "Second reader"),
                            ("decided", "Decided"),
                            ("closed", "Closed"),
                        ],
                        default="new",
                        max_length=24,
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
                        default="routine",
                        max_length=16,
                    ),
                ),
                ("is_emergency", models.BooleanField(default=False)),
                ("possible_repeat", models.BooleanField(default=False)),
                ("due_at", models.DateTimeField()),
                ("concern_category", models.CharField(blank=True, max_length=64)),
                ("category_scheme", models.CharField(blank=True, max_length=32)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closure_reason", models.CharField(blank=True, max_length=64)),
                (
                    "arrival",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="referral", to="intake.arrival"
                    ),
                ),
                (
                    "assigned_to",
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
            ],
        ),
        migrations.CreateModel(
            name="PersonKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("feature", models.CharField(max_length=24)),
                ("digest", models.CharField(max_length=64)),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="person_keys", to="intake.referral"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AdviceContact",
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
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("portal", "Portal"),
                            ("phone", "Phone"),
                            ("chat", "Chat"),
                            ("email", "E-mail"),
                            ("partner_api", "Partner"),
                            ("paper", "Paper"),
                        ],
                        max_length=16,
                    ),
                ),
                ("received_at", models.DateTimeField(db_index=True)),
                ("key_id", models.UUIDField()),
                ("sealed_question", models.BinaryField()),
                ("sealed_advice", models.BinaryField(default=b"")),
                ("given_at", models.DateTimeField(null=True)),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "arrival",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="advice",
                        to="intake.arrival",
                    ),
                ),
                (
                    "became_referral",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.referral"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RepeatProposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("features", models.JSONField()),
                ("decision", models.CharField(blank=True, max_length=16)),
                ("decided_at", models.DateTimeField(null=True)),
                ("sealed_reason", models.BinaryField(default=b"")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "earlier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="intake.referral"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="repeat_proposals",
                        to="intake.referral",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("question", models.CharField(blank=True, max_length=64)),
                ("key_id", models.UUIDField()),
                ("sealed_name", models.BinaryField()),
                ("media_type", models.CharField(max_length=100)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("original_stored_as", models.CharField(max_length=100)),
                ("working_copy_stored_as", models.CharField(blank=True, max_length=100)),
                ("removed_metadata", models.JSONField(default=list)),
                (
                    "scan_state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for the virus check"),
                            ("clean", "Checked, clean"),
                            ("infected", "Infected: kept sealed, cannot be opened"),
                            ("not_scanned", "Not checked: no virus scanner is set up"),
                            ("damaged", "Damaged, locked or unsafe: kept sealed, cannot be opened"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("scanned_at", models.DateTimeField(null=True)),
                (
                    "arrival",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="intake.arrival"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MailboxMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("question", "Question"),
                            ("update", "Update"),
                            ("outcome", "Outcome"),
                            ("answer", "Answer"),
                        ],
                        max_length=16,
                    ),
                ),
                ("sealed_text", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                ("submission_key", models.CharField(max_length=64, null=True, unique=True)),
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
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="intake.mailbox"
                    ),
                ),
                ("files", models.ManyToManyField(related_name="messages", to="intake.storedfile")),
            ],
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(condition=models.Q(('state__in', ('new', 'in_triage', 'awaiting_second_reader'))), fields=['due_at', 'id'], name='referral_waiting_by_clock'),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["due_at", "id"],
                name="referral_open_by_clock",
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("is_emergency", True), models.Q(("state", "closed"), _negated=True)),
                fields=["due_at", "id"],
                name="referral_emergency_by_clock",
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("possible_repeat", True), models.Q(("state", "closed"), _negated=True)),
                fields=["due_at", "id"],
                name="referral_repeat_by_clock",
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["state", "due_at", "id"], name="referral_by_state"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["kind", "due_at", "id"], name="referral_by_kind"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["assigned_to", "due_at", "id"],
                name="referral_by_assignee",
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["received_at", "id"], name="referral_by_arrival"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "closed"),
                        ("closed_at__isnull", False),
                        models.Q(("closure_reason", ""), _negated=True),
                    ),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", True)),
                    _connector="OR",
                ),
                name="referral_closed_with_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="personkey",
            index=models.Index(fields=["feature", "digest", "referral"], name="person_key_by_digest"),
        ),
        migrations.AddConstraint(
            model_name="personkey",
            constraint=models.UniqueConstraint(fields=("referral", "feature", "digest"), name="person_key_once"),
        ),
        migrations.AddConstraint(
            model_name="repeatproposal",
            constraint=models.UniqueConstraint(fields=("referral", "earlier"), name="repeat_proposed_once"),
        ),
        migrations.AddIndex(
            model_name="mailboxmessage",
            index=models.Index(fields=["mailbox", "at"], name="message_by_mailbox"),
        ),
        migrations.AddConstraint(
            model_name="mailboxmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by__isnull", True), ("kind", "answer")),
                    models.Q(models.Q(("kind", "answer"), _negated=True), ("by__isnull", False)),
                    _connector="OR",
                ),
                name="message_answer_is_the_reporters",
            ),
        ),
    ]
