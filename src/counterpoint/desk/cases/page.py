"""A case at a glance, its steps, and what its referrals say."""

import mimetypes
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from markupsafe import Markup

from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import may_open
from counterpoint.base import clock, ids
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.cases import selectors, services
from counterpoint.cases.views import OverviewView, Progress, WaitingStep
from counterpoint.desk.cases import forms, wording
from counterpoint.desk.cases.forms import problems_on, step_form
from counterpoint.desk.cases.shown import page_of_step, purpose_of, show, show_form
from counterpoint.desk.partners.asked import told_by_partners
from counterpoint.desk.shell.fields import VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.intake import files
from counterpoint.intake import selectors as intake
from counterpoint.kernel.processes import diagram
from counterpoint.rules.selectors import pack_in_force


@desk_page
def overview(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Where it stands, what is to be done, what happened."""
    viewer = viewer_of(request)
    shown, after = str(request.GET.get("show", "")), str(request.GET.get("after", ""))
    kinds = wording.SHOWN[shown][1] if shown in wording.SHOWN else frozenset()
    view = selectors.case_for(viewer, case_id, purpose=purpose_of(viewer, case_id), kinds=kinds, after=after)
    context = {
        "view": view,
        "step_forms": _step_forms(view, version=view.heading.version),
        "step_pages": {each.id: page_of_step(case_id, each) for each in _steps(view) if page_of_step(case_id, each)},
        "picture": _picture(view.progress),
        "clocks": selectors.clocks_of(viewer, case_id),
        "news": selectors.news_for(viewer, case_id),
        "words": wording.event_words,
        "shown": shown if shown in wording.SHOWN else "",
        "shows": {name: text for name, (text, _) in wording.SHOWN.items()},
        "is_first": not after,
    }
    return show(request, view.heading, "overview", context)


@desk_page
def step(request: HttpRequest, *, case_id: UUID, step_id: str) -> HttpResponse:
    """The form of a step that waits, by itself."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    waiting = selectors.waiting_step_for(viewer, case_id, step_id)
    if waiting is None:
        raise NotPossible("This step does not wait now. Look at where the case stands.")
    page = page_of_step(case_id, waiting)
    if page is not None and page[1] != request.path:
        return redirect(page[1])
    told = {}
    if waiting.may_do and request.method != "POST":
        told = told_by_partners(viewer, case_id, waiting.form, purpose=purpose_of(viewer, case_id))
    form = bind(step_form(waiting.form), request, initial={"version": case.version, **told})
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        with problems_on(form):
            services.complete_step(case, step_id, values, by=viewer, expected_version=version)
            messages.success(request, f"“{waiting.name}” is finished.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    draft = "What the agencies were asked and answered is filled in already. Change it as you see fit." if told else ""
    return show_form(request, heading, form, title=waiting.name, submit="Finish this step", intro=(waiting.help, draft))


@desk_page
def concern(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """What the referrals say, in the sections that the viewer was given."""
    viewer = viewer_of(request)
    view = selectors.concern_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    rest = next((part.left_out_of for part in view.referrals if part.left_out_of), None)
    reads_rest = rest is not None and may_open(viewer, "desk:call_back", arrival_id=rest)
    context = {"view": view, "how_known": wording.HOW_KNOWN, "reads_rest": reads_rest}
    return show(request, view.heading, "concern", context)


@desk_page
def reporter(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Who reported: opened by itself, and recorded by itself."""
    viewer = viewer_of(request)
    heading, parts = selectors.reporter_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    return show(request, heading, "reporter", {"reporters": parts, "how_known": wording.HOW_KNOWN})


@desk_page
def working_copy(request: HttpRequest, *, case_id: UUID, file_id: UUID) -> HttpResponse:
    """A file without its hidden data, to be saved under a name that gives nobody away."""
    viewer = viewer_of(request)
    reference = selectors.heading_for(viewer, case_id).reference
    if not selectors.has_file(viewer, case_id, file_id):
        raise NotFound("There is no such file, or it is not yours to see.")
    found = files.open_working_copy(viewer, file_id)
    response = HttpResponse(found.content, content_type="application/octet-stream")
    ending = mimetypes.guess_extension(found.media_type) or ""
    response["Content-Disposition"] = f'attachment; filename="{reference}-copy{ending}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@desk_page
def category(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """What kind of concern it is, as assessed."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    scheme = pack_in_force().category_scheme_on(clock.now().date())
    if scheme is None:
        raise NotPossible("The pack has no scheme of categories for today.")
    form = bind(
        forms.CategoryForm, request, initial={"version": case.version, "category": case.assessed_category or None}
    )
    forms.set_choices(form, "category", [(one.id, one.label) for one in scheme.categories])
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.assess_category(
                case, category=given["category"], scheme=scheme.id, by=viewer, expected_version=given["version"]
            )
            messages.success(request, "The category is recorded.")
            return redirect("desk:case_concern", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title="The category as assessed",
        submit="Record",
        back="desk:case_concern",
        intro=("The category that the concern came in with stays with the referral.",),
    )


@desk_page
def join(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Work a further referral in this case."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.JoinForm, request, initial={"reference": request.GET.get("reference", "")})
    if form.is_bound and form.is_valid():
        try:
            with problems_on(form):
                referral = intake.referral_row(_referral_called(form.cleaned_data["reference"]))
                services.join_referral(case, referral=referral, by=viewer)
                messages.success(request, f"{referral.reference} is worked in this case now.")
                return redirect("desk:case_concern", case_id=case_id)
        except NotFound as refusal:  # of the referral: that the case is there was checked above
            form.add_error("reference", str(refusal))
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title="Join a referral to this case",
        submit="Join it",
        back="desk:case_concern",
        intro=("Both keep their own reporter and mailbox. You must be able to work on both.",),
    )


def _referral_called(typed: str) -> UUID:
    """The id of the referral whose reference was typed, whoever asks: the service checks that. Raises NotFound."""
    reference = ids.read_reference(typed)
    referral_id = intake.referral_id_of(reference) if reference else None
    if referral_id is None:
        raise NotFound("There is no such referral, or it is not yours to see.")
    return referral_id


def _steps(view: OverviewView) -> tuple[WaitingStep, ...]:
    return view.own_steps if view.progress is None else view.progress.waiting


def _step_forms(view: OverviewView, *, version: int) -> dict[str, VersionedForm]:
    """The forms of the steps that the viewer may do and that are finished by their form, by step."""
    return {
        waiting.id: step_form(waiting.form)(initial={"version": version}, auto_id=f"{waiting.id}-%s")
        for waiting in _steps(view)
        if waiting.may_do and _has_form(waiting)
    }


def _has_form(waiting: WaitingStep) -> bool:
    return bool(waiting.form.fields)


def _picture(progress: Progress | None) -> Markup:
    if progress is None:
        return Markup()
    return Markup(diagram(progress.process, progress.state))  # noqa: S704 - drawn and escaped by the kernel
