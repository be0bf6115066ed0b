from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "counterpoint.rules"
    label = "rules"
