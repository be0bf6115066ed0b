import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('number', models.CharField(max_length=24)),
                ('place', models.PositiveIntegerField()),
                ('detector', models.CharField(choices=[('pairs', 'Posts close in time'), ('validated', 'Sharing beyond chance'), ('automation', 'Automation'), ('hashtags', 'Pushed hashtags'), ('displacement', 'Displacement')], max_length=16)),
                ('kind', models.CharField(max_length=40)),
                ('accounts', models.PositiveIntegerField()),
                ('posts', models.PositiveIntegerField()),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'To be judged'), ('confirmed', 'Confirmed'), ('dismissed', 'Dismissed'), ('watch', 'Watched')], default='open', max_length=12)),
                ('judged_at', models.DateTimeField(null=True)),
                ('key_id', models.UUIDField()),
                ('sealed_content', models.BinaryField()),
                ('sealed_posts', models.BinaryField()),
                ('shredded_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Disclosure',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('format', models.CharField(choices=[('stix', 'STIX 2.1'), ('misp', 'MISP event')], max_length=8)),
                ('tlp', models.CharField(choices=[('clear', 'TLP:CLEAR, anybody'), ('green', 'TLP:GREEN, their community'), ('amber', 'TLP:AMBER, their organisation and those it serves')], max_length=8)),
                ('recipient', models.CharField(max_length=120)),
                ('purpose', models.CharField(max_length=300)),
                ('sha256', models.CharField(max_length=64)),
                ('at', models.DateTimeField(db_index=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disclosures', to='campaigns.finding')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='FollowedAct',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('on', models.DateField()),
                ('platform', models.CharField(max_length=60)),
                ('sealed_what', models.BinaryField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='campaigns.finding')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('kind', models.CharField(choices=[('detect', 'Detection'), ('trace', 'Following what moved')], default='detect', max_length=8)),
                ('parameters', models.JSONField()),
                ('asked_for', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('done', 'Finished'), ('failed', 'Stopped')], default='queued', max_length=8)),
                ('stage', models.CharField(blank=True, max_length=80)),
                ('stage_number', models.PositiveSmallIntegerField(default=0)),
                ('stages', models.PositiveSmallIntegerField(default=1)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('started_at', models.DateTimeField(null=True)),
                ('alive_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('failure', models.CharField(blank=True, choices=[('unreadable', 'Unreadable'), ('bad_option', 'Bad Option'), ('too_big', 'Too Big'), ('too_long', 'Too Long'), ('not_installed', 'Not Installed'), ('deleted', 'Deleted'), ('no_room', 'No Room'), ('fell_over', 'Fell Over')], max_length=16)),
                ('sealed_outcome', models.BinaryField(default=b'')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='traces', to='campaigns.finding')),
            ],
        ),
        migrations.AddField(
            model_name='finding',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='campaigns.run'),
        ),
        migrations.CreateModel(
            name='Sending',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('reference', models.CharField(max_length=24, unique=True)),
                ('sealed_addresses', models.BinaryField()),
                ('addresses', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sendings', to='campaigns.finding')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('title', models.CharField(max_length=120)),
                ('purpose', models.CharField(max_length=300)),
                ('legal_basis', models.CharField(choices=[('public_task', 'Public task'), ('law_enforcement', 'Law enforcement purpose'), ('legal_obligation', 'Legal obligation'), ('legitimate_interests', 'Legitimate interests of the platform'), ('research', 'Research in the public interest')], max_length=24)),
                ('source_note', models.CharField(max_length=300)),
                ('origin', models.CharField(choices=[('upload', 'Uploaded'), ('folder', 'From the snapshot folder')], max_length=8)),
                ('suffix', models.CharField(max_length=8)),
                ('mapping', models.JSONField(default=dict)),
                ('size_bytes', models.PositiveBigIntegerField()),
                ('key_id', models.UUIDField()),
                ('sealed_name', models.BinaryField()),
                ('sealed_identifier_key', models.BinaryField()),
                ('stored_as', models.CharField(max_length=32)),
                ('delete_on', models.DateField(db_index=True)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('deleted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='run',
            name='snapshot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='campaigns.snapshot'),
        ),
        migrations.CreateModel(
            name='Judgement',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('open', 'To be judged'), ('confirmed', 'Confirmed'), ('dismissed', 'Dismissed'), ('watch', 'Watched')], max_length=12)),
                ('sealed_reason', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='judgements', to='campaigns.finding')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('finding', 'number'), name='judgement_numbered')],
            },
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(fields=['state', '-created_at'], name='finding_by_state'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(fields=('run', 'number'), name='finding_stored_once'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('judged_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('judged_at__isnull', False)), _connector='OR'), name='finding_judged_at_a_moment'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['state', 'created_at'], name='run_by_state'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'failed'), _negated=True), fields=('snapshot', 'asked_for'), name='run_asked_once'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finding__isnull', False), ('kind', 'trace')), models.Q(('finding__isnull', True), ('kind', 'detect')), _connector='OR'), name='run_trace_of_a_finding'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), models.Q(('failure', ''), _negated=True)), models.Q(models.Q(('state', 'failed'), _negated=True), ('failure', '')), _connector='OR'), name='run_failed_for_a_reason'),
        ),
    ]
