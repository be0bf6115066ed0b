"""One referral: what was reported, what the table says, what people decided, and talking with the reporter."""

import mimetypes
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access import relations
from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.policies import REASON_CHARACTERS, check_reason
from counterpoint.access.relations import Standing
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.cases.selectors import case_of_referral
from counterpoint.desk.shell.fields import DeskForm, VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.desk.triage.answers import answer_sections
from counterpoint.intake import files, mailbox, repeats
from counterpoint.intake import selectors as intake
from counterpoint.intake.types import ScanState
from counterpoint.rules.selectors import pack_in_force
from counterpoint.triage import selectors, services
from counterpoint.triage.permissions import can_triage
from counterpoint.triage.types import ReferralView

_LONGEST = 5000


class AssignForm(VersionedForm):
    to = forms.ChoiceField(label="Give to")

    def __init__(self, *args: object, people: tuple[Staff, ...], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(str(person.pk), person.name) for person in people]


class AskForm(DeskForm):
    text = forms.CharField(
        label="Your question",
        help_text="The reporter reads it in the mailbox. Plain words; say nothing about the person that the reporter "
        "did not say.",
        widget=forms.Textarea,
        max_length=_LONGEST,
    )


class OriginalForm(DeskForm):
    reason = forms.CharField(
        label="Why do you need the file as it was sent?",
        help_text=f"The working copy is without hidden data such as places. At least {REASON_CHARACTERS} characters; "
        "stays in the audit trail.",
        widget=forms.Textarea,
        max_length=500,
    )


