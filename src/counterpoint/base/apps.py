from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "counterpoint.base"
    label = "base"
