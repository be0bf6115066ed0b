"""Runs: begun, watched while they are under way, read when they are done."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.campaigns import selectors, services
from counterpoint.campaigns.types import Detector, Parameters
from counterpoint.campaigns.wording import reason_in_words
from counterpoint.desk.campaigns import forms
from counterpoint.desk.campaigns.forms import show_form
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on


@desk_page
def new(request: HttpRequest, *, snapshot_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    snapshot = selectors.snapshot(viewer, snapshot_id)
    usual = Parameters()
    initial = {
        "detectors": [detector.value for detector in usual.detectors],
        "window_seconds": usual.window_seconds,
        "min_participation": usual.min_participation,
    }
    form = bind(forms.RunForm, request, initial=initial)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            run = services.ask_run(snapshot_id, parameters=form.parameters(), by=viewer)
            return redirect("desk:run", run_id=run.pk)
    intro = ("What comes out is evidence for a person to judge. It is no verdict, and names nobody behind an account.",)
    back = reverse("desk:snapshot", kwargs={"snapshot_id": snapshot_id})
    return show_form(
        request, form, title="Look for coordination", submit="Begin", back=back, caption=snapshot.title, intro=intro
    )


@desk_page
def run(request: HttpRequest, *, run_id: UUID) -> HttpResponse:
    """While it is under way: how far it is, and a link to look again; with a script it looks again by itself."""
    viewer = viewer_of(request)
    view = selectors.run(viewer, run_id)
    context = {
        "run": view,
        "analyses": can_hold(viewer, Role.ANALYST),
        "detectors": [Detector(name).label for name in view.parameters.detectors] if view.parameters else (),
        "reasons": {reason: reason_in_words(reason) for reason in view.facts.get("quarantined", {})},
        "in_words": reason_in_words,
    }
    return render(request, "desk/campaigns/run.html", context)
