import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_sharing_agreements"),
    ]

    operations = [
        migrations.AlterField(
            model_name="staffrole",
            name="role",
            field=models.CharField(
                choices=[
                    ("call_handler", "Call handler"),
                    ("triage_officer", "Triage officer"),
                    ("case_officer", "Case officer"),
                    ("partner", "Partner agency"),
                    ("content_reviewer", "Content reviewer"),
                    ("analyst", "Analyst"),
                    ("panel_chair", "Panel chair"),
                    ("panel_member", "Panel member"),
                    ("intervention_provider", "Intervention provider"),
                    ("supervisor", "Supervisor"),
                    ("process_lead", "Process lead"),
                    ("auditor", "Auditor"),
                    ("administrator", "Administrator"),
                ],
                max_length=32,
            ),
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("from_on", models.DateField()),
                ("until", models.DateField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "cover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["cover", "until"], name="absence_by_cover")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("from_on__lte", models.F("until"))), name="absence_has_its_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("staff", models.F("cover")), _negated=True),
                        name="absence_covered_by_another",
                    ),
                ],
            },
        ),
    ]
