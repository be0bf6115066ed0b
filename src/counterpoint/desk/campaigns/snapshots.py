"""Posts taken in, looked at, deleted."""

from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.campaigns import selectors, services
from counterpoint.campaigns.policies import LARGEST_UPLOAD
from counterpoint.campaigns.storage import Offered
from counterpoint.campaigns.types import Lack, NotAsAsked
from counterpoint.desk.campaigns import forms
from counterpoint.desk.campaigns.forms import show_form
from counterpoint.desk.campaigns.uploads import takes_snapshots
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on

_HOW_KEPT = (
    "Posts are sealed under a key of their own. Accounts are named by keyed hashes from the detection on; the pages "
    "never show who is behind an account. On the last day the key is destroyed."
)
_INTRO = (_HOW_KEPT,)


@takes_snapshots
@desk_page
def new(request: HttpRequest) -> HttpResponse:
    form = bind(forms.UploadForm, request, initial={"delete_on": forms.usual_last_day()})
    if form.is_bound and form.is_valid():
        file: UploadedFile[bytes] = form.cleaned_data["file"]
        with refusals_on(form):
            if (file.size or 0) > LARGEST_UPLOAD:
                most = LARGEST_UPLOAD // 1_000_000
                raise NotAsAsked([Lack("file", f"The file is larger than {most} MB. Have it put into the folder.")])
            made = services.upload_snapshot(file, name=file.name or "", about=form.about(), by=viewer_of(request))
            messages.success(request, "The posts are taken in.")
            return redirect("desk:run_new", snapshot_id=made.pk)
    back = reverse("desk:campaigns")
    return show_form(
        request, form, title="Upload posts", submit="Take them in", back=back, intro=_INTRO, is_multipart=True
    )


@desk_page
def point(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    form = bind(forms.PointForm, request, initial={"delete_on": forms.usual_last_day()})
    offered = selectors.offered_files(viewer)
    set_choices(form, "file", [(each.name, _told(each)) for each in offered])
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            made = services.point_at_snapshot(form.cleaned_data["file"], about=form.about(), by=viewer)
            messages.success(request, "The posts are taken in. The file in the folder is still there.")
            return redirect("desk:run_new", snapshot_id=made.pk)
    intro = _INTRO if offered else ("No file that can be read lies in the snapshot folder. Ask the operator.", *_INTRO)
    back = reverse("desk:campaigns")
    return show_form(request, form, title="Take posts from the folder", submit="Take them in", back=back, intro=intro)


@desk_page
def snapshot(request: HttpRequest, *, snapshot_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    context = {
        "snapshot": selectors.snapshot(viewer, snapshot_id),
        "runs": selectors.runs(viewer, snapshot_id=snapshot_id),
        "analyses": can_hold(viewer, Role.ANALYST),
    }
    return render(request, "desk/campaigns/snapshot.html", context)


@desk_page
def delete(request: HttpRequest, *, snapshot_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.snapshot(viewer, snapshot_id)
    form = bind(forms.DeleteForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.delete_snapshot(snapshot_id, reason=form.cleaned_data["reason"], by=viewer)
            messages.success(request, "The posts are deleted. Nothing can bring them back.")
            return redirect("desk:snapshot", snapshot_id=snapshot_id)
    intro = (
        "The posts, what runs left of them, and every finding that nobody confirmed or watches go for good.",
        "Findings that are confirmed or watched keep addresses, hashtags, counts and times, without texts.",
    )
    back = reverse("desk:snapshot", kwargs={"snapshot_id": snapshot_id})
    return show_form(
        request, form, title="Delete the posts", submit="Delete them", back=back, caption=view.title, intro=intro,
        is_serious=True,
    )  # fmt: skip


def set_choices(form: django_forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, django_forms.ChoiceField):
        field.choices = choices


def _told(file: Offered) -> str:
    size = file.size_bytes / 1_000_000
    return f"{file.name} ({size:,.1f} MB)" if size >= 0.1 else f"{file.name} ({file.size_bytes:,} bytes)"  # noqa: PLR2004
