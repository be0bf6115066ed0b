"""What the draft's tables would have done: over past referrals, and that of triage over new ones, in shadow."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
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
from counterpoint.desk.rules.readers import reader_rows_to_share, readers_shown
from counterpoint.desk.shell.fields import DateParts, DeskForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.intake.types import Urgency
from counterpoint.rules import services, views
from counterpoint.rules.permissions import can_change_rules
from counterpoint.rules.types import DraftState, DraftView
from counterpoint.triage import backtests, trials
from counterpoint.triage.tallies import Tally, matrix, protected, share_percent
from counterpoint.triage.tasks import go_on_with_backtest
from counterpoint.triage.trials import PAGE_SIZE, BacktestView
from counterpoint.triage.types import BacktestState, ReplayedTable, Route

# As short as a table's head must be.
_ROUTES = {route.value: route.value.capitalize() for route in Route}
_AGREED = (
    ("both", "Both the table in force and the draft proposed what the person decided"),
    ("only_before", "Only the table in force did"),
    ("only_after", "Only the draft did"),
    ("neither", "Neither did"),
)


class BacktestForm(DeskForm):
    """Which table, and over which days; without days over all that was received."""

    replayed = forms.ChoiceField(label="Which table?", widget=forms.RadioSelect, required=False)
    received_from = DateParts(
        label="From which day?", help_text="The day on which a referral came. Leave it empty for all.", required=False
    )
    received_to = DateParts(label="To which day?", help_text="The last day that counts", required=False)

    def __init__(self, *args: Any, tables: Sequence[ReplayedTable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tables = tables
        field = self.fields["replayed"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(table.value, table.label) for table in tables]
        if len(tables) == 1:
            del self.fields["replayed"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if len(self.tables) > 1 and not given.get("replayed"):
            self.add_error("replayed", "Choose the table that is replayed.")
        return given

    def moments(self) -> dict[str, datetime | None]:
        """The first moment that counts, and the first that does not any more; None where no day was given."""
        first, last = self.cleaned_data["received_from"], self.cleaned_data["received_to"]
        return {
            "received_from": _begin_of(first) if first else None,
            "received_before": _begin_of(last + timedelta(days=1)) if last else None,
        }

    def table(self) -> ReplayedTable:
        """The table chosen, or the only one there is."""
        return ReplayedTable(self.cleaned_data.get("replayed") or self.tables[0])


@desk_page
def start(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    """Ask for a backtest: of which table the draft changes, and over which days."""
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    tables = tables_to_replay(view)
    if not tables or view.problems:
        raise NotPossible("There is nothing to replay: the draft has problems, or changes none of the tables for it.")
    form = bind(BacktestForm, request, tables=tables)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            row = backtests.start_backtest(draft_id, by=viewer, replayed=form.table(), **form.moments())
            go_on_with_backtest.enqueue(str(row.pk))
            return redirect("desk:rule_backtest", draft_id=draft_id, backtest_id=row.pk)
    return render(request, "desk/rules/backtest_start.html", {"form": form, "draft": view, "tables": tables})


def tables_to_replay(view: DraftView) -> tuple[ReplayedTable, ...]:
    """The tables that the draft changes and that can be replayed over past referrals."""
    changed = {ReplayedTable.TRIAGE: view.changes_triage, ReplayedTable.SECOND_READER: view.changes_readers}
    return tuple(table for table, is_changed in changed.items() if is_changed and table.path in view.files)


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
    of_readers = view.replayed is ReplayedTable.SECOND_READER
    listed = trials.reader_changes_for if of_readers else trials.changes_for
    changes = listed(viewer, backtest_id, after=_after(request))
    context = {
        "draft": views.draft_for(viewer, draft_id),
        "backtest": view,
        "is_running": view.state is BacktestState.RUNNING,
        "changes": changes[:PAGE_SIZE],
        "more_after": changes[PAGE_SIZE - 1].referral_id if len(changes) > PAGE_SIZE else None,
        "may_see_referrals": can_hold(viewer, Role.TRIAGE_OFFICER, Role.SUPERVISOR),
        "of_readers": of_readers,
        "shown": readers_shown(view.readers) if of_readers else _shown(view.tally),
    }
    return render(request, "desk/rules/backtest.html", context)


@desk_page
def counts(request: HttpRequest, *, draft_id: UUID, backtest_id: UUID) -> HttpResponse:
    """The counts as they may leave the desk: small ones are not told."""
    view = _of_draft(request, draft_id, backtest_id)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["what", "table in force", "draft", "referrals"])
    of_readers = view.replayed is ReplayedTable.SECOND_READER
    writer.writerows(reader_rows_to_share(view.readers) if of_readers else _rows_to_share(view.tally))
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


def _begin_of(day: date) -> datetime:
    """The first moment of the day where the deployment is."""
    return datetime.combine(day, time(), ZoneInfo(settings.DISPLAY_TIME_ZONE))


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
