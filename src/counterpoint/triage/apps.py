from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "counterpoint.triage"
    label = "triage"

    def ready(self) -> None:
        """Tell access who stands how to a referral."""
        from counterpoint.triage import relations  # noqa: F401 - registers itself
