from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("intake", "0002_draft_had_files"),
    ]

    operations = [
        migrations.AlterField(
            model_name='advicecontact',
            name='route',
            field=models.CharField(choices=[('portal', 'Portal'), ('phone', 'Phone'), ('chat', 'Chat'), ('email', 'E-mail'), ('partner_api', 'Partner'), ('paper', 'Paper'), ('campaigns', 'Analysts')], max_length=16),
        ),
        migrations.AlterField(
            model_name='arrival',
            name='channel',
            field=models.CharField(choices=[('portal', 'Portal'), ('phone', 'Phone'), ('chat', 'Chat'), ('email', 'E-mail'), ('partner_api', 'Partner'), ('paper', 'Paper'), ('campaigns', 'Analysts')], max_length=16),
        ),
        migrations.AlterField(
            model_name='referral',
            name='route',
            field=models.CharField(choices=[('portal', 'Portal'), ('phone', 'Phone'), ('chat', 'Chat'), ('email', 'E-mail'), ('partner_api', 'Partner'), ('paper', 'Paper'), ('campaigns', 'Analysts')], max_length=16),
        ),
    ]
