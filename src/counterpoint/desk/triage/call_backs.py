"""The call-back queue: what arrived and needs a person before it can be a referral, and what they do with it."""

from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint import journey
from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import can_read
from counterpoint.access.types import SubjectKind
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import PAGE_OF, bind, desk_page, refusals_on
from counterpoint.desk.triage.answers import answer_sections, unfit_rows
from counterpoint.intake.permissions import can_work_call_backs
from counterpoint.intake.types import ArrivalState, CallBackEnding
from counterpoint.kernel.packs import Pack
from counterpoint.rules.selectors import pack_in_force
from counterpoint.triage import call_backs

_REASONS = [(ending.value, ending.label) for ending in CallBackEnding if ending is not CallBackEnding.IN_INBOX]
_AN = {SubjectKind.REFERRAL: "a referral", SubjectKind.ADVICE: "a question for advice"}
_LONGEST_NOTE = 1000
_LONGEST_TOLD = 2000


class SetAsideForm(DeskForm):
    ending = forms.ChoiceField(label="Why does it need no more?", choices=_REASONS, widget=forms.RadioSelect)
    sent_again_as = forms.CharField(
        label="Its other reference, if it was sent again", max_length=40, required=False, widget=forms.TextInput
    )
    note = forms.CharField(
        label="What was done?",
        help_text="For colleagues. Kept sealed with what was sent, and read only with it.",
        widget=forms.Textarea,
        max_length=_LONGEST_NOTE,
    )
    told = forms.CharField(
        label="What does the reporter read?",
        help_text="It lies in the mailbox, where it says too that our work on it has ended. Plain words, in their "
        "language.",
        widget=forms.Textarea,
        max_length=_LONGEST_TOLD,
    )


@desk_page
def listed(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    context = {
        "rows": call_backs.call_backs(viewer),
        "dealt_with": call_backs.dealt_with_lately(viewer),
        "language_of": partial(_language, pack_in_force()),
    }
    return render(request, "desk/triage/call_backs.html", context)


@desk_page
def page(request: HttpRequest, *, arrival_id: UUID) -> HttpResponse:
    """The form as it was sent, with whatever is odd about it, and what can be done with it."""
    viewer = viewer_of(request)
    view = call_backs.call_back_for(viewer, arrival_id)
    route, part = PAGE_OF[view.made_of_it[0]] if view.made_of_it else ("", "")
    context = {
        "view": view,
        "unfit": unfit_rows(view.question_set_hash, view.answers, fitting=view.fitting, problems=view.unfit),
        "sections": answer_sections(view.question_set_hash, view.fitting),
        "may_work": can_work_call_backs(viewer),
        "made": (route, {part: view.made_of_it[1]}) if view.made_of_it else None,
        "state": view.row.state.value,
        "language": _language(pack_in_force(), view.row),
    }
    return render(request, "desk/triage/call_back.html", context)


@desk_page
def put_in(request: HttpRequest, *, arrival_id: UUID) -> HttpResponse:
    """By a POST. A GET leads back to the page and changes nothing."""
    if request.method != "POST":
        return redirect("desk:call_back", arrival_id=arrival_id)
    viewer = viewer_of(request)
    accepted = journey.put_into_inbox(arrival_id, by=viewer)
    kind = SubjectKind.REFERRAL if accepted.referral_id else SubjectKind.ADVICE
    made = accepted.referral_id or accepted.advice_id
    messages.success(request, f"It is {_AN[kind]} now. What did not fit the form can be read from its page.")
    if made is None or not can_read(viewer, kind=kind, subject_id=made):  # another lead agency runs triage
        return redirect("desk:call_backs")
    route, part = PAGE_OF[kind]
    return redirect(reverse(route, kwargs={part: made}))


@desk_page
def set_aside(request: HttpRequest, *, arrival_id: UUID) -> HttpResponse:
    """Say why it needs no more, and what the reporter reads. Nothing is deleted."""
    viewer = viewer_of(request)
    row = call_backs.call_back_row(viewer, arrival_id)
    form = bind(SetAsideForm, request)
    if not form.is_bound and row.state is not ArrivalState.PROBLEM:
        return redirect("desk:call_back", arrival_id=arrival_id)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            journey.set_call_back_aside(
                arrival_id,
                ending=CallBackEnding(given["ending"]),
                sent_again_as=given["sent_again_as"],
                note=given["note"],
                told=given["told"],
                by=viewer,
            )
            messages.success(request, f"{row.reference} was set aside. It is kept, and can be taken up again.")
            return redirect("desk:call_backs")
    return render(
        request,
        "desk/triage/call_back_set_aside.html",
        {"form": form, "row": row, "language": _language(pack_in_force(), row)},
    )


@desk_page
def take_up(request: HttpRequest, *, arrival_id: UUID) -> HttpResponse:
    """By a POST. A GET leads back to the page and changes nothing."""
    if request.method == "POST":
        journey.take_call_back_up(arrival_id, by=viewer_of(request))
        messages.success(request, "It waits for a call back again.")
    return redirect("desk:call_back", arrival_id=arrival_id)


def _language(pack: Pack, row: call_backs.CallBackRow) -> str:
    """In which the reporter wrote, by its own name where the pack has it."""
    return pack.language(row.language).name if pack.has_language(row.language) else row.language
