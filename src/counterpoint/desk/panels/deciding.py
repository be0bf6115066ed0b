"""At the meeting: who steps aside, what each agency says, what is decided, what is agreed to be done."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.base.errors import NotAllowed, NotPossible
from counterpoint.cases import selectors as cases
from counterpoint.cases.types import ActionKind, NewAction
from counterpoint.desk.cases.forms import ActionForm, problems_on, set_choices, step_form
from counterpoint.desk.panels import forms
from counterpoint.desk.panels.shown import caption_of, show_form, to_meeting
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.desk.support.forms import ask_what_came_of, what_came_of
from counterpoint.panels import selectors, services
from counterpoint.panels.services.deciding import answered_by_the_meeting
from counterpoint.panels.steps import DISSENT, HOME_FORCE_INVITED, PANEL_ON, PanelStep
from counterpoint.panels.types import View
from counterpoint.panels.views import ItemView
from counterpoint.support.reviewing import IMPACT, reviews_support
from counterpoint.support.selectors import support_to_review


@desk_page
def prepare(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """Finish a step that only prepares, with its own form, filled in as far as the meeting says it."""
    viewer = viewer_of(request)
    row = selectors.item_row(viewer, meeting_id, item_id)
    view = selectors.item_for(viewer, meeting_id, item_id)
    step = view.preparing
    if step is None or not view.heading.may_prepare:
        raise NotPossible("No step waits here for the meeting to be prepared.")
    form = bind(step_form(step.form), request, initial={"version": row.version, **_known(view, step)})
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        with problems_on(form):
            services.finish_preparing(row, step.id, values, by=viewer, expected_version=version)
            messages.success(request, f"“{step.name}” is finished.")
            return redirect("desk:panel_item", meeting_id=meeting_id, item_id=item_id)
    return show_form(
        request,
        form,
        title=step.name,
        submit="Finish this step",
        back=_to_item(view),
        caption=_caption(view),
        intro=(step.help,),
    )


@desk_page
def recuse(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """Step aside from the case; the chair, or a supervisor who works on it, may record it of somebody else too."""
    viewer = viewer_of(request)
    row = selectors.item_row(viewer, meeting_id, item_id)
    view = selectors.item_for(viewer, meeting_id, item_id)
    form = bind(forms.RecuseOtherForm if view.others else forms.RecuseForm, request)
    if view.others:
        set_choices(form, "staff", [("", "I do"), *view.others])
        form.fields["staff"].required = False
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data.get("staff")
        staff = selectors.staff_named(UUID(chosen)) if chosen else viewer
        with problems_on(form):
            services.step_aside(row, staff=staff, reason=form.cleaned_data["reason"], by=viewer)
            who = "You" if staff.pk == viewer.pk else staff.name
            messages.success(request, f"It is recorded. {who} will not see this case any more.")
            return redirect(to_meeting(view.heading))
    intro = (
        "From that moment the case is not there for the person who steps aside: on no agenda, in no papers or minutes.",
        "Only another supervisor can lift it.",
    )
    return show_form(
        request,
        form,
        title="Conflict of interest",
        submit="Record it",
        back=_to_item(view),
        caption=_caption(view),
        intro=intro,
        is_serious=True,
    )


@desk_page
def positions(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """What is proposed, and what each agency that is there for the item says to it."""
    viewer = viewer_of(request)
    row = selectors.item_row(viewer, meeting_id, item_id)
    view = selectors.item_for(viewer, meeting_id, item_id)
    if view.step is None or view.law is None or not view.may_record:
        raise NotPossible(_not_now(view))
    form = bind(
        forms.PositionsForm,
        request,
        choices=view.step.choices,
        entitled=view.law.entitled,
        entered_by={line.agency: line.by for line in view.positions if line.is_own},
        is_chair=view.heading.may_chair,
        initial={"version": row.version, **_said(view)},
    )
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.record_positions(
                row,
                form.given(),
                motion=form.cleaned_data["motion"],
                chair_view=form.chair_view(),
                by=viewer,
                expected_version=form.cleaned_data["version"],
            )
            messages.success(request, "The positions are recorded.")
            return redirect("desk:panel_item", meeting_id=meeting_id, item_id=item_id)
    return render(request, "desk/panels/positions.html", {"form": form, "view": view, "heading": view.heading})


@desk_page
def position(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """What a member's own agency says to what is proposed, from their own desk."""
    viewer = viewer_of(request)
    row = selectors.item_row(viewer, meeting_id, item_id)
    view = selectors.item_for(viewer, meeting_id, item_id)
    own = view.own
    initial = {} if own is None else {"version": own.version, "motion_number": own.motion_number,
                                      "view": own.view.value if own.view else "", "words": own.words}  # fmt: skip
    form = bind(forms.OwnPositionForm, request, initial=initial)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.take_position(
                row,
                view=View(given["view"]),
                words=given["words"],
                motion_number=given["motion_number"],
                by=viewer,
                expected_version=given["version"],
            )
            messages.success(request, "What your agency says is recorded. You can change it until the panel decides.")
            return redirect("desk:panel_item", meeting_id=meeting_id, item_id=item_id)
    if own is None:
        raise NotAllowed("A position is entered by who sits on the panel for their agency, or by the chair.")
    if not own.may_take:
        raise NotPossible(own.why_not)
    return show_form(
        request,
        form,
        title=f"Where {viewer.agency.name} stands",
        submit="Save",
        back=_to_item(view),
        caption=_caption(view),
        intro=(
            f"Proposed: {view.motion}.",
            "Everybody who takes part in this case reads it. It is recorded that you entered it.",
        ),
    )


