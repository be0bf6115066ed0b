from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "counterpoint.desk"
    label = "desk"

    def ready(self) -> None:
        from counterpoint.desk.campaigns.waiting import waiting_in_campaigns
        from counterpoint.desk.cases.waiting import waiting_in_cases
        from counterpoint.desk.panels.waiting import waiting_in_panels
        from counterpoint.desk.partners.waiting import waiting_with_partners
        from counterpoint.desk.rules.waiting import waiting_in_rules
        from counterpoint.desk.shell.waiting import add_source
        from counterpoint.desk.support.waiting import waiting_in_support
        from counterpoint.desk.triage.waiting import waiting_call_backs, waiting_for_supervisors, waiting_in_triage

        add_source(waiting_in_triage)
        add_source(waiting_call_backs)
        add_source(waiting_for_supervisors)
        add_source(waiting_in_cases)
        add_source(waiting_in_panels)
        add_source(waiting_in_support)
        add_source(waiting_with_partners)
        add_source(waiting_in_campaigns)
        add_source(waiting_in_rules)
