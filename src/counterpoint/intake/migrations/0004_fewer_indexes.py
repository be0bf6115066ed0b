import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_first"),
        ("intake", "0003_campaigns_channel"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="referral", name="referral_by_kind"),
        migrations.AlterField(
            model_name="referral",
            name="lead_agency",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.agency"
            ),
        ),
    ]
