"""Staff, agencies and roles: for administrators."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from counterpoint.access import selectors, services
from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.types import Invitation, Role, StaffView
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on

PAGE_ROWS = 50
SECTORS = (
    ("local_authority", "Local authority"),
    ("police", "Police"),
    ("education", "Education"),
    ("health", "Health"),
    ("prison_probation", "Prison or probation"),
    ("community", "Community organisation"),
    ("other", "Other"),
)


class AgencyForm(DeskForm):
    name = forms.CharField(label="Name", max_length=120)
    kind = forms.ChoiceField(label="Sector", choices=SECTORS, widget=forms.RadioSelect)
    is_lead = forms.BooleanField(label="It runs triage and cases (lead agency)", required=False)


class InviteForm(DeskForm):
    name = forms.CharField(label="Name", help_text="As colleagues will read it", max_length=120)
    email = forms.EmailField(
        label="E-mail address", help_text="To log in with. We send no mail: you give them the link."
    )
    agency = forms.ChoiceField(label="Agency")
    roles = forms.MultipleChoiceField(label="Roles", choices=Role.choices, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, viewer: Staff, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        agency = self.fields["agency"]
        if isinstance(agency, forms.ChoiceField):
            agency.choices = [(str(row.id), row.name) for row in selectors.agencies(viewer)]


class RoleForm(DeskForm):
    role = forms.ChoiceField(label="Role", choices=Role.choices)


@desk_page
def people(request: HttpRequest) -> HttpResponse:
    rows = selectors.staff_list(viewer_of(request), after=_after(request), limit=PAGE_ROWS + 1)
    page, more = rows[:PAGE_ROWS], len(rows) > PAGE_ROWS
    return render(request, "desk/shell/staff.html", {"people": page, "last": page[-1] if more else None})


@desk_page
def agencies(request: HttpRequest) -> HttpResponse:
    rows = selectors.agencies(viewer_of(request))
    return render(request, "desk/shell/agencies.html", {"agencies": rows, "sectors": dict(SECTORS)})


@desk_page
def new_agency(request: HttpRequest) -> HttpResponse:
    form = bind(AgencyForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.add_agency(**form.cleaned_data, by=viewer_of(request))
            messages.success(request, "The agency was added.")
            return redirect("desk:agencies")
    return render(request, "desk/shell/agency_new.html", {"form": form})


@desk_page
def invite(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    form = bind(InviteForm, request, viewer=viewer)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            invitation = services.invite_staff(
                email=given["email"],
                name=given["name"],
                agency=selectors.agency(viewer, UUID(given["agency"])),
                roles=[Role(role) for role in given["roles"]],
                by=viewer,
            )
            return _link_page(request, invitation)
    return render(request, "desk/shell/invite.html", {"form": form})


@desk_page
def person(request: HttpRequest, *, staff_id: UUID) -> HttpResponse:
    staff = selectors.staff_member(viewer_of(request), staff_id)
    return render(request, "desk/shell/person.html", {"person": staff, "role_form": _role_form(staff)})


@require_POST
@desk_page
def give_role(request: HttpRequest, *, staff_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    form = RoleForm(request.POST)
    staff = selectors.staff_to_change(viewer, staff_id)
    if not form.is_valid():
        raise NotPossible("Choose one of the roles.")
    role = Role(form.cleaned_data["role"])
    return _change(request, staff_id, lambda: services.give_role(staff, role=role, by=viewer), "The role was given.")


@require_POST
@desk_page
def end_role(request: HttpRequest, *, staff_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    form = RoleForm(request.POST)
    staff = selectors.staff_to_change(viewer, staff_id)
    if not form.is_valid():
        raise NotPossible("Choose one of the roles.")
    role = Role(form.cleaned_data["role"])
    return _change(request, staff_id, lambda: services.end_role(staff, role=role, by=viewer), "The role has ended.")


@require_POST
@desk_page
def new_link(request: HttpRequest, *, staff_id: UUID) -> HttpResponse:
    """A fresh one-time link; the old password ends at once."""
    viewer = viewer_of(request)
    return _link_page(request, services.invite_again(selectors.staff_to_change(viewer, staff_id), by=viewer))


@require_POST
@desk_page
def reset_second_factor(request: HttpRequest, *, staff_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    staff = selectors.staff_to_change(viewer, staff_id)
    return _change(
        request,
        staff_id,
        lambda: services.reset_second_factor(staff, by=viewer),
        "The second factor was reset. The next login sets up a new one.",
    )


@require_POST
@desk_page
def end_account(request: HttpRequest, *, staff_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    staff = selectors.staff_to_change(viewer, staff_id)
    return _change(request, staff_id, lambda: services.deactivate_staff(staff, by=viewer), "The account has ended.")


def _change(request: HttpRequest, staff_id: UUID, change: Callable[[], object], done: str) -> HttpResponse:
    """Carry out a change from the person's page, and go back to it with what came of it."""
    try:
        change()
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("desk:staff_member", staff_id=staff_id)


def _role_form(staff: StaffView) -> RoleForm:
    held = {row.role for row in staff.roles}
    form = RoleForm()
    field = form.fields["role"]
    if isinstance(field, forms.ChoiceField):
        field.choices = [(role.value, role.label) for role in Role if role not in held]
    return form


def _link_page(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    context = {"link": request.build_absolute_uri(invitation.path), "invitation": invitation}
    return render(request, "desk/shell/invited.html", context)


def _after(request: HttpRequest) -> tuple[str, UUID] | None:
    name, _, row_id = request.GET.get("after", "").rpartition("|")
    try:
        return (name, UUID(row_id)) if name else None
    except ValueError:
        raise NotFound("The address of this page is not complete. Begin at the first page again.") from None
