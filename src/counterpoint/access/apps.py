from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "counterpoint.access"
    label = "access"
