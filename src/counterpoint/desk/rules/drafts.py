"""Drafts: start one, put files in, see what is wrong and what differs."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotPossible
from counterpoint.desk.rules import pictures
from counterpoint.desk.rules.files import ZIP, FilesField, contents_of, download, place_of
from counterpoint.desk.rules.results import tables_to_replay
from counterpoint.desk.shell.fields import DeskForm, VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.rules import services, views
from counterpoint.rules.permissions import can_change_rules
from counterpoint.rules.services import FilesRefused
from counterpoint.rules.types import OPEN, TRIAGE_TABLE, DraftState, DraftView, ProblemView
from counterpoint.triage import trials

_BY_NAME = ""


class NewForm(DeskForm):
    title = forms.CharField(label="Name of the change", help_text="For example: Repeats sooner", max_length=120)
    why = forms.CharField(
        label="Why is it needed?",
        help_text="Whoever approves it reads this, and it stays in the history. Name no person.",
        widget=forms.Textarea,
        max_length=1000,
    )


class UploadForm(VersionedForm):
    uploads = FilesField(
        label="Files",
        help_text="DMN, BPMN, YAML or translation files, at most ten; or the whole pack as one zip, which takes the "
        "place of every file.",
    )
    place = forms.ChoiceField(label="Which file of the pack is it?", required=False)

    def __init__(self, *args: object, view: DraftView, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(_BY_NAME, "The one of the same name"), *((path, path) for path in view.files)]


@desk_page
def new(request: HttpRequest) -> HttpResponse:
    form = bind(NewForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            draft = services.start_draft(**form.cleaned_data, by=viewer_of(request))
            messages.success(request, "The draft is a copy of the pack in force. Nothing of it touches any work.")
            return redirect("desk:rule_draft", draft_id=draft.pk)
    return render(request, "desk/rules/new.html", {"form": form})


@desk_page
def page(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    has_table = view.changes_triage and TRIAGE_TABLE in view.files
    context = {
        "draft": view,
        "is_open": view.state in OPEN,
        "is_usable": view.state in OPEN and view.state is not DraftState.DRAFT,
        "may_change": can_change_rules(viewer) and view.state in OPEN,
        "is_author": viewer.pk in view.authors,
        "may_replay": bool(tables_to_replay(view)),
        "backtests": trials.backtests_of(viewer, draft_id),
        "compared_in_shadow": trials.shadow_tally(viewer, draft_id).compared if has_table else 0,
    }
    return render(request, "desk/rules/draft.html", context)


@desk_page
def upload(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    """Every reason why a file is not taken is shown at once; nothing is taken then."""
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    if view.state not in OPEN:
        raise NotPossible("This draft is over: start a new one.")
    form = bind(UploadForm, request, view=view, initial={"version": view.version})
    problems: tuple[ProblemView, ...] = ()
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            try:
                _take(request, draft_id, view, form)
            except FilesRefused as refused:
                problems = refused.problems
                raise
            except forms.ValidationError as wrong:
                form.add_error("uploads", wrong)
            else:
                messages.success(request, "The files were taken into the draft.")
                return redirect("desk:rule_draft", draft_id=draft_id)
    return render(request, "desk/rules/upload.html", {"form": form, "draft": view, "problems": problems})


def _take(request: HttpRequest, draft_id: UUID, view: DraftView, form: UploadForm) -> None:
    given = contents_of(form.cleaned_data["uploads"])
    how = {"by": viewer_of(request), "expected_version": form.cleaned_data["version"]}
    if len(given) == 1 and next(iter(given)).lower().endswith(ZIP):
        services.upload_pack(draft_id, archive=next(iter(given.values())), **how)
        return
    place = form.cleaned_data["place"]
    if place != _BY_NAME and len(given) > 1:
        raise forms.ValidationError("Choose one file only when you say which file of the pack it is.")
    files = {place or place_of(name, view.files): content for name, content in given.items()}
    services.upload_files(draft_id, files=files, **how)


@require_POST
@desk_page
def remove(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    path, version = request.POST.get("path", ""), _version(request)
    services.remove_file(draft_id, path=path, by=viewer_of(request), expected_version=version)
    messages.success(request, f"{path} was taken out of the draft.")
    return redirect("desk:rule_draft", draft_id=draft_id)


@require_POST
@desk_page
def renew(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    services.bring_up_to_date(draft_id, by=viewer_of(request), expected_version=_version(request))
    messages.success(request, "The draft is up to date with the pack in force. Look at the difference again.")
    return redirect("desk:rule_draft", draft_id=draft_id)


@desk_page
def file(request: HttpRequest, *, draft_id: UUID, path: str) -> HttpResponse:
    return download(views.draft_file(viewer_of(request), draft_id, path=path), path=path)


@desk_page
def archive(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    return download(views.draft_archive(viewer_of(request), draft_id), path="pack.zip")


@desk_page
def difference(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    context = {
        "draft": view,
        "files": views.difference_of(viewer, draft_id),
        "pictures": pictures.processes(views.processes_of_difference(viewer, draft_id)),
    }
    return render(request, "desk/rules/difference.html", context)


def _version(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    if not given.isdecimal():
        raise NotPossible("The page was not complete. Open the draft again.")
    return int(given)
