from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "counterpoint.campaigns"
    label = "campaigns"
