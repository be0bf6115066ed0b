"""A finding: looked at, judged, followed, sent to be assessed, exported."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.campaigns import selectors, services
from counterpoint.campaigns.types import ExportFormat, FindingState, ThingKind, Tlp
from counterpoint.campaigns.wording import detail_name
from counterpoint.desk.campaigns import drawing, forms
from counterpoint.desk.campaigns.forms import show_form
from counterpoint.desk.campaigns.snapshots import set_choices
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on

_MOST_ADDRESSES_OFFERED = 50
_LOOKED_FOR = (
    "Addresses, hashtags, files and wordings of the finding are looked for. A wording that came in one version must be "
    "the same letter for letter, once links, mentions and signs are gone. Of one that came in several, posts in nearly "
    "the same words are met too, for as long as the finding’s own posts are held."
)
_WHAT_PASSES = (
    "The addresses and your note go through the front door like anybody's report of online material. Nothing else of "
    "the finding passes, and what comes back is the reference."
)
_WHAT_GOES = (
    "What goes: addresses, hashtags, digests of files and wordings, times and statistics. What does not: accounts, "
    "hashed or not, posts, texts, and addresses or hashtags that name an account."
)


@desk_page
def finding(request: HttpRequest, *, finding_id: UUID) -> HttpResponse:
    """In words first, then the pictures, each with its table."""
    viewer = viewer_of(request)
    view = selectors.finding(viewer, finding_id)
    least = drawing.least_asked(request.GET.get("least", ""), view.content["network"])
    context = {
        "finding": view,
        "content": view.content,
        "analyses": can_hold(viewer, Role.ANALYST),
        "is_confirmed": view.row.state is FindingState.CONFIRMED,
        "network": drawing.network(view.content["network"], least=least),
        "weights": drawing.weights(view.content["network"]),
        "least": least,
        "pairs": drawing.pairs(view.content["network"], least=least),
        "timeline": drawing.timeline(view.content["times"]),
        "days": drawing.posts_by_day(view.content["times"]),
        "heat_map": drawing.heat_map(view.content["times"]),
        "hours": drawing.hours(view.content["times"]),
        "kinds": dict(ThingKind.choices),
        "detail_name": detail_name,
        "moment_of": drawing.moment_of,
    }
    return render(request, "desk/campaigns/finding.html", context)


@desk_page
def posts(request: HttpRequest, *, finding_id: UUID) -> HttpResponse:
    """The posts with their texts: opened only when somebody asks, and recorded."""
    viewer = viewer_of(request)
    row, snapshot, _version = selectors.finding_heading(viewer, finding_id)
    context = {"finding": row, "snapshot": snapshot, "posts": selectors.posts_of_finding(viewer, finding_id)}
    return render(request, "desk/campaigns/posts.html", context)


@desk_page
def judge(request: HttpRequest, *, finding_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row, _snapshot, version = selectors.finding_heading(viewer, finding_id)
    form = bind(forms.JudgeForm, request, initial={"version": version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            services.judge(
                finding_id,
                state=FindingState(given["state"]),
                reason=given["reason"],
                by=viewer,
                expected_version=given["version"],
            )
            messages.success(request, "Your judgement is recorded.")
            return redirect("desk:finding", finding_id=finding_id)
    intro = ("A judgement is about the pattern, not about anybody. Earlier judgements stay beside it.",)
    return show_form(
        request,
        form,
        title="Judge the finding",
        submit="Record",
        back=_back(finding_id),
        caption=row.number,
        intro=intro,
    )


@desk_page
def act(request: HttpRequest, *, finding_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row, _snapshot, _version = selectors.finding_heading(viewer, finding_id)
    form = bind(forms.ActForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.add_act(finding_id, **form.cleaned_data, by=viewer)
            messages.success(request, "The act is added. Now look in later posts.")
            return redirect("desk:finding", finding_id=finding_id)
    return show_form(
        request, form, title="What did a platform do?", submit="Add it", back=_back(finding_id), caption=row.number
    )


@desk_page
def follow(request: HttpRequest, *, finding_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row, _snapshot, _version = selectors.finding_heading(viewer, finding_id)
    form = bind(forms.FollowForm, request)
    others = selectors.snapshots_to_follow_into(viewer, finding_id)
    set_choices(form, "snapshot", [(str(each.id), f"{each.title} ({each.added_at:%d %B %Y})") for each in others])
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            run = services.follow_into(finding_id, snapshot_id=UUID(form.cleaned_data["snapshot"]), by=viewer)
            return redirect("desk:run", run_id=run.pk)
    intro = (_LOOKED_FOR, *(() if others else ("There are no other posts to look in. Take some in first.",)))
    return show_form(
        request,
        form,
        title="Look in other posts",
        submit="Look",
        back=_back(finding_id),
        caption=row.number,
        intro=intro,
    )


@desk_page
def send(request: HttpRequest, *, finding_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row, _snapshot, _version = selectors.finding_heading(viewer, finding_id)
    form = bind(forms.SendForm, request)
    addresses = selectors.addresses_to_send(viewer, finding_id)[:_MOST_ADDRESSES_OFFERED]
    set_choices(form, "addresses", [(each, each) for each in addresses])
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            sending = services.send_to_assessment(finding_id, **form.cleaned_data, by=viewer)
            messages.success(request, f"Sent to be assessed. Its reference is {sending.reference}.")
            return redirect("desk:finding", finding_id=finding_id)
    intro = (_WHAT_PASSES, *(() if addresses else ("This finding holds no web address.",)))
    return show_form(
        request,
        form,
        title="Send to be assessed",
        submit="Send",
        back=_back(finding_id),
        caption=row.number,
        intro=intro,
    )


@desk_page
def export(request: HttpRequest, *, finding_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row, _snapshot, _version = selectors.finding_heading(viewer, finding_id)
    form = bind(forms.ExportForm, request, initial={"format": ExportFormat.STIX.value, "tlp": Tlp.AMBER.value})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            made = services.export_finding(
                finding_id,
                as_format=ExportFormat(given["format"]),
                tlp=Tlp(given["tlp"]),
                recipient=given["recipient"],
                purpose=given["purpose"],
                by=viewer,
            )
            headers = {"Content-Disposition": f'attachment; filename="{made.file_name}"'}
            return HttpResponse(made.content, content_type=made.media_type, headers=headers)
    intro = (_WHAT_GOES, "The export is recorded as a disclosure, with recipient and purpose.")
    return show_form(
        request,
        form,
        title="Export the finding",
        submit="Export",
        back=_back(finding_id),
        caption=row.number,
        intro=intro,
    )


def _back(finding_id: UUID) -> str:
    return reverse("desk:finding", kwargs={"finding_id": finding_id})
