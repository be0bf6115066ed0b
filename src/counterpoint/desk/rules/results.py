"""What the draft's triage table would have done: over past referrals, and over new ones while it is in shadow."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.desk.rules.files import download
from counterpoint.desk.rules.pictures import Pair, pairs
from counterpoint.desk.shell.pages import desk_page
from counterpoint.intake.types import Urgency
from counterpoint.rules import services, views
from counterpoint.rules.permissions import can_change_rules
from counterpoint.rules.types import DraftState
from counterpoint.triage import backtests, trials
from counterpoint.triage.tallies import Tally, matrix, protected, share_percent
from counterpoint.triage.tasks import go_on_with_backtest
from counterpoint.triage.trials import PAGE_SIZE, BacktestView
from counterpoint.triage.types import BacktestState, Route

# As short as a table's head must be.
_ROUTES = {route.value: route.value.capitalize() for route in Route}
_AGREED = (
    ("both", "Both the table in force and the draft proposed what the person decided"),
    ("only_before", "Only the table in force did"),
    ("only_after", "Only the draft did"),
    ("neither", "Neither did"),
)


@require_POST
@desk_page
def start(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    row = backtests.start_backtest(draft_id, by=viewer_of(request))
    go_on_with_backtest.enqueue(str(row.pk))
    return redirect("desk:rule_backtest", draft_id=draft_id, backtest_id=row.pk)


@require_POST
@desk_page
def stop(request: HttpRequest, *, draft_id: UUID, backtest_id: UUID) -> HttpResponse:
    _of_draft(request, draft_id, backtest_id)
    backtests.stop_backtest(backtest_id, by=viewer_of(request))
    messages.success(request, "The backtest was stopped. It does not count as finished.")
    return redirect("desk:rule_backtest", draft_id=draft_id, backtest_id=backtest_id)


@desk_page
def backtest(request: HttpRequest, *, draft_id: UUID, backtest_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = _of_draft(request, draft_id, backtest_id)
    changes = trials.changes_for(viewer, backtest_id, after=_after(request))
    context = {
        "draft": views.draft_for(viewer, draft_id),
        "backtest": view,
        "is_running": view.state is BacktestState.RUNNING,
        "changes": changes[:PAGE_SIZE],
        "more_after": changes[PAGE_SIZE - 1].referral_id if len(changes) > PAGE_SIZE else None,
        "may_see_referrals": can_hold(viewer, Role.TRIAGE_OFFICER, Role.SUPERVISOR),
        "shown": _shown(view.tally),
    }
    return render(request, "desk/rules/backtest.html", context)


@desk_page
def counts(request: HttpRequest, *, draft_id: UUID, backtest_id: UUID) -> HttpResponse:
    """The counts as they may leave the desk: small ones are not told."""
    view = _of_draft(request, draft_id, backtest_id)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["what", "table in force", "draft", "referrals"])
    writer.writerows(_rows_to_share(view.tally))
    return download(written.getvalue().encode(), path="backtest.csv")


@desk_page
def shadow(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    if request.method == "POST":
        act = services.end_shadow if view.state is DraftState.SHADOW else services.start_shadow
        version = request.POST.get("version", "")
        if not version.isdecimal():
            raise NotPossible("The page was not complete. Open the draft again.")
        act(draft_id, by=viewer, expected_version=int(version))
        return redirect("desk:rule_draft_shadow", draft_id=draft_id)
    tally = trials.shadow_tally(viewer, draft_id)
    context = {
        "draft": view,
        "is_in_shadow": view.state is DraftState.SHADOW,
        "may_start": can_change_rules(viewer) and view.state is DraftState.CHECKED and view.changes_triage,
        "may_end": can_change_rules(viewer) and view.state is DraftState.SHADOW,
        "changes": trials.shadow_changes(viewer, draft_id),
        "may_see_referrals": can_hold(viewer, Role.TRIAGE_OFFICER, Role.SUPERVISOR),
        "shown": _shown(tally),
    }
    return render(request, "desk/rules/shadow.html", context)


def _of_draft(request: HttpRequest, draft_id: UUID, backtest_id: UUID) -> BacktestView:
    view = trials.backtest_for(viewer_of(request), backtest_id)
    if view.draft_id != draft_id:
        raise NotFound("There is no such backtest of this draft.")
    return view


def _after(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        raise NotFound("The address of this page is not complete. Begin at the first page again.") from None


def _shown(tally: Tally) -> dict[str, Any]:
    """A tally as tables and pictures."""
    routes = tuple(route.value for route in Route)
    urgencies = tuple(urgency.value for urgency in Urgency)
    return {
        "tally": tally,
        "changed_percent": share_percent(tally.changed, tally.compared),
        "route_labels": list(_ROUTES.values()),
        "route_matrix": _labelled(tally.routes, routes, _ROUTES),
        "urgency_labels": [urgency.label for urgency in Urgency],
        "urgency_matrix": _labelled(tally.urgencies, urgencies, dict(Urgency.choices)),
        "route_picture": pairs(_sides(tally.routes, _ROUTES), title="Routes proposed by each table"),
        "urgency_picture": pairs(
            _sides(tally.urgencies, dict(Urgency.choices)), title="Urgency proposed by each table"
        ),
        "rules": _rules(tally),
        "agreed": [(words, tally.agreed_on_route[name], tally.agreed_on_both[name]) for name, words in _AGREED],
        "decided": tally.agreed_on_route.total(),
        "agreement": [
            ("Table in force", *_agreement(tally, "only_before")),
            ("Draft", *_agreement(tally, "only_after")),
        ],
    }


def _labelled(
    counted: Mapping[str, int], order: tuple[str, ...], labels: Mapping[str, str]
) -> list[tuple[str, list[tuple[int, bool]]]]:
    """Rows of a matrix; each count with whether it is one of change."""
    return [
        (labels[before], [(count, after != before) for count, after in zip(row, order, strict=True)])
        for before, row in matrix(counted, order)
    ]


def _sides(counted: Mapping[str, int], labels: Mapping[str, str]) -> list[Pair]:
    split = [(name.split(">"), count) for name, count in counted.items()]
    return [
        Pair(
            label,
            sum(count for (before, _), count in split if before == value),
            sum(count for (_, after), count in split if after == value),
        )
        for value, label in labels.items()
    ]


def _rules(tally: Tally) -> list[tuple[str, int, int]]:
    names = sorted(tally.rules_before.keys() | tally.rules_after.keys())
    rows = [(name, tally.rules_before[name], tally.rules_after[name]) for name in names]
    return sorted(rows, key=lambda row: (-abs(row[2] - row[1]), row[0]))


def _agreement(tally: Tally, only: str) -> tuple[int | None, int | None]:
    """Percent of the decided referrals in which this table proposed what the person decided: by route, and by both."""
    return tuple(  # type: ignore[return-value] # two of them
        share_percent(counted["both"] + counted[only], counted.total())
        for counted in (tally.agreed_on_route, tally.agreed_on_both)
    )


def _rows_to_share(tally: Tally) -> Iterator[list[str]]:
    yield ["compared", "", "", protected(tally.compared)]
    yield ["changed", "", "", protected(tally.changed)]
    for what, counted in (("route", tally.routes), ("urgency", tally.urgencies)):
        for name, count in sorted(counted.items()):
            before, after = name.split(">")
            yield [what, before, after, protected(count)]
    for name, words in _AGREED:
        yield ["decided", words, "", protected(tally.agreed_on_route[name])]
