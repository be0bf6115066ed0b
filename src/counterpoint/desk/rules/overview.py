"""The pack in force with its files and history, the drafts, and tables as people read them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.gate import viewer_of
from counterpoint.desk.rules.files import download
from counterpoint.desk.shell.pages import desk_page
from counterpoint.rules import views
from counterpoint.rules.permissions import can_answer_for_rules, can_change_rules


@desk_page
def page(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    history = views.pack_history(viewer)
    context = {
        "current": history[0],
        "history": history,
        "files": views.files_in_force(viewer),
        "drafts": views.drafts(viewer),
        "former": views.version_before(viewer),
        "may_change": can_change_rules(viewer),
    }
    return render(request, "desk/rules/overview.html", context)


@desk_page
def file(request: HttpRequest, *, path: str) -> HttpResponse:
    return download(views.file_in_force(viewer_of(request), path=path), path=path)


@desk_page
def archive(request: HttpRequest) -> HttpResponse:
    return download(views.archive_in_force(viewer_of(request)), path="pack.zip")


@desk_page
def table(request: HttpRequest, *, table_hash: str) -> HttpResponse:
    """A table row by row; `#row-5` is its fifth."""
    viewer = viewer_of(request)
    context = {"table": views.table_of(viewer, table_hash), "may_see_rules": can_answer_for_rules(viewer)}
    return render(request, "desk/rules/table.html", context)
