from django.db import migrations, models

import counterpoint.base.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RecordKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("wrapped", models.BinaryField(null=True)),
                ("wrapped_by", models.CharField(max_length=16)),
                ("destroyed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("destroyed_at__isnull", True), ("wrapped__isnull", False)),
                            models.Q(("destroyed_at__isnull", False), ("wrapped__isnull", True)),
                            _connector="OR",
                        ),
                        name="record_key_wrapped_or_destroyed",
                    )
                ],
            },
        ),
    ]
