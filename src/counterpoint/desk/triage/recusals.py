"""Conflicts of interest about a referral: step aside oneself; supervisors see who did, and may lift one."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access import selectors as access
from counterpoint.access import services
from counterpoint.access.gate import viewer_of
from counterpoint.access.policies import REASON_CHARACTERS
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.errors import NotPossible
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.intake import selectors as intake

_WORKING_ROLES = (Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.SUPERVISOR)


class RecuseForm(DeskForm):
    reason = forms.CharField(
        label="What is the conflict of interest?",
        help_text="A few words that give nobody away, for example: I know the family",
        max_length=300,
    )


class RecuseColleagueForm(RecuseForm):
    staff = forms.ChoiceField(label="Who?")

    field_order = ("staff", "reason")


class LiftForm(DeskForm):
    reason = forms.CharField(
        label="Why is there no conflict any more?",
        help_text=f"At least {REASON_CHARACTERS} characters",
        widget=forms.Textarea,
        max_length=300,
    )


@desk_page
def recuse(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    """Step aside: from then on the record is as if it were not there."""
    viewer = viewer_of(request)
    reference = intake.referral_row(referral_id).reference
    form = bind(RecuseForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.record_recusal(
                viewer,
                kind=SubjectKind.REFERRAL,
                subject_id=referral_id,
                reason=form.cleaned_data["reason"],
                by=viewer,
            )
            messages.success(request, f"You stepped aside from {reference}. Your supervisors were told.")
            return redirect("desk:home")
    return render(request, "desk/triage/recuse.html", {"form": form, "reference": reference, "id": referral_id})


@desk_page
def listed(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    """For supervisors: who stepped aside; and record it for a colleague."""
    viewer = viewer_of(request)
    rows = access.recusals_from(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id)
    people = [person for person in access.colleagues(viewer, roles=_WORKING_ROLES) if person.pk != viewer.pk]
    form = bind(RecuseColleagueForm, request)
    field = form.fields["staff"]
    if isinstance(field, forms.ChoiceField):
        field.choices = [(str(person.pk), person.name) for person in people]
    if form.is_bound and form.is_valid():
        staff = next(person for person in people if str(person.pk) == form.cleaned_data["staff"])
        with refusals_on(form):
            services.record_recusal(
                staff,
                kind=SubjectKind.REFERRAL,
                subject_id=referral_id,
                reason=form.cleaned_data["reason"],
                by=viewer,
            )
            messages.success(request, f"{staff.name} does not see this referral any more.")
            return redirect("desk:referral_recusals", referral_id=referral_id)
    reference = intake.referral_row(referral_id).reference
    context = {"form": form, "rows": rows, "reference": reference, "id": referral_id}
    return render(request, "desk/triage/recusals.html", context)


@desk_page
def lift(request: HttpRequest, *, referral_id: UUID, recusal_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    rows = access.recusals_from(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id)
    row = next((row for row in rows if row.id == recusal_id and row.lifted_at is None), None)
    if row is None:
        raise NotPossible("There is no such conflict of interest to lift.")
    form = bind(LiftForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.lift_recusal(recusal_id, reason=form.cleaned_data["reason"], by=viewer)
            messages.success(request, "The conflict of interest was lifted.")
            return redirect("desk:referral_recusals", referral_id=referral_id)
    return render(request, "desk/triage/recusal_lift.html", {"form": form, "row": row, "id": referral_id})
