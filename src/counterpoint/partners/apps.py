from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "counterpoint.partners"
    label = "partners"
