from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "counterpoint.cases"
    label = "cases"
