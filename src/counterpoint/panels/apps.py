from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "counterpoint.panels"
    label = "panels"

    def ready(self) -> None:
        from counterpoint.panels import relations  # noqa: F401 - registers how a seat at the table stands to cases
