from django.db import migrations, models

import counterpoint.base.clock
import counterpoint.base.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LedgerCheckpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=counterpoint.base.clock.now)),
                ("note", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.BigIntegerField(default=0)),
                ("peaks", models.JSONField(default=list)),
                ("settled_number", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerLeaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_number", models.BigIntegerField(unique=True)),
                ("leaf_hash", models.BinaryField()),
            ],
        ),
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
                ("salts", models.JSONField()),
                ("commitments", models.JSONField()),
                ("mac", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject_kind", "subject_id", "number"], name="audit_by_subject"),
                    models.Index(fields=["actor_id", "number"], name="audit_by_actor"),
                ],
            },
        ),
    ]