@desk_page
def decide(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """The chair confirms what the positions come to; with it the step of the case is finished."""
    viewer = viewer_of(request)
    row = selectors.item_row(viewer, meeting_id, item_id)
    view = selectors.item_for(viewer, meeting_id, item_id)
    if not view.heading.may_chair:
        raise NotAllowed("The chair confirms what the panel decided.")
    if view.step is None or view.law is None:
        if any(decision.chair == viewer.name for decision in view.record.decisions):  # pressed twice
            return redirect("desk:panel_item", meeting_id=meeting_id, item_id=item_id)
        raise NotPossible(_not_now(view))
    answered = answered_by_the_meeting(row, view.step, view.law)
    form = bind(step_form(view.step.form), request, initial={"version": row.version, DISSENT: view.dissent, **answered})
    for name in answered:
        del form.fields[name]
    if reviews_support(view.step.form):
        judged = support_to_review(viewer, row.case_id, purpose="panel")
        ask_what_came_of(form, judged, before=IMPACT)
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        with problems_on(form):
            services.decide(row, values, by=viewer, expected_version=version, came_of=what_came_of(values))
            messages.success(request, "The decision is recorded, and the case goes on.")
            return redirect("desk:panel_item", meeting_id=meeting_id, item_id=item_id)
    shown = [(field.label, dict(field.choices).get(answered[field.id], "")) for field in view.step.form.fields
             if field.id in answered]  # fmt: skip
    context = {"form": form, "view": view, "heading": view.heading, "answered": shown}
    return render(request, "desk/panels/decide.html", context)


@desk_page
def action(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """Something that was agreed, with its owner and date."""
    viewer = viewer_of(request)
    row = selectors.item_row(viewer, meeting_id, item_id)
    view = selectors.item_for(viewer, meeting_id, item_id)
    if not can_hold(viewer, Role.CASE_OFFICER, Role.SUPERVISOR):
        raise NotAllowed("Actions are added by who works on the case.")
    form = bind(ActionForm, request)
    set_choices(form, "owner", cases.possible_owners(viewer, row.case_id))
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.add_item_action(row, _action_of(form), by=viewer)
            messages.success(request, "The action is added to the case.")
            return redirect("desk:panel_item", meeting_id=meeting_id, item_id=item_id)
    return show_form(
        request,
        form,
        title="Add an action that was agreed",
        submit="Add it",
        back=_to_item(view),
        caption=_caption(view),
    )


def _known(view: ItemView, step: PanelStep) -> dict[str, object]:
    """What a form of preparation asks and the meeting has answered."""
    known: dict[str, object] = {}
    if step.field(PANEL_ON):
        known[PANEL_ON] = forms.local_day(view.heading.starts_at)
    if step.field(HOME_FORCE_INVITED) and view.home_force_id:
        known[HOME_FORCE_INVITED] = "yes"
    return known


def _said(view: ItemView) -> dict[str, object]:
    """What the form of positions begins with: what was said to the motion that is before the panel."""
    law = view.law
    if law is None or not view.motion_id:
        return {"chair_view": view.chair_view.value}
    words = {line.agency: line.words for line in view.positions}
    said = forms.said_before((row.agency_id, row.view, words.get(row.agency.name, "")) for row in law.positions)
    return {"motion": view.motion_id, "chair_view": view.chair_view.value, **said}


def _action_of(form: ActionForm) -> NewAction:
    given = form.cleaned_data
    kind, _, owner_id = given["owner"].partition(":")
    return NewAction(
        kind=ActionKind(given["kind"]),
        title=given["title"],
        detail=given["detail"],
        due_on=given["due_on"],
        owner_id=UUID(owner_id) if kind == "staff" else None,
        owner_agency_id=UUID(owner_id) if kind == "agency" else None,
    )


def _not_now(view: ItemView) -> str:
    if not view.sits:
        return "The meeting has not begun, or its papers were not sent yet."
    return "The case does not wait for a decision of the panel now. Look at where it stands."


def _caption(view: ItemView) -> str:
    return f"{view.paper.reference}: {caption_of(view.heading)}"


def _to_item(view: ItemView) -> str:
    parts = {"meeting_id": view.heading.id, "item_id": view.paper.item_id}
    return reverse("desk:panel_item", kwargs=parts)
