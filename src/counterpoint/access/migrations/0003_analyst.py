from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0002_process_lead'),
    ]

    operations = [
        migrations.AlterField(
            model_name='staffrole',
            name='role',
            field=models.CharField(choices=[('call_handler', 'Call handler'), ('triage_officer', 'Triage officer'), ('case_officer', 'Case officer'), ('partner', 'Partner agency'), ('content_reviewer', 'Content reviewer'), ('analyst', 'Analyst'), ('supervisor', 'Supervisor'), ('process_lead', 'Process lead'), ('auditor', 'Auditor'), ('administrator', 'Administrator')], max_length=32),
        ),
    ]
