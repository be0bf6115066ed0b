import counterpoint.base.clock
import counterpoint.base.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("id", models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, unique=True)),
                ("at", models.DateTimeField(default=counterpoint.base.clock.now)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor_id", models.CharField(blank=True, max_length=64)),
                ("action", models.CharField(max_length=64)),
                ("subject_kind", models.CharField(max_length=32)),
                ("subject_id", models.UUIDField()),
                ("subject_reference", models.CharField(blank=True, max_length=24)),
                ("purpose", models.TextField(blank=True)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject_kind", "subject_id", "number"], name="audit_by_subject"),
                    models.Index(fields=["actor_id", "number"], name="audit_by_actor"),
                ],
            },
        ),
    ]
