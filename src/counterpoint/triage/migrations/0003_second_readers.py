import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('triage', '0002_shadow_and_backtests'),
    ]

    operations = [
        migrations.CreateModel(
            name='SecondReaderVerdict',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('table_hash', models.CharField(max_length=64)),
                ('sealed_facts', models.BinaryField()),
                ('fired', models.JSONField()),
                ('needed', models.BooleanField()),
                ('by_law', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reader_verdict', to='triage.decision')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
