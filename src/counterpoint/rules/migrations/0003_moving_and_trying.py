import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0002_drafts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='VersionMove',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('process_id', models.CharField(max_length=64)),
                ('process_hash', models.CharField(max_length=64)),
                ('pack_hash', models.CharField(max_length=64)),
                ('is_rehearsal', models.BooleanField()),
                ('chosen', models.JSONField(default=list)),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('moved', models.PositiveIntegerField(default=0)),
                ('stayed', models.PositiveIntegerField(default=0)),
                ('cursor', models.UUIDField(null=True)),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Finished'), ('stopped', 'Stopped')], max_length=16)),
                ('beat_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='VersionMoveCase',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('case_id', models.UUIDField()),
                ('reference', models.CharField(max_length=24)),
                ('is_moved', models.BooleanField()),
                ('reasons', models.JSONField(default=list)),
                ('move', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cases', to='rules.versionmove')),
            ],
        ),
        migrations.CreateModel(
            name='ProcessTrial',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('draft_hash', models.CharField(max_length=64)),
                ('process_id', models.CharField(max_length=64)),
                ('process_hash', models.CharField(max_length=64)),
                ('case_id', models.UUIDField(null=True)),
                ('reference', models.CharField(blank=True, max_length=24)),
                ('state', models.BinaryField()),
                ('copied', models.PositiveSmallIntegerField(default=0)),
                ('happened', models.PositiveSmallIntegerField(default=0)),
                ('reasons', models.JSONField(default=list)),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trials', to='rules.ruledraft')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['draft', 'owner', '-created_at'], name='process_trial_by_draft'), models.Index(fields=['created_at'], name='process_trial_by_age')],
            },
        ),
        migrations.AddIndex(
            model_name='versionmove',
            index=models.Index(fields=['process_id', '-created_at'], name='version_move_by_process'),
        ),
        migrations.AddConstraint(
            model_name='versionmove',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('process_id',), name='version_move_one_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='versionmovecase',
            index=models.Index(fields=['move', 'is_moved', 'id'], name='version_move_case_list'),
        ),
        migrations.AddConstraint(
            model_name='versionmovecase',
            constraint=models.UniqueConstraint(fields=('move', 'case_id'), name='version_move_case_once'),
        ),
    ]
