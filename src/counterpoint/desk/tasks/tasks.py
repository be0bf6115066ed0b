"""What somebody has to do, what waits for their role, and what is late."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Agency, Staff
from counterpoint.access.selectors import agency as agency_row
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import selectors, services
from counterpoint.desk.cases.forms import problems_on, set_choices
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page

_STAFF, _AGENCY = "staff:", "agency:"


class GiveForm(DeskForm):
    to = forms.ChoiceField(
        label="Who should do it?",
        help_text="A person, or who holds the role in an agency",
        widget=forms.RadioSelect,
    )


@desk_page
def tasks(request: HttpRequest) -> HttpResponse:
    """One's own, those of whom one stands in for, and the queue."""
    viewer = viewer_of(request)
    return render(request, "desk/tasks/tasks.html", {"lists": selectors.tasks_for(viewer)})


@desk_page
def take(request: HttpRequest, *, task_id: UUID) -> HttpResponse:
    """Take a task from the queue: asked once more, since it lets the taker work on the case."""
    viewer = viewer_of(request)
    if request.method == "POST":
        task = services.take_task(task_id, by=viewer)
        messages.success(request, f"“{task.step_name}” is yours.")
        return redirect("desk:case", case_id=task.case_id)
    if not selectors.may_take(viewer, task_id):
        raise NotFound("There is no such task, or somebody has taken it. Look at the queue again.")
    return render(request, "desk/tasks/take.html", {"form": DeskForm()})


@desk_page
def give(request: HttpRequest, *, task_id: UUID) -> HttpResponse:
    """Give a task to somebody, or to an agency's queue."""
    viewer = viewer_of(request)
    found = selectors.task_choices(viewer, task_id)
    form = bind(GiveForm, request)
    people = [(f"{_STAFF}{person_id}", name) for person_id, name in found.people]
    agencies = [(f"{_AGENCY}{agency_id}", f"{name}: whoever takes it") for agency_id, name in found.agencies]
    set_choices(form, "to", [*people, *agencies])
    if form.is_bound and form.is_valid():
        with problems_on(form):
            to = _chosen(viewer, form.cleaned_data["to"])
            if isinstance(to, Agency):
                services.give_task_to_agency(task_id, agency=to, by=viewer)
            else:
                services.give_task(task_id, to=to, by=viewer)
            messages.success(request, f"“{found.task.name}” was given to {to.name}.")
            return redirect("desk:tasks")
    return render(request, "desk/tasks/give.html", {"form": form, "task": found.task})


@desk_page
def board(request: HttpRequest) -> HttpResponse:
    """What is late, what will be, what is held, and which dates come."""
    return render(request, "desk/tasks/board.html", {"board": selectors.board_for(viewer_of(request))})


def _chosen(viewer: Staff, code: str) -> Staff | Agency:
    if code.startswith(_AGENCY):
        return agency_row(viewer, UUID(code.removeprefix(_AGENCY)))
    person = one_or_none(Staff.objects.select_related("agency").filter(pk=UUID(code.removeprefix(_STAFF))))
    if person is None:
        raise NotFound("There is no such person.")
    return person
