"""Lists of referrals: the inbox, online material, and search. None of them holds personal content."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.gate import viewer_of
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.intake.types import OPEN_STATES, Kind, ReferralState, Urgency
from counterpoint.triage import selectors
from counterpoint.triage.types import InboxFilters, InboxPage, Route

_ANY = [("", "Any")]
_WAITING, _OPEN = ("", "Waits for a decision"), "open"
_STATES = [
    _WAITING,
    *[(state.value, state.label) for state in OPEN_STATES],
    (_OPEN, "All that is open, decided or not"),
    (ReferralState.CLOSED.value, ReferralState.CLOSED.label),
]
# One click for what is asked most: its name as in `InboxPage.counts`, words, and the filters it stands for.
_QUICK: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("all", "Waiting", {}),
    ("emergency", "Emergencies to hand over", {"emergency": "on"}),
    ("unassigned", "Nobody's yet", {"assigned": "nobody", "state": ReferralState.NEW.value}),
    ("mine", "Mine", {"assigned": "me"}),
    ("second_reader", "For a second reader", {"state": ReferralState.AWAITING_SECOND_READER.value}),
)


class FilterForm(DeskForm):
    state = forms.ChoiceField(label="State", choices=_STATES, required=False)
    kind = forms.ChoiceField(
        label="Kind",
        choices=[*_ANY, *[(kind.value, kind.label) for kind in Kind if kind is not Kind.ADVICE]],
        required=False,
    )
    urgency = forms.ChoiceField(label="Urgency", choices=[*_ANY, *Urgency.choices], required=False)
    assigned = forms.ChoiceField(
        label="Whose", choices=[*_ANY, ("me", "Mine"), ("nobody", "Nobody's yet")], required=False
    )
    emergency = forms.BooleanField(label="Emergencies that nobody handed over", required=False)
    repeat = forms.BooleanField(label="Possible repeats", required=False)


class SearchForm(DeskForm):
    text = forms.CharField(
        label="What are you looking for?",
        help_text="A reference, or exactly: a whole name, a phone number, an e-mail address or an online name",
        max_length=200,
    )
    purpose = forms.CharField(
        label="What for?", help_text="Stays in the audit trail, without what you searched. Name no person.",
        max_length=200,
    )  # fmt: skip


@desk_page
def inbox(request: HttpRequest) -> HttpResponse:
    """Oldest clock first."""
    return _list(request, title="Inbox", fixed={})


@desk_page
def content(request: HttpRequest) -> HttpResponse:
    """Online material that waits to be read or was sent on to be assessed."""
    fixed = {"kind": Kind.ONLINE_MATERIAL.value}
    return _list(request, title="Online material", fixed=fixed, usual_state=_OPEN)


@desk_page
def search(request: HttpRequest) -> HttpResponse:
    """By a POST, so that what is searched for stands in no address and no history."""
    form = bind(SearchForm, request)
    found = None
    if form.is_bound and form.is_valid():
        found = selectors.search(viewer_of(request), **form.cleaned_data)
    return render(request, "desk/triage/search.html", {"form": form, "found": found, "routes": dict(Route.choices)})


def _list(request: HttpRequest, *, title: str, fixed: Mapping[str, str], usual_state: str = "") -> HttpResponse:
    given = {name: str(value) for name, value in request.GET.items() if value}
    form = FilterForm({"state": usual_state, **given, **fixed})
    page = selectors.inbox(viewer_of(request), filters=_filters(form), after=given.get("after", ""))
    kept = {name: value for name, value in given.items() if name != "after"}
    context = {
        "form": form,
        "heading": title,
        "page": page,
        "rows": page.rows,
        "fixed": fixed,
        "is_filtered": bool(kept),
        "quick": _quick_links(page, kept) if not fixed else (),
        "next": urlencode({**kept, "after": page.after}) if page.after else "",
        "first": urlencode(kept) if "after" in given else None,
        "routes": dict(Route.choices),
    }
    return render(request, "desk/triage/inbox.html", context)


def _filters(form: FilterForm) -> InboxFilters:
    """Odd values count as not given: an address may be old or typed by hand."""
    form.is_valid()
    chosen: Mapping[str, Any] = form.cleaned_data
    state, kind, urgency = chosen.get("state"), chosen.get("kind"), chosen.get("urgency")
    return InboxFilters(
        states=OPEN_STATES if state == _OPEN else (ReferralState(state),) if state else (),
        kind=Kind(kind) if kind else None,
        urgency=Urgency(urgency) if urgency else None,
        assigned_to=chosen.get("assigned", ""),
        awaiting_handover=bool(chosen.get("emergency")),
        possible_repeat=bool(chosen.get("repeat")),
    )


def _quick_links(page: InboxPage, kept: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "text": words,
            "query": urlencode(filters),
            "count": capped(page.counts.get(name, 0), page.counts_cap),
            "is_here": dict(kept) == filters,
        }
        for name, words, filters in _QUICK
    ]


def capped(count: int, cap: int) -> str:
    """A count as people read it: 12, or "100 +" when it was not counted further."""
    return f"{cap} +" if count > cap else str(count)
