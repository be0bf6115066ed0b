from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "counterpoint.cases"
    label = "cases"

    def ready(self) -> None:
        from counterpoint.cases import relations  # noqa: F401 - registers how staff stand to cases
