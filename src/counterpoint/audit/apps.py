from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "counterpoint.audit"
    label = "audit"
