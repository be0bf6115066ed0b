from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "counterpoint.intake"
    label = "intake"
