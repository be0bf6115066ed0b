"""Routes of the shell."""

from django.urls import path

from counterpoint.desk.shell import login

urlpatterns = [
    path("invitation/<uuid:staff_id>/<str:token>/", login.accept_invitation, name="accept_invitation"),
]
