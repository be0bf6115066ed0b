import counterpoint.base.clock
import counterpoint.base.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0004_backtested_readers'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptUntil',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('kind', models.CharField(choices=[('case', 'Case'), ('referral', 'Referral')], max_length=16)),
                ('record_id', models.UUIDField()),
                ('closed_at', models.DateTimeField()),
                ('until', models.DateField(db_index=True)),
                ('reason', models.TextField()),
                ('table_hash', models.CharField(blank=True, max_length=64)),
                ('row', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'record_id', 'closed_at'), name='kept_until_once')],
            },
        ),
    ]
