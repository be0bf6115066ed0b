from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_kinds_of_events'),
    ]

    operations = [
        migrations.AlterField(
            model_name='caseevent',
            name='kind',
            field=models.CharField(choices=[('opened', 'Case opened'), ('step_done', 'Step finished'), ('action_added', 'Action added'), ('action_changed', 'Action changed'), ('action_done', 'Action finished'), ('action_dropped', 'Action dropped'), ('note_added', 'Note added'), ('question_sent', 'Question sent to the reporter'), ('update_sent', 'Message sent to the reporter'), ('outcome_recorded', 'Outcome recorded'), ('feedback_sent', 'Outcome told to the reporter'), ('feedback_withheld', 'Outcome withheld from the reporter'), ('category_assessed', 'Category assessed'), ('member_added', 'Member added'), ('member_removed', 'Member removed'), ('handed_over', 'Case handed over'), ('referral_joined', 'Referral joined'), ('shared', 'Shared with an agency'), ('shared_urgently', 'Shared without an agreement'), ('sharing_reviewed', 'Urgent sharing reviewed'), ('sharing_ended', 'Sharing ended'), ('information_asked', 'Information asked for'), ('information_answered', 'Information received'), ('information_declined', 'Information declined'), ('information_withdrawn', 'Request for information withdrawn'), ('transfer_offered', 'Transfer offered'), ('transfer_accepted', 'Transfer accepted'), ('transfer_rejected', 'Transfer rejected'), ('transfer_revoked', 'Transfer revoked'), ('task_given', 'Task given'), ('clock_paused', 'Clock paused'), ('clock_resumed', 'Clock goes on'), ('clock_extended', 'Clock extended'), ('ran_out', 'A clock ran out'), ('time_came', 'A date came'), ('news', 'News'), ('stage_reopened', 'Stage opened again'), ('other_process', 'Goes on by another process'), ('migrated', 'Moved to another version of the process'), ('put_on_agenda', "Put on a panel's agenda"), ('left_for_later', 'Left for a later panel'), ('panel_paper', 'Paper for the panel written'), ('panel_positions', 'Positions at the panel recorded'), ('panel_decided', 'The panel decided'), ('panel_action', 'Agreed at the panel'), ('consent_recorded', 'Consent recorded'), ('consent_withdrawn', 'Consent withdrawn'), ('assessment_begun', 'Assessment begun'), ('assessment_changed', 'Draft of an assessment saved'), ('assessment_finished', 'Assessment finished'), ('assessment_dropped', 'Draft of an assessment dropped'), ('plan_made', 'Support plan written'), ('intervention_added', 'Support planned'), ('intervention_changed', 'Support changed'), ('intervention_moved', 'Support went on'), ('offer_answered', 'The provider answered'), ('service_answered', 'A service answered'), ('session_logged', 'Session logged'), ('support_reviewed', 'Support reviewed'), ('closed', 'Case closed'), ('reopened', 'Case reopened')], max_length=24),
        ),
    ]
