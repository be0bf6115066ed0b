from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "counterpoint.triage"
    label = "triage"
