"""The panels and meetings of a viewer; a panel and who sits on it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotAllowed
from counterpoint.desk.cases.forms import problems_on, set_choices
from counterpoint.desk.panels import forms
from counterpoint.desk.panels.shown import show_form
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.panels import selectors, services
from counterpoint.panels.types import SeatRole


@desk_page
def overview(request: HttpRequest) -> HttpResponse:
    """My meetings, the next first; and the panels."""
    viewer = viewer_of(request)
    coming, over = selectors.meetings_of(viewer)
    context = {
        "coming": coming,
        "over": over,
        "panels": selectors.panels_of(viewer),
        "may_set_up": selectors.may_set_up(viewer),
    }
    return render(request, "desk/panels/list.html", context)


@desk_page
def new(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    if not selectors.may_set_up(viewer):
        raise NotAllowed("A panel is set up by a supervisor or a panel chair of a lead agency.")
    form = bind(forms.PanelForm, request)
    if form.is_bound and form.is_valid():
        with problems_on(form):
            panel = services.set_up_panel(form.cleaned_data["name"], by=viewer)
            messages.success(request, f"{panel.name} is set up. Give seats to its members.")
            return redirect("desk:panel", panel_id=panel.pk)
    return show_form(request, form, title="Set up a panel", submit="Set it up", back=reverse("desk:panels"))


@desk_page
def panel(request: HttpRequest, *, panel_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    return render(request, "desk/panels/panel.html", {"view": selectors.panel_for(viewer, panel_id)})


@desk_page
def give_seat(request: HttpRequest, *, panel_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.panel_row(viewer, panel_id)
    form = bind(forms.SeatForm, request)
    set_choices(form, "staff", selectors.possible_members(viewer, panel_id))
    if form.is_bound and form.is_valid():
        staff = selectors.staff_named(UUID(form.cleaned_data["staff"]))
        with problems_on(form):
            services.give_seat(row, staff=staff, role=SeatRole(form.cleaned_data["role"]), by=viewer)
            messages.success(request, f"{staff.name} sits on the panel from now on.")
            return redirect("desk:panel", panel_id=panel_id)
    intro = (
        "A seat gives no case away: a member reads what their agency was given, and nothing else.",
        "The panel has one chair. A new chair takes the place of the one before.",
    )
    back = reverse("desk:panel", kwargs={"panel_id": panel_id})
    return show_form(
        request, form, title="Give a seat", submit="Give the seat", back=back, caption=row.name, intro=intro
    )


@desk_page
def end_seat(request: HttpRequest, *, panel_id: UUID, seat_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.seat_row(viewer, panel_id, seat_id)
    form = bind(DeskForm, request)
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.end_seat(row, by=viewer)
            messages.success(request, f"{row.staff.name} sits on the panel no longer.")
            return redirect("desk:panel", panel_id=panel_id)
    back = reverse("desk:panel", kwargs={"panel_id": panel_id})
    return show_form(
        request,
        form,
        title=f"End the seat of {row.staff.name}",
        submit="End it",
        back=back,
        intro=("They read agendas, papers and minutes of this panel no longer. That they sat there stays told.",),
        is_serious=True,
    )
