from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "counterpoint.channels.portal"
    label = "portal"
