import counterpoint.base.clock
import counterpoint.base.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("access", "0001_first"),
        ("cases", "0002_tasks_and_clocks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Intervention',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('submission', models.UUIDField()),
                ('kind', models.CharField(choices=[('mentoring', 'Mentoring'), ('ideological', 'Mentoring on faith or ideology'), ('practical', 'Practical help'), ('education', 'Education or work'), ('health', 'Health'), ('family', 'Family'), ('signposting', 'Signposting to a service'), ('other', 'Other')], max_length=16)),
                ('sealed_title', models.BinaryField()),
                ('sealed_goals', models.BinaryField()),
                ('sealed_service', models.BinaryField(default=b'')),
                ('from_on', models.DateField()),
                ('until_on', models.DateField(null=True)),
                ('state', models.CharField(choices=[('offered', 'Offered'), ('accepted', 'Accepted'), ('not_accepted', 'Not accepted'), ('running', 'Running'), ('ended', 'Ended')], default='offered', max_length=12)),
                ('state_on', models.DateField()),
                ('sealed_why', models.BinaryField(default=b'')),
                ('service_answer', models.CharField(blank=True, choices=[('accepted', 'The service accepted'), ('not_accepted', 'The service did not accept')], max_length=12)),
                ('service_answered_on', models.DateField(null=True)),
                ('sealed_service_reason', models.BinaryField(default=b'')),
                ('outcome', models.CharField(blank=True, choices=[('worked', 'Worked'), ('partly', 'Worked in part'), ('did_not', 'Did not work'), ('not_taken_up', 'Not taken up')], max_length=16)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.agency')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interventions', to='cases.case')),
                ('staff', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SupportPlan',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('sealed_text', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='support_plans', to='cases.case')),
            ],
        ),
        migrations.CreateModel(
            name='SupportReview',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('submission', models.UUIDField()),
                ('reviewed_on', models.DateField()),
                ('impact', models.CharField(choices=[('better', 'Things are better'), ('some_better', 'Some things are better'), ('same', 'No change that we can see'), ('worse', 'Things are worse'), ('not_known', 'Not known')], max_length=16)),
                ('sealed_text', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='support_reviews', to='cases.case')),
            ],
        ),
        migrations.CreateModel(
            name='ReviewedIntervention',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('outcome', models.CharField(choices=[('worked', 'Worked'), ('partly', 'Worked in part'), ('did_not', 'Did not work'), ('not_taken_up', 'Not taken up')], max_length=16)),
                ('intervention', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviewed', to='support.intervention')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviewed', to='support.supportreview')),
            ],
        ),
        migrations.CreateModel(
            name='SupportSession',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('submission', models.UUIDField()),
                ('held_on', models.DateField()),
                ('attendance', models.CharField(choices=[('attended', 'They came'), ('not_attended', 'They did not come'), ('called_off', 'It was called off')], max_length=12)),
                ('sealed_note', models.BinaryField(default=b'')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('intervention', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='support.intervention')),
            ],
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('instrument', models.CharField(max_length=64)),
                ('instrument_version', models.CharField(max_length=32)),
                ('pack_hash', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('finished', 'Finished'), ('superseded', 'Corrected'), ('dropped', 'Dropped')], default='draft', max_length=12)),
                ('sealed_content', models.BinaryField(default=b'')),
                ('begun_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('begun_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='cases.case')),
                ('corrects', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='support.assessment')),
                ('finished_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('case', 'instrument'), name='assessment_one_draft'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('finished_by__isnull', False), ('state__in', ['finished', 'superseded'])), models.Q(('finished_at__isnull', True), ('finished_by__isnull', True), ('state__in', ['draft', 'dropped'])), _connector='OR'), name='assessment_finished_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=counterpoint.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=counterpoint.base.clock.now, editable=False)),
                ('kind', models.CharField(max_length=64)),
                ('number', models.PositiveSmallIntegerField()),
                ('result', models.CharField(choices=[('asked', 'Asked, no answer yet'), ('given', 'Given'), ('refused', 'Refused'), ('not_asked', 'Not asked, for a reason'), ('withdrawn', 'Withdrawn')], max_length=12)),
                ('on', models.DateField()),
                ('sealed_words', models.BinaryField()),
                ('table_hash', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='cases.case')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('case', 'kind', 'number'), name='consent_numbered_once')],
            },
        ),
        migrations.AddIndex(
            model_name='intervention',
            index=models.Index(fields=['agency', 'state'], name='intervention_by_agency'),
        ),
        migrations.AddIndex(
            model_name='intervention',
            index=models.Index(fields=['staff', 'state'], name='intervention_by_staff'),
        ),
        migrations.AddIndex(
            model_name='intervention',
            index=models.Index(fields=['from_on'], name='intervention_by_beginning'),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.UniqueConstraint(fields=('case', 'submission'), name='intervention_sent_once'),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agency__isnull', False), ('sealed_service', b''), ('staff__isnull', True)), models.Q(('agency__isnull', True), ('sealed_service', b''), ('staff__isnull', False)), models.Q(('agency__isnull', True), ('staff__isnull', True), models.Q(('sealed_service', b''), _negated=True)), _connector='OR'), name='intervention_has_one_provider'),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.CheckConstraint(condition=models.Q(('until_on__isnull', True), ('until_on__gte', models.F('from_on')), _connector='OR'), name='intervention_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('service_answer', ''), ('service_answered_on__isnull', True)), models.Q(models.Q(('service_answer', ''), _negated=True), ('kind', 'signposting'), ('service_answered_on__isnull', False)), _connector='OR'), name='intervention_answer_of_a_service'),
        ),
        migrations.AddConstraint(
            model_name='supportplan',
            constraint=models.UniqueConstraint(fields=('case', 'number'), name='support_plan_numbered_once'),
        ),
        migrations.AddConstraint(
            model_name='supportreview',
            constraint=models.UniqueConstraint(fields=('case', 'submission'), name='support_review_sent_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewedintervention',
            constraint=models.UniqueConstraint(fields=('review', 'intervention'), name='reviewed_intervention_once'),
        ),
        migrations.AddIndex(
            model_name='supportsession',
            index=models.Index(fields=['intervention', 'held_on'], name='support_session_by_day'),
        ),
        migrations.AddConstraint(
            model_name='supportsession',
            constraint=models.UniqueConstraint(fields=('intervention', 'submission'), name='support_session_sent_once'),
        ),
    ]
