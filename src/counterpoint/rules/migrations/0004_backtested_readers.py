from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0003_moving_and_trying'),
    ]

    operations = [
        migrations.AddField(
            model_name='ruledraft',
            name='backtested_readers',
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
