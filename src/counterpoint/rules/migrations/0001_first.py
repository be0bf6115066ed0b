from django.db import migrations, models

import counterpoint.base.clock
import counterpoint.base.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PackVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ("pack_id", models.CharField(max_length=64)),
                ("version", models.CharField(max_length=32)),
                ("content_hash", models.CharField(db_index=True, max_length=64)),
                ("files", models.JSONField()),
                ("activated_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RulesFile",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("path", models.CharField(max_length=200)),
                ("content", models.BinaryField()),
                ("archived_at", models.DateTimeField()),
            ],
        ),
    ]
