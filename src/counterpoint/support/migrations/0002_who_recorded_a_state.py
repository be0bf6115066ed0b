import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_absences_and_roles"),
        ("support", "0001_first"),
    ]

    operations = [
        migrations.AddField(
            model_name="intervention",
            name="state_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.staff"
            ),
        ),
    ]