class RepeatForm(DeskForm):
    decision = forms.ChoiceField(
        label="Are both about the same person?",
        choices=[("same_person", "Yes"), ("different", "No"), ("unsure", "Cannot be told")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="Why?", widget=forms.Textarea, max_length=1000)


@desk_page
def page(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    relation = relations.relation_to(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id)
    view = opened(viewer, referral_id)
    arrival, says_more = intake.arrival_and_whether_it_says_more(view.arrival_id)
    context = {
        "referral": view,
        "sections": answer_sections(view.question_set_hash, view.answers),
        "reporter_sections": answer_sections(view.question_set_hash, view.reporter),
        "letters": mailbox.messages_for_staff(viewer, arrival=arrival),
        "file_states": dict(ScanState.choices),
        "may_triage": can_triage(viewer, referral_id=referral_id),
        "may_see_readers": can_hold(viewer, Role.TRIAGE_OFFICER, Role.SUPERVISOR),
        "may_see_recusals": can_hold(viewer, Role.SUPERVISOR) and relation.works,
        "waiting_decision": next((row for row in view.decisions if row.state == "awaiting_second_reader"), None),
        "case_id": case_of_referral(viewer, referral_id),
        "is_part_of_it": says_more,
        "now": clock.now(),
        "categories": _category_labels(),
        "broken_glass_until": relation.until if relation.standing is Standing.BROKEN_GLASS else None,
    }
    return render(request, "desk/triage/referral.html", context)


def opened(viewer: Staff, referral_id: UUID) -> ReferralView:
    """The referral for this viewer; the reading is recorded with the purpose that follows from how they stand to it."""
    return selectors.referral_for(viewer, referral_id, purpose=_purpose(viewer, referral_id))


def _purpose(viewer: Staff, referral_id: UUID) -> str:
    standing = relations.relation_to(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id).standing
    if standing is Standing.BROKEN_GLASS:
        return "broke the glass"
    return "triage" if can_hold(viewer, Role.TRIAGE_OFFICER, Role.SUPERVISOR) else "case work"


@desk_page
def take(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    """By a POST. A GET, as the page that shows two versions links to, leads to the referral and changes nothing."""
    form = bind(VersionedForm, request)
    if form.is_valid():
        services.take(referral_id, by=viewer_of(request), expected_version=form.cleaned_data["version"])
        messages.success(request, "It is yours now.")
    return redirect("desk:referral", referral_id=referral_id)


@desk_page
def assign(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    """Give it to somebody else, or hand over one's own."""
    viewer = viewer_of(request)
    people = selectors.assignable_to(viewer, referral_id)
    row = intake.referral_row(referral_id)
    form = bind(AssignForm, request, people=people, initial={"version": row.version})
    if form.is_bound and form.is_valid():
        to = next(person for person in people if str(person.pk) == form.cleaned_data["to"])
        with refusals_on(form):
            services.assign(referral_id, to=to, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, f"Given to {to.name}.")
            return redirect("desk:referral", referral_id=referral_id)
    return render(request, "desk/triage/assign.html", {"form": form, "reference": row.reference, "id": referral_id})


@desk_page
def ask(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    """Put a question into the reporter's mailbox."""
    row = intake.referral_row(referral_id)
    form = bind(AskForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            mailbox.ask_reporter(row, text=form.cleaned_data["text"], by=viewer_of(request))
            messages.success(request, "The question lies in the reporter's mailbox.")
            return redirect("desk:referral", referral_id=referral_id)
    return render(request, "desk/triage/ask.html", {"form": form, "reference": row.reference, "id": referral_id})


@desk_page
def readers(request: HttpRequest, *, referral_id: UUID) -> HttpResponse:
    rows = selectors.who_has_read(viewer_of(request), referral_id)
    reference = intake.referral_row(referral_id).reference
    context = {"readings": rows, "reference": reference, "id": referral_id}
    return render(request, "desk/triage/readers.html", context)


@desk_page
def repeat(request: HttpRequest, *, referral_id: UUID, repeat_id: UUID) -> HttpResponse:
    """Say whether two referrals are about the same person. Nothing is merged."""
    viewer = viewer_of(request)
    view = opened(viewer, referral_id)
    proposal = next((row for row in view.repeats if row.id == repeat_id), None)
    if proposal is None:
        raise NotFound("There is no such proposal, or it is not yours to see.")
    form = bind(RepeatForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            decision = repeats.RepeatDecision(form.cleaned_data["decision"])
            repeats.decide_repeat(repeat_id, decision=decision, reason=form.cleaned_data["reason"], by=viewer)
            messages.success(request, "Your answer is recorded. Nothing was merged.")
            return redirect("desk:referral", referral_id=referral_id)
    context = {"form": form, "referral": view, "proposal": proposal}
    return render(request, "desk/triage/repeat.html", context)


@desk_page
def working_copy(request: HttpRequest, *, referral_id: UUID, file_id: UUID) -> HttpResponse:
    """The file without its hidden data, to be saved, never shown inside our pages."""
    return _download(files.open_working_copy(viewer_of(request), file_id), referral_id=referral_id)


@desk_page
def original(request: HttpRequest, *, referral_id: UUID, file_id: UUID) -> HttpResponse:
    """The file as it was sent: with a reason."""
    form = bind(OriginalForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            reason = form.cleaned_data["reason"]
            check_reason(reason)
            found = files.open_original(viewer_of(request), file_id, reason=reason)
            return _download(found, referral_id=referral_id)
    row = intake.referral_row(referral_id)
    return render(request, "desk/triage/original.html", {"form": form, "reference": row.reference, "id": referral_id})


def _category_labels() -> dict[str, str]:
    schemes = pack_in_force().category_schemes
    return {category.id: category.label for scheme in schemes for category in scheme.categories}


def _download(found: files.OpenedFile, *, referral_id: UUID) -> HttpResponse:
    """To be saved under a name that gives nobody away; a browser never shows it inside our pages."""
    ending = mimetypes.guess_extension(found.media_type) or ""
    reference = intake.referral_row(referral_id).reference
    response = HttpResponse(found.content, content_type="application/octet-stream")
    kind = "original" if found.is_original else "copy"
    response["Content-Disposition"] = f'attachment; filename="{reference}-{kind}{ending}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
