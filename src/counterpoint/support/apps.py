from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "counterpoint.support"
    label = "support"
