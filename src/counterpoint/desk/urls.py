"""Routes of the desk. Each needs a row in the permission map (counterpoint.access.permissions)."""

from counterpoint.desk.shell.urls import urlpatterns as shell

app_name = "desk"
urlpatterns = [*shell]
