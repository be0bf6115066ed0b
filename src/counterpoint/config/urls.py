"""Every route. Each needs a row in the permission map (counterpoint.access.permissions), or the tests fail."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", include("counterpoint.desk.shell.login_urls")),  # the login library needs names without a namespace
    path("desk/", include("counterpoint.desk.urls")),
    path("", include("counterpoint.channels.portal.urls")),
]
handler400 = "counterpoint.channels.portal.refusals.bad_request"
handler403 = "counterpoint.channels.portal.refusals.forbidden"
handler404 = "counterpoint.channels.portal.refusals.not_found"
handler500 = "counterpoint.channels.portal.refusals.fault"
