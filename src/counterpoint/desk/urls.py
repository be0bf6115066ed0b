"""Routes of the desk. Each needs a row in the permission map (counterpoint.access.permissions)."""

from django.urls import re_path

from counterpoint.desk.campaigns.urls import urlpatterns as campaigns
from counterpoint.desk.cases.urls import urlpatterns as cases
from counterpoint.desk.panels.urls import urlpatterns as panels
from counterpoint.desk.partners.urls import urlpatterns as partners
from counterpoint.desk.rules.urls import urlpatterns as rules
from counterpoint.desk.shell.home import nowhere
from counterpoint.desk.shell.urls import urlpatterns as shell
from counterpoint.desk.support.urls import urlpatterns as support
from counterpoint.desk.tasks.urls import urlpatterns as tasks
from counterpoint.desk.triage.urls import urlpatterns as triage

app_name = "desk"
urlpatterns = [
    *shell,
    *triage,
    *tasks,
    *cases,
    *partners,
    *panels,
    *support,
    *rules,
    *campaigns,
    re_path(r"^.*/$", nowhere, name="nowhere"),
]
