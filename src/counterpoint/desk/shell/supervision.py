"""Breaking the glass, and the supervisors' review of it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint.access import selectors, services
from counterpoint.access.gate import viewer_of
from counterpoint.access.policies import REASON_CHARACTERS
from counterpoint.access.types import SubjectKind
from counterpoint.base import ids
from counterpoint.base.errors import NotFound
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import PAGE_OF, bind, desk_page, refusals_on

_LONGEST = 500


class BreakGlassForm(DeskForm):
    kind = forms.ChoiceField(label="What is it?", choices=SubjectKind.choices, widget=forms.RadioSelect)
    reference = forms.CharField(label="Reference", help_text="For example CP-7K3M-9Q2D-4", max_length=40)
    reason = forms.CharField(
        label="Why must you read it now?",
        help_text=f"At least {REASON_CHARACTERS} characters. The supervisors read this, and it stays in the audit "
        "trail. Name no person.",
        widget=forms.Textarea,
        max_length=_LONGEST,
    )

    def clean_reference(self) -> str:
        reference = ids.read_reference(self.cleaned_data["reference"])
        if reference is None:
            raise forms.ValidationError("This is not a reference of ours. One looks like CP-7K3M-9Q2D-4.")
        return reference


class ReviewForm(DeskForm):
    found_proper = forms.TypedChoiceField(
        label="Was there a good reason to read the record?",
        choices=[("yes", "Yes, it was proper"), ("no", "No, it was not proper")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="Why?",
        help_text=f"At least {REASON_CHARACTERS} characters",
        widget=forms.Textarea,
        max_length=_LONGEST,
    )


@desk_page
def break_glass(request: HttpRequest) -> HttpResponse:
    """Open a record that is not one's own, with a reason."""
    initial = {"reference": request.GET.get("reference", ""), "kind": request.GET.get("kind", "")}
    form = bind(BreakGlassForm, request, initial=initial)
    if form.is_bound and form.is_valid():
        kind = SubjectKind(form.cleaned_data["kind"])
        with refusals_on(form):
            row = services.break_glass(
                form.cleaned_data["reference"], kind=kind, reason=form.cleaned_data["reason"], by=viewer_of(request)
            )
            route, part = PAGE_OF[kind]
            return redirect(reverse(route, kwargs={part: row.subject_id}))
    return render(request, "desk/shell/break_glass.html", {"form": form})


@desk_page
def readings(request: HttpRequest) -> HttpResponse:
    """Break-glass reads: those to review, and those reviewed lately."""
    viewer = viewer_of(request)
    context = {
        "waiting": selectors.break_glass_reads(viewer, reviewed=False),
        "reviewed": selectors.break_glass_reads(viewer, reviewed=True, limit=20),
    }
    return render(request, "desk/shell/supervision.html", context)


@desk_page
def review(request: HttpRequest, *, row_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row = next((row for row in selectors.break_glass_reads(viewer, reviewed=False) if row.id == row_id), None)
    if row is None:
        raise NotFound("There is no such reading, or it is not yours to review.")
    form = bind(ReviewForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.review_break_glass(row_id, **form.cleaned_data, by=viewer)
            messages.success(request, "The review is recorded, and the reader was told.")
            return redirect("desk:supervision")
    return render(request, "desk/shell/supervision_review.html", {"form": form, "reading": row})
