import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0003_campaigns_channel'),
        ('triage', '0002_shadow_and_backtests'),
    ]

    operations = [
        migrations.AddField(
            model_name='backtest',
            name='table_id',
            field=models.CharField(choices=[('triage', 'Triage'), ('second_reader', 'Second readers')], default='triage', max_length=32),
        ),
        migrations.AlterField(
            model_name='backtest',
            name='live_table_hash',
            field=models.CharField(blank=True, max_length=64),
        ),
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
        migrations.CreateModel(
            name='ReaderChange',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('before', models.BooleanField()),
                ('after', models.BooleanField()),
                ('had', models.BooleanField()),
                ('backtest', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='triage.backtest')),
                ('referral', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.referral')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('backtest', 'referral'), name='reader_change_once')],
            },
        ),
    ]
