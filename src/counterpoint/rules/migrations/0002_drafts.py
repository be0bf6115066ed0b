import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0001_first'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='packversion',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='packversion',
            name='why',
            field=models.CharField(blank=True, max_length=1000),
        ),
        migrations.CreateModel(
            name='RuleDraft',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('title', models.CharField(max_length=120)),
                ('why', models.CharField(max_length=1000)),
                ('state', models.CharField(choices=[('draft', 'Has problems'), ('checked', 'Checked'), ('shadow', 'In shadow'), ('approved', 'Approved'), ('live', 'In force'), ('rolled_back', 'Rolled back'), ('replaced', 'Replaced by a later change'), ('withdrawn', 'Withdrawn')], max_length=16)),
                ('base_hash', models.CharField(max_length=64)),
                ('content_hash', models.CharField(max_length=64)),
                ('files', models.JSONField()),
                ('problems', models.JSONField(default=list)),
                ('changed_at', models.DateTimeField()),
                ('authors', models.JSONField()),
                ('shadow_since', models.DateTimeField(null=True)),
                ('backtested_table', models.CharField(blank=True, max_length=64)),
                ('approved_at', models.DateTimeField(null=True)),
                ('approval_note', models.CharField(blank=True, max_length=1000)),
                ('ended_because', models.CharField(blank=True, max_length=1000)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('live_as', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='draft', to='rules.packversion')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['state', '-changed_at'], name='rule_draft_by_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(models.Q(('approved_by', models.F('made_by')), _negated=True), models.Q(('approved_by', models.F('changed_by')), _negated=True)), _connector='OR'), name='rule_draft_approved_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'live']), _negated=True), ('approved_by__isnull', False), _connector='OR'), name='rule_draft_approved_when_live'), models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('state',), name='rule_draft_one_live')],
            },
        ),
    ]
