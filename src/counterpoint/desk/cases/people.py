"""Who knows of a case: members, the lead officer, agencies with grants; and stepping aside. Sharing with an agency:
`counterpoint.desk.partners`."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access import selectors as access
from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.services import record_recusal
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.errors import NotPossible
from counterpoint.cases import selectors, services
from counterpoint.desk.cases import forms
from counterpoint.desk.cases.forms import problems_on
from counterpoint.desk.cases.shown import purpose_of, show, show_form
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page


@desk_page
def people(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.people_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    return show(request, view.heading, "people", {"view": view})


@desk_page
def add_member(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    members = {str(staff_id) for staff_id in selectors.members_of(viewer, case_id)}
    form = bind(forms.PersonForm, request)
    forms.set_choices(form, "staff", [row for row in _caseworkers(viewer) if row[0] not in members])
    if form.is_bound and form.is_valid():
        staff = _chosen(viewer, form.cleaned_data["staff"])
        with problems_on(form):
            services.add_member(case, staff=staff, by=viewer)
            messages.success(request, f"{staff.name} works on the case from now on.")
            return redirect("desk:case_people", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title="Add somebody to the case", submit="Add", back="desk:case_people")


@desk_page
def remove_member(request: HttpRequest, *, case_id: UUID, staff_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    staff = selectors.members_of(viewer, case_id).get(staff_id)
    if staff is None:
        raise NotPossible("This person does not work on the case.")
    form = bind(DeskForm, request)
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.remove_member(case, staff=staff, by=viewer)
            messages.success(request, f"{staff.name} works on the case no longer.")
            return redirect("desk:case_people", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title=f"End the work of {staff.name}",
        submit="End it",
        back="desk:case_people",
        intro=("That they worked on the case stays told.",),
        is_serious=True,
    )


@desk_page
def hand_over(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.HandOverForm, request, initial={"version": case.version})
    others = [row for row in _caseworkers(viewer) if row[0] != str(case.lead_officer_id)]
    forms.set_choices(form, "lead_officer", others)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            lead = _chosen(viewer, given["lead_officer"])
            services.hand_over(case, lead_officer=lead, by=viewer, expected_version=given["version"])
            messages.success(request, f"{lead.name} leads the case now.")
            still_mine = selectors.can_read_case(viewer, case_id)
            return redirect("desk:case_people", case_id=case_id) if still_mine else redirect("desk:cases")
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title="Hand over the case",
        submit="Hand it over",
        back="desk:case_people",
        intro=(f"{heading.lead_officer} leads it now, and works on it no longer once it is handed over.",),
    )


@desk_page
def recuse(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Step aside: from then on the case is as if it were not there."""
    viewer = viewer_of(request)
    heading = selectors.heading_for(viewer, case_id)
    form = bind(forms.RecuseForm, request)
    if form.is_bound and form.is_valid():
        if heading.lead_officer_id == viewer.pk:
            form.add_error(None, "You lead this case. Hand it over first, then step aside.")
        else:
            with problems_on(form):
                reason = form.cleaned_data["reason"]
                record_recusal(viewer, kind=SubjectKind.CASE, subject_id=case_id, reason=reason, by=viewer)
                messages.success(request, f"You stepped aside from {heading.reference}. Your supervisors were told.")
                return redirect("desk:home")
    return show_form(
        request,
        heading,
        form,
        title="I have a conflict of interest",
        submit="Step aside",
        back="desk:case_people",
        intro=("From then on you do not see this case, nor the referrals it works.",),
        is_serious=True,
    )


def _caseworkers(viewer: Staff) -> list[tuple[str, str]]:
    people_here = access.colleagues(viewer, roles=(Role.CASE_OFFICER, Role.SUPERVISOR))
    return [(str(person.pk), person.name) for person in people_here]


def _chosen(viewer: Staff, staff_id: str) -> Staff:
    people_here = access.colleagues(viewer, roles=(Role.CASE_OFFICER, Role.SUPERVISOR))
    return next(person for person in people_here if str(person.pk) == staff_id)
