"""Advice: questions without a referral, by form or by telephone."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint import journey
from counterpoint.access.gate import viewer_of
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.desk.shell.fields import DeskForm, VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.desk.triage.answers import AnswerSection, answer_sections
from counterpoint.desk.triage.asking import script
from counterpoint.desk.triage.deciding import NO_HANDOVER, HandoverForm
from counterpoint.intake import selectors as intake
from counterpoint.intake.receipts import receipt_words
from counterpoint.intake.types import ChannelName
from counterpoint.rules.selectors import pack_in_force
from counterpoint.triage import selectors, services
from counterpoint.triage.permissions import can_answer_advice
from counterpoint.triage.types import AdviceView, HandedTo

_LONGEST = 5000
_DOORS = [ChannelName.PHONE, ChannelName.EMAIL, ChannelName.PAPER]


class NewForm(DeskForm):
    route = forms.ChoiceField(
        label="How did it reach you?", choices=[(door.value, door.label) for door in _DOORS], widget=forms.RadioSelect
    )
    question = forms.CharField(
        label="What was asked?",
        help_text="No names: advice is about what to do, not about a person.",
        widget=forms.Textarea,
        max_length=_LONGEST,
    )
    advice = forms.CharField(label="What did you advise?", widget=forms.Textarea, max_length=_LONGEST)


class GiveForm(VersionedForm):
    advice = forms.CharField(
        label="Your advice",
        help_text="The person reads it in the mailbox. Plain words.",
        widget=forms.Textarea,
        max_length=_LONGEST,
    )


@desk_page
def listed(request: HttpRequest) -> HttpResponse:
    rows, after = selectors.advice_list(viewer_of(request), after=request.GET.get("after", ""))
    context = {"rows": rows, "after": after, "is_first": "after" not in request.GET, "doors": dict(ChannelName.choices)}
    return render(request, "desk/triage/advice_list.html", context)


@desk_page
def new(request: HttpRequest) -> HttpResponse:
    """What a call handler was asked and advised."""
    form = bind(NewForm, request, initial={"route": ChannelName.PHONE.value})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            contact = services.record_advice(
                question=given["question"],
                advice=given["advice"],
                route=ChannelName(given["route"]),
                by=viewer_of(request),
            )
            messages.success(request, f"Kept as {contact.reference}. No referral was made.")
            return redirect("desk:advice_contact", advice_id=contact.pk)
    return render(request, "desk/triage/advice_new.html", {"form": form})


@desk_page
def page(request: HttpRequest, *, advice_id: UUID) -> HttpResponse:
    """The question, and giving the advice."""
    viewer = viewer_of(request)
    view = selectors.advice_for(viewer, advice_id, purpose="advice")
    may_answer = can_answer_advice(viewer, advice_id=advice_id)
    form = bind(GiveForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            journey.give_advice(
                advice_id,
                advice=form.cleaned_data["advice"],
                by=viewer,
                expected_version=form.cleaned_data["version"],
            )
            messages.success(request, "The advice was given.")
            return redirect("desk:advice_contact", advice_id=advice_id)
    context = {
        "form": form if may_answer and view.given_at is None else None,
        "advice": view,
        "sections": _question(view),
        "may_answer": may_answer,
        "is_part_of_it": view.arrival_id is not None and intake.was_put_in_by_hand(view.arrival_id),
        "doors": dict(ChannelName.choices),
    }
    return render(request, "desk/triage/advice.html", context)


@desk_page
def hand_over(request: HttpRequest, *, advice_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.advice_for(viewer, advice_id, purpose="emergency handover")
    form = bind(HandoverForm, request)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        to = None if given["handed_to"] == NO_HANDOVER else HandedTo(given["handed_to"])
        with refusals_on(form):
            services.record_advice_handover(
                advice_id, handed_to=to, their_reference=given["their_reference"], note=given["note"], by=viewer
            )
            messages.success(request, "The handover is recorded.")
            return redirect("desk:advice_contact", advice_id=advice_id)
    context = {"form": form, "advice": view, "emergency_number": pack_in_force().emergency_number}
    return render(request, "desk/triage/advice_handover.html", context)


@desk_page
def refer(request: HttpRequest, *, advice_id: UUID) -> HttpResponse:
    """The enquirer wishes a referral: ask the questions of the public form, and read reference and receipt out."""
    viewer = viewer_of(request)
    view = selectors.advice_for(viewer, advice_id, purpose="becomes a referral")
    if view.became_reference:
        raise NotPossible(f"A referral was made of this already: {view.became_reference}.")
    pack = pack_in_force()
    posted = dict(request.POST.lists()) if request.method == "POST" else None
    asked = script(pack.question_sets[journey.concern_form()], posted, pack=pack, on=clock.now().date())
    if posted is not None and asked.is_good:
        received = journey.advice_becomes_referral(advice_id, answers=asked.answers, by=viewer)
        context = {
            "advice": view,
            "received": received,
            "words": receipt_words(received.receipt) if received.receipt else (),
        }
        return render(request, "desk/triage/advice_referred.html", context)
    return render(request, "desk/triage/advice_refer.html", {"advice": view, "script": asked})


def _question(view: AdviceView) -> tuple[AnswerSection, ...]:
    if view.question_set_hash:
        return answer_sections(view.question_set_hash, view.question)
    return ()
