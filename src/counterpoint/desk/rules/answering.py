"""Answering for a change of the rules: approve it, put it in force, withdraw it, roll it back."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotPossible
from counterpoint.desk.shell.fields import DeskForm, VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.rules import services, views
from counterpoint.rules.types import OPEN, DraftState
from counterpoint.triage import trials


class ApproveForm(VersionedForm):
    read = forms.BooleanField(label="I have read the difference, and what the backtest shows")
    note = forms.CharField(
        label="Note", help_text="Stays in the history. Name no person.", widget=forms.Textarea, max_length=1000,
        required=False,
    )  # fmt: skip


class LiveForm(VersionedForm):
    sure = forms.BooleanField(label="Put it in force for everything that is judged from now on")


class WithdrawForm(VersionedForm):
    why = forms.CharField(label="Why is it withdrawn?", widget=forms.Textarea, max_length=1000)


class RollBackForm(DeskForm):
    in_force = forms.CharField(widget=forms.HiddenInput)
    why = forms.CharField(
        label="Why?", help_text="Stays in the history. Name no person.", widget=forms.Textarea, max_length=1000
    )


@desk_page
def approve(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    if view.state not in OPEN or view.state is DraftState.APPROVED:
        raise NotPossible(f"This draft is “{view.state.label.lower()}”: there is nothing to approve.")
    form = bind(ApproveForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            services.approve_draft(draft_id, note=given["note"], by=viewer, expected_version=given["version"])
            messages.success(request, "The draft is approved. It is not in force yet.")
            return redirect("desk:rule_draft", draft_id=draft_id)
    context = {
        "form": form,
        "draft": view,
        "is_author": viewer.pk in view.authors,
        "files": views.difference_of(viewer, draft_id),
        "backtests": [row for row in trials.backtests_of(viewer, draft_id) if row.finished_at],
    }
    return render(request, "desk/rules/approve.html", context)


@desk_page
def go_live(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    if view.state is not DraftState.APPROVED:
        raise NotPossible("Only an approved draft can be put in force.")
    form = bind(LiveForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.go_live(draft_id, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The change is in force.")
            return redirect("desk:rule_draft", draft_id=draft_id)
    return render(request, "desk/rules/live.html", {"form": form, "draft": view})


@desk_page
def withdraw(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    if view.state not in OPEN:
        raise NotPossible(f"This draft is “{view.state.label.lower()}” already.")
    form = bind(WithdrawForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            services.withdraw_draft(draft_id, why=given["why"], by=viewer, expected_version=given["version"])
            messages.success(request, "The draft is withdrawn.")
            return redirect("desk:rules")
    return render(request, "desk/rules/withdraw.html", {"form": form, "draft": view})


@desk_page
def roll_back(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    current, former = views.pack_history(viewer, limit=1)[0], views.version_before(viewer)
    if former is None:
        raise NotPossible("There is no earlier pack to go back to.")
    form = bind(RollBackForm, request, initial={"in_force": current.content_hash})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            services.roll_back(why=given["why"], by=viewer, expected_hash=given["in_force"])
            messages.success(request, "The earlier pack is in force again.")
            return redirect("desk:rules")
    return render(request, "desk/rules/roll_back.html", {"form": form, "current": current, "former": former})
