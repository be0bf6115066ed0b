from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0001_first'),
    ]

    operations = [
        migrations.AddField(
            model_name='draft',
            name='had_files',
            field=models.BooleanField(default=False),
        ),
    ]
