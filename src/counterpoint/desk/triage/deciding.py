"""Deciding about a referral: the route, the emergency handover, the second reader."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from counterpoint import journey
from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.selectors import colleagues
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.cases.process import CASE_PROCESS, process_choices
from counterpoint.desk.shell.fields import DeskForm, VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.desk.triage.referral import opened
from counterpoint.intake.types import Urgency
from counterpoint.kernel.packs import ClosureLevel, ClosureReason
from counterpoint.rules.selectors import pack_in_force
from counterpoint.triage import selectors, services
from counterpoint.triage.types import CLOSING, HandedTo, ReferralView, Route

_LONGEST = 5000
_NEEDS = {
    "signposted_to": "Which service were they pointed to?",
    "service_accepted": "Did they take it up?",
    "linked_to": "Which referral does it belong to?",
    "passed_to": "Who was it passed to?",
    "transferred_to": "Where was it transferred to?",
}
NO_HANDOVER = "none"


class DecideForm(VersionedForm):
    """For routes that carry the work on."""

    urgency = forms.ChoiceField(label="Urgency", choices=Urgency.choices, widget=forms.RadioSelect)
    category = forms.ChoiceField(label="Concern category", required=False)
    reason = forms.CharField(
        label="Why?",
        help_text="Needed when you decide otherwise than the table proposes. Tell fact from opinion.",
        widget=forms.Textarea,
        max_length=_LONGEST,
        required=False,
    )
    wants_second_reader = forms.BooleanField(label="I want a second reader to agree first", required=False)

    def __init__(self, *args: Any, view: ReferralView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.view = view
        categories = [(row.id, row.label) for row in pack_in_force().categories_on(_today())]
        _set_choices(self, "category", [("", "Not said yet"), *categories])


class CaseForm(DecideForm):
    """For opening a case."""

    lead_officer = forms.ChoiceField(label="Who leads the case?", required=False)
    process_id = forms.ChoiceField(
        label="By which process is it worked?",
        help_text="The lead officer can begin another later",
        initial=CASE_PROCESS,
        required=False,
    )

    def __init__(self, *args: Any, view: ReferralView, people: Sequence[Staff], **kwargs: Any) -> None:
        super().__init__(*args, view=view, **kwargs)
        usual = ("", "As usual: you if you may, else a case officer in turn")
        _set_choices(self, "lead_officer", [usual, *[(str(person.pk), person.name) for person in people]])
        processes = list(process_choices())
        _set_choices(self, "process_id", processes)
        if len(processes) == 1:
            self.fields["process_id"].widget = forms.HiddenInput()


class CloseForm(DecideForm):
    """For routes that end our work: why, and what the reporter is told."""

    closure_reason = forms.ChoiceField(label="Reason for closing", widget=forms.RadioSelect, required=False)
    telling = forms.ChoiceField(
        label="What is the reporter told?",
        choices=[
            ("usual", "The usual words for this reason"),
            ("own", "My own words"),
            ("withhold", "Nothing, for a reason"),
        ],
        widget=forms.RadioSelect,
    )
    feedback = forms.CharField(
        label="My own words, if you chose them", widget=forms.Textarea, max_length=_LONGEST, required=False,
        help_text="In the reporter's language. Nothing about the person that the reporter did not say.",
    )  # fmt: skip
    withheld_reason = forms.CharField(
        label="Why is the reporter told nothing, if you chose that?",
        widget=forms.Textarea,
        max_length=1000,
        required=False,
    )

    def __init__(self, *args: Any, view: ReferralView, **kwargs: Any) -> None:
        super().__init__(*args, view=view, **kwargs)
        reasons = _closure_reasons()
        _set_choices(self, "closure_reason", [(row.id, row.label) for row in reasons])
        for need in sorted({need for row in reasons for need in row.needs}):
            whose = "; ".join(row.label for row in reasons if need in row.needs)
            self.fields[need] = forms.CharField(
                label=_NEEDS.get(need, need.replace("_", " ").capitalize()),
                help_text=f"Needed with: {whose}",
                max_length=300,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        told = given.get("telling")
        if told == "own" and not given.get("feedback", "").strip():
            self.add_error("feedback", "Write what the reporter is told.")
        if told == "withhold" and not given.get("withheld_reason", "").strip():
            self.add_error("withheld_reason", "Say why the reporter is told nothing.")
        return given

    def particulars(self) -> dict[str, str]:
        """What the chosen reason for closing needs."""
        chosen = next((row for row in _closure_reasons() if row.id == self.cleaned_data["closure_reason"]), None)
        return {need: self.cleaned_data.get(need, "") for need in (chosen.needs if chosen else ())}


class HandoverForm(DeskForm):
    handed_to = forms.ChoiceField(
        label="Who took it over?",
        choices=[*HandedTo.choices, (NO_HANDOVER, "Nobody: there is no emergency")],
        widget=forms.RadioSelect,
    )
    their_reference = forms.CharField(label="Their reference", max_length=100, required=False)
    note = forms.CharField(
        label="What was said?",
        help_text="If nobody took it over: how you know that nobody is in danger now.",
        widget=forms.Textarea,
        max_length=_LONGEST,
        required=False,
    )


class SecondReadingForm(VersionedForm):
    agrees = forms.TypedChoiceField(
        label="Do you agree?",
        choices=[("yes", "Yes, it may happen"), ("no", "No, send it back")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Why?", help_text="Needed when you send it back", widget=forms.Textarea, max_length=_LONGEST,
        required=False,
    )  # fmt: skip


class ReaderForm(DeskForm):
    of = forms.ChoiceField(label="Ask")

    def __init__(self, *args: Any, people: tuple[Staff, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_choices(self, "of", [(str(person.pk), person.name) for person in people])


@desk_page
def choose_route(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    """First step: which route. An emergency is handed over before anything else."""
    view = opened(viewer_of(request), referral_id)
    if view.awaits_handover:
        messages.warning(request, "First record who took the emergency over, or why nobody needed to.")
        return redirect("desk:referral_handover", referral_id=referral_id)
    if not view.routes_allowed:
        raise NotPossible("Nothing can be decided about this referral now: it is closed, or waits for a second reader.")
    proposed = view.verdicts[0] if view.verdicts else None
    context = {"referral": view, "proposed": proposed, "closing": CLOSING}
    return render(request, "desk/triage/choose_route.html", context)


@desk_page
def decide(request: HttpRequest, *, referral_id: UUID, route: str) -> HttpResponse:
    """Second step: what this route asks for."""
    viewer = viewer_of(request)
    view = opened(viewer, referral_id)
    if route not in {allowed.value for allowed in view.routes_allowed}:
        raise NotPossible("This route cannot be taken now. Choose among those that the referral's page offers.")
    chosen = Route(route)
    form = _form_for(request, view, chosen)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            journey.decide(referral_id, route=chosen, by=viewer, **_decision(form, viewer))
            messages.success(request, "The decision is recorded.")
            return redirect("desk:referral", referral_id=referral_id)
    context = {
        "form": form,
        "referral": view,
        "route": chosen,
        "proposed": view.verdicts[0] if view.verdicts else None,
        "closes": chosen in CLOSING,
        "usual": _usual_words(view) if chosen in CLOSING else (),
    }
    return render(request, "desk/triage/decide.html", context)


@desk_page
def hand_over(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = opened(viewer, referral_id)
    form = bind(HandoverForm, request)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            if given["handed_to"] == NO_HANDOVER:
                services.record_no_handover(referral_id, reason=given["note"], by=viewer)
            else:
                journey.hand_over(
                    referral_id,
                    handed_to=HandedTo(given["handed_to"]),
                    their_reference=given["their_reference"],
                    note=given["note"],
                    by=viewer,
                )
            messages.success(request, "The handover is recorded.")
            return redirect("desk:referral", referral_id=referral_id)
    context = {"form": form, "referral": view, "emergency_number": pack_in_force().emergency_number}
    return render(request, "desk/triage/handover.html", context)


@desk_page
def second_reading(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    """The second reader's page: the decision that waits, and agree or send back."""
    viewer = viewer_of(request)
    view = opened(viewer, referral_id)
    waiting = next((row for row in view.decisions if row.state == "awaiting_second_reader"), None)
    if waiting is None:
        raise NotPossible("No decision about this referral waits for a second reader.")
    form = bind(SecondReadingForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            journey.read_second(
                referral_id, agrees=given["agrees"], reason=given["reason"], by=viewer,
                expected_version=given["version"],
            )  # fmt: skip
            messages.success(request, "Your reading is recorded.")
            return redirect("desk:referral", referral_id=referral_id)
    context = {
        "form": form,
        "referral": view,
        "decision": waiting,
        "is_first_reader": waiting.by_id == viewer.pk,
        "ask_form": ReaderForm(people=selectors.second_readers_for(viewer, referral_id)),
    }
    return render(request, "desk/triage/second_reading.html", context)


@require_POST
@desk_page
def ask_reader(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    people = selectors.second_readers_for(viewer, referral_id)
    form = bind(ReaderForm, request, people=people)
    if not form.is_valid():
        raise NotPossible("Choose somebody who may read this referral a second time.")
    of = next(person for person in people if str(person.pk) == form.cleaned_data["of"])
    services.ask_second_reader(referral_id, of=of, by=viewer)
    messages.success(request, f"{of.name} was asked.")
    return redirect("desk:referral", referral_id=referral_id)


def _form_for(request: HttpRequest, view: ReferralView, route: Route) -> DecideForm:
    initial = _initial(view, route)
    if route in CLOSING:
        return bind(CloseForm, request, view=view, initial=initial)
    if route is Route.CASE:
        people = colleagues(viewer_of(request), roles=(Role.CASE_OFFICER, Role.SUPERVISOR))
        return bind(CaseForm, request, view=view, people=people, initial=initial)
    return bind(DecideForm, request, view=view, initial=initial)


def _initial(view: ReferralView, route: Route) -> dict[str, Any]:
    proposed = view.verdicts[0] if view.verdicts else None
    usual = {Route.ADVICE: "advice_given", Route.SIGNPOST: "signposted"}.get(route, "")
    return {
        "version": view.version,
        "urgency": proposed.urgency.value if proposed else view.urgency.value,
        "category": view.concern_category,
        "closure_reason": usual,
        "telling": "own" if route is Route.ADVICE else "usual",
    }


def _decision(form: DecideForm, viewer: Staff) -> dict[str, Any]:
    given = form.cleaned_data
    common = {
        "urgency": Urgency(given["urgency"]),
        "category": given["category"],
        "reason": given["reason"],
        "wants_second_reader": given["wants_second_reader"],
        "expected_version": given["version"],
    }
    if isinstance(form, CaseForm):
        people = {str(person.pk): person for person in colleagues(viewer, roles=(Role.CASE_OFFICER, Role.SUPERVISOR))}
        process_id = given["process_id"] or CASE_PROCESS
        return common | {"lead_officer": people.get(given["lead_officer"]), "process_id": process_id}
    if not isinstance(form, CloseForm):
        return common
    own, withheld = given["telling"] == "own", given["telling"] == "withhold"
    return common | {
        "closure_reason": given["closure_reason"],
        "particulars": form.particulars(),
        "feedback": given["feedback"] if own else "" if withheld else None,
        "withheld_reason": given["withheld_reason"] if withheld else "",
    }


def _closure_reasons() -> tuple[ClosureReason, ...]:
    return pack_in_force().closure_reasons_on(_today(), ClosureLevel.REFERRAL)


def _usual_words(view: ReferralView) -> list[dict[str, str]]:
    pack = pack_in_force()
    language = view.language if pack.has_language(view.language) else pack.default_language
    reasons = pack.closure_reasons_on(_today(), ClosureLevel.REFERRAL, language)
    labels = {row.id: row.label for row in _closure_reasons()}
    return [{"label": labels[row.id], "words": row.tell_reporter or "(nothing)"} for row in reasons]


def _today() -> Any:
    return clock.now().astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()


def _set_choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
