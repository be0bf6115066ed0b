import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0005_absences_and_roles'),
        ('cases', '0002_tasks_and_clocks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AgendaItem',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('state', models.CharField(choices=[('on', 'On the agenda'), ('left', 'Left for later')], max_length=4)),
                ('place', models.PositiveIntegerField()),
                ('sealed_paper', models.BinaryField(default=b'')),
                ('sealed_why_left', models.BinaryField(default=b'')),
                ('motion', models.CharField(blank=True, max_length=64)),
                ('motion_number', models.PositiveSmallIntegerField(default=0)),
                ('motion_step', models.CharField(blank=True, max_length=64)),
                ('chair_view', models.CharField(choices=[('none', 'Not said'), ('for', 'For it'), ('against', 'Against it')], default='none', max_length=8)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('home_force', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.agency')),
                ('put_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ItemAction',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('action', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.action')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='panels.agendaitem')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ItemRecusal',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('recusal_id', models.UUIDField(unique=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recusals', to='panels.agendaitem')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Panel',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('lead_agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.agency')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PanelMeeting',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('key_id', models.UUIDField()),
                ('starts_at', models.DateTimeField()),
                ('place', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('papers_sent', 'Papers sent'), ('held', 'Held'), ('cancelled', 'Cancelled')], default='planned', max_length=12)),
                ('papers_sent_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('sealed_why_cancelled', models.BinaryField(default=b'')),
                ('chair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meetings', to='panels.panel')),
                ('planned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Minutes',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('number', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('final', 'Final')], default='draft', max_length=5)),
                ('sealed_summary', models.BinaryField(default=b'')),
                ('sealed_attendance', models.BinaryField(default=b'')),
                ('approved_at', models.DateTimeField(null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='minutes', to='panels.panelmeeting')),
            ],
        ),
        migrations.AddField(
            model_name='agendaitem',
            name='meeting',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='panels.panelmeeting'),
        ),
        migrations.CreateModel(
            name='PanelSeat',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('role', models.CharField(choices=[('chair', 'Chair'), ('vice_chair', 'Vice chair'), ('member', 'Member')], max_length=12)),
                ('from_at', models.DateTimeField()),
                ('to_at', models.DateTimeField(null=True)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.agency')),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='panels.panel')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Attendance',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('number', models.PositiveIntegerField()),
                ('attending', models.CharField(choices=[('present', 'Present'), ('deputy', 'A deputy came'), ('apologies', 'Sent apologies'), ('absent', 'Absent')], max_length=10)),
                ('sealed_deputy_name', models.BinaryField(default=b'')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('deputy', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attendance', to='panels.panelmeeting')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='panels.panelseat')),
            ],
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('motion_number', models.PositiveSmallIntegerField()),
                ('view', models.CharField(choices=[('agree', 'Agrees'), ('disagree', 'Disagrees'), ('abstain', 'Abstains')], max_length=8)),
                ('sealed_words', models.BinaryField(default=b'')),
                ('at', models.DateTimeField()),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.agency')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='panels.agendaitem')),
            ],
        ),
        migrations.CreateModel(
            name='MinutesItem',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('sealed_text', models.BinaryField(default=b'')),
                ('sealed_record', models.BinaryField(default=b'')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='panels.agendaitem')),
                ('minutes', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='panels.minutes')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('minutes', 'item'), name='minutes_item_once')],
            },
        ),
        migrations.CreateModel(
            name='PanelDecision',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('step', models.CharField(max_length=64)),
                ('step_name', models.CharField(max_length=120)),
                ('run_number', models.PositiveSmallIntegerField()),
                ('motion', models.CharField(max_length=64)),
                ('motion_label', models.CharField(max_length=300)),
                ('motion_number', models.PositiveSmallIntegerField()),
                ('decided_by', models.CharField(max_length=32)),
                ('facts', models.JSONField(default=dict)),
                ('tables', models.JSONField(default=list)),
                ('sealed_reason', models.BinaryField()),
                ('sealed_dissent', models.BinaryField(default=b'')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='panels.agendaitem')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('item', 'motion_number'), name='panel_decision_once_a_motion')],
            },
        ),
        migrations.AddIndex(
            model_name='panelmeeting',
            index=models.Index(fields=['panel', '-starts_at', 'id'], name='panel_meeting_by_day'),
        ),
        migrations.AddConstraint(
            model_name='panelmeeting',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('panel', 'starts_at'), name='panel_meeting_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='panelmeeting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ['held', 'cancelled'])), models.Q(('ended_at__isnull', True), ('state__in', ['planned', 'papers_sent'])), _connector='OR'), name='panel_meeting_ended_with_moment'),
        ),
        migrations.AddConstraint(
            model_name='minutes',
            constraint=models.UniqueConstraint(fields=('meeting', 'number'), name='minutes_numbered_once'),
        ),
        migrations.AddConstraint(
            model_name='minutes',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('meeting',), name='minutes_one_draft_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='minutes',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), ('state', 'final')), models.Q(('approved_at__isnull', True), ('approved_by__isnull', True), ('state', 'draft')), _connector='OR'), name='minutes_final_when_approved'),
        ),
        migrations.AddIndex(
            model_name='agendaitem',
            index=models.Index(fields=['case', 'state'], name='agenda_item_by_case'),
        ),
        migrations.AddConstraint(
            model_name='agendaitem',
            constraint=models.UniqueConstraint(fields=('meeting', 'case'), name='agenda_item_case_once'),
        ),
        migrations.AddConstraint(
            model_name='agendaitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('motion', ''), ('motion_step', '')), models.Q(models.Q(('motion', ''), _negated=True), models.Q(('motion_step', ''), _negated=True), ('motion_number__gt', 0)), _connector='OR'), name='agenda_item_motion_numbered'),
        ),
        migrations.AddIndex(
            model_name='panelseat',
            index=models.Index(fields=['staff', 'to_at', 'panel'], name='panel_seat_by_staff'),
        ),
        migrations.AddConstraint(
            model_name='panelseat',
            constraint=models.UniqueConstraint(condition=models.Q(('to_at__isnull', True)), fields=('panel', 'staff'), name='panel_seat_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='panelseat',
            constraint=models.UniqueConstraint(condition=models.Q(('role', 'chair'), ('to_at__isnull', True)), fields=('panel',), name='panel_one_chair_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='attendance',
            constraint=models.UniqueConstraint(fields=('meeting', 'seat', 'number'), name='panel_attendance_numbered_once'),
        ),
        migrations.AddConstraint(
            model_name='attendance',
            constraint=models.CheckConstraint(condition=models.Q(('attending', 'deputy'), models.Q(('deputy__isnull', True), ('sealed_deputy_name', b'')), _connector='OR'), name='panel_attendance_deputy_only_where_one_came'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.UniqueConstraint(fields=('item', 'motion_number', 'agency'), name='panel_position_once_an_agency'),
        ),
    ]
