import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0002_draft_had_files'),
        ('rules', '0002_drafts'),
        ('triage', '0001_first'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Backtest',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('table_hash', models.CharField(max_length=64)),
                ('live_table_hash', models.CharField(max_length=64)),
                ('received_from', models.DateTimeField(null=True)),
                ('received_before', models.DateTimeField()),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('cursor', models.UUIDField(null=True)),
                ('tally', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Finished'), ('stopped', 'Stopped')], max_length=16)),
                ('beat_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rules.ruledraft')),
            ],
        ),
        migrations.CreateModel(
            name='BacktestChange',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('before_route', models.CharField(choices=[('emergency', 'Hand over to the emergency services'), ('case', 'Open a case'), ('content', 'Assess the online material'), ('advice', 'Give advice'), ('signpost', 'Point to another service'), ('close', 'Close')], max_length=16)),
                ('before_urgency', models.CharField(choices=[('immediate', 'Now'), ('same_day', 'Same day'), ('five_days', 'Within five working days'), ('routine', 'Routine')], max_length=16)),
                ('after_route', models.CharField(choices=[('emergency', 'Hand over to the emergency services'), ('case', 'Open a case'), ('content', 'Assess the online material'), ('advice', 'Give advice'), ('signpost', 'Point to another service'), ('close', 'Close')], max_length=16)),
                ('after_urgency', models.CharField(choices=[('immediate', 'Now'), ('same_day', 'Same day'), ('five_days', 'Within five working days'), ('routine', 'Routine')], max_length=16)),
                ('backtest', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='triage.backtest')),
                ('referral', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.referral')),
            ],
        ),
        migrations.CreateModel(
            name='ShadowVerdict',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('table_hash', models.CharField(max_length=64)),
                ('route', models.CharField(choices=[('emergency', 'Hand over to the emergency services'), ('case', 'Open a case'), ('content', 'Assess the online material'), ('advice', 'Give advice'), ('signpost', 'Point to another service'), ('close', 'Close')], max_length=16)),
                ('urgency', models.CharField(choices=[('immediate', 'Now'), ('same_day', 'Same day'), ('five_days', 'Within five working days'), ('routine', 'Routine')], max_length=16)),
                ('fired', models.JSONField()),
                ('live_route', models.CharField(choices=[('emergency', 'Hand over to the emergency services'), ('case', 'Open a case'), ('content', 'Assess the online material'), ('advice', 'Give advice'), ('signpost', 'Point to another service'), ('close', 'Close')], max_length=16)),
                ('live_urgency', models.CharField(choices=[('immediate', 'Now'), ('same_day', 'Same day'), ('five_days', 'Within five working days'), ('routine', 'Routine')], max_length=16)),
                ('live_fired', models.JSONField()),
                ('at', models.DateTimeField()),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rules.ruledraft')),
                ('referral', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.referral')),
            ],
        ),
        migrations.AddIndex(
            model_name='backtest',
            index=models.Index(fields=['draft', '-created_at'], name='backtest_by_draft'),
        ),
        migrations.AddConstraint(
            model_name='backtestchange',
            constraint=models.UniqueConstraint(fields=('backtest', 'referral'), name='backtest_change_once'),
        ),
        migrations.AddConstraint(
            model_name='shadowverdict',
            constraint=models.UniqueConstraint(fields=('draft', 'table_hash', 'referral'), name='shadow_verdict_once'),
        ),
    ]
