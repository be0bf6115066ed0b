"""Running cases and the version of their process: how many go by which, which could move, and moving them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.cases.selectors import moving as selectors
from counterpoint.cases.selectors.moving import PAGE_SIZE, MovedCase
from counterpoint.cases.services import moving as services
from counterpoint.cases.tasks import go_on_with_move
from counterpoint.desk.shell.pages import desk_page

# A small move is finished within the request, so that nobody waits for the worker.
_AT_ONCE_SECONDS = 1.0
_REHEARSE, _CHOSEN, _ALL = "rehearse", "chosen", "all"


@desk_page
def page(request: HttpRequest) -> HttpResponse:
    """Every process by which cases run, and how many go by an older version."""
    return render(request, "desk/rules/moves.html", {"processes": selectors.process_versions(viewer_of(request))})


@require_POST
@desk_page
def start(request: HttpRequest, *, process_id: str) -> HttpResponse:
    """Look which cases could move, or move those chosen, or all that can."""
    asks = request.POST.get("what", "")
    if asks not in (_REHEARSE, _CHOSEN, _ALL):
        raise NotPossible("The page was not complete. Open it again.")
    chosen = frozenset(_ids(request)) if asks == _CHOSEN else frozenset()
    if asks == _CHOSEN and not chosen:
        raise NotPossible("No case was chosen. Go back and choose at least one.")
    row = services.start_move(process_id, by=viewer_of(request), is_rehearsal=asks == _REHEARSE, chosen=chosen)
    if services.run_slice(row.pk, seconds=_AT_ONCE_SECONDS):
        go_on_with_move.enqueue(str(row.pk))
    return redirect("desk:rule_move", move_id=row.pk)


@desk_page
def move(request: HttpRequest, *, move_id: UUID) -> HttpResponse:
    """One move or rehearsal: how far it is, which cases can move and which stay, and why."""
    viewer = viewer_of(request)
    view = selectors.move_for(viewer, move_id)
    can = selectors.cases_of_move(viewer, move_id, is_moved=True, after=_after(request, "moved_after"))
    stay = selectors.cases_of_move(viewer, move_id, is_moved=False, after=_after(request, "stayed_after"))
    context = {
        "move": view,
        "moved": can[:PAGE_SIZE],
        "stayed": stay[:PAGE_SIZE],
        "moved_after": _next(can),
        "stayed_after": _next(stay),
        "may_move": view.is_rehearsal and not view.is_running and view.is_current,
    }
    return render(request, "desk/rules/move.html", context)


@require_POST
@desk_page
def stop(request: HttpRequest, *, move_id: UUID) -> HttpResponse:
    services.stop_move(move_id, by=viewer_of(request))
    messages.success(request, "It was stopped. Cases that were moved stay moved.")
    return redirect("desk:rule_move", move_id=move_id)


def _ids(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(one) for one in request.POST.getlist("case")]
    except ValueError:
        raise NotPossible("The page was not complete. Open it again.") from None


def _after(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(request.GET[name]) if name in request.GET else None
    except ValueError:
        raise NotFound("The address of this page is not complete. Begin at the first page again.") from None


def _next(rows: tuple[MovedCase, ...]) -> UUID | None:
    return rows[PAGE_SIZE - 1].row_id if len(rows) > PAGE_SIZE else None
