"""Who is away, and who stands in."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access import absences as access
from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.types import Role
from counterpoint.desk.cases.forms import problems_on, set_choices
from counterpoint.desk.shell.fields import DateParts, DeskForm
from counterpoint.desk.shell.pages import bind, desk_page


class AbsenceForm(DeskForm):
    staff = forms.ChoiceField(label="Who is away?")
    cover = forms.ChoiceField(
        label="Who stands in?", help_text="They see the tasks, and can do them where they know the case"
    )
    from_on = DateParts(label="From which day?", help_text="For example, 27 3 2027")
    until = DateParts(label="To which day?", help_text="The last day away")


@desk_page
def absences(request: HttpRequest) -> HttpResponse:
    """The absences of one's agency, and a form for another."""
    viewer = viewer_of(request)
    form = bind(AbsenceForm, request, initial={"staff": str(viewer.pk)})
    colleagues = [(str(staff_id), name) for staff_id, name in access.active_colleagues(viewer)]
    may_set_others = Role.SUPERVISOR in viewer.role_names
    set_choices(form, "staff", colleagues if may_set_others else [(str(viewer.pk), viewer.name)])
    set_choices(form, "cover", [("", "Choose"), *colleagues])
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            access.set_absence(
                Staff.objects.get(pk=given["staff"]),
                cover=Staff.objects.get(pk=given["cover"]),
                from_on=given["from_on"],
                until=given["until"],
                by=viewer,
            )
            messages.success(request, "The absence is recorded, and who stands in was told.")
            return redirect("desk:absences")
    return render(request, "desk/tasks/absences.html", {"form": form, "rows": access.absences(viewer)})


@desk_page
def end(request: HttpRequest, *, absence_id: UUID) -> HttpResponse:
    """Somebody is back, or it was a mistake."""
    if request.method == "POST":
        access.end_absence(absence_id, by=viewer_of(request))
        messages.success(request, "The absence has ended.")
    return redirect("desk:absences")
