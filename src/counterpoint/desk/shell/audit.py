"""The audit trail, for auditors: who did and read what, and how far the ledger has come. No content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access import selectors as access
from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.audit import selectors
from counterpoint.audit import services as audit
from counterpoint.audit.types import Actor, ActorKind, Subject
from counterpoint.base import ids
from counterpoint.desk.shell.fields import DateParts, DeskForm
from counterpoint.desk.shell.pages import desk_page

PAGE_ROWS = 50


class FilterForm(DeskForm):
    action = forms.CharField(label="Action", help_text="For example referral.read", required=False, max_length=64)
    reference = forms.CharField(label="Reference", required=False, max_length=40)
    person = forms.EmailField(label="E-mail address of staff", required=False)
    since = DateParts(label="From", required=False)
    until = DateParts(label="To and with", required=False)

    def clean_reference(self) -> str:
        given = self.cleaned_data["reference"]
        reference = ids.read_reference(given) if given else ""
        if reference is None:
            raise forms.ValidationError("This is not a reference of ours. One looks like CP-7K3M-9Q2D-4.")
        return reference


@dataclass(frozen=True)
class EntryRow:
    """One entry for the page. `who` is a name, or the kind of actor."""

    number: int
    at: datetime
    who: str
    action: str
    subject: str
    reference: str
    purpose: str
    detail: str


@desk_page
def entries(request: HttpRequest) -> HttpResponse:
    """Newest first, page by page; looking is recorded too."""
    viewer = viewer_of(request)
    form = FilterForm(request.GET if any(request.GET.values()) else None)
    wanted = _wanted(viewer, form, request.GET.get("before", ""))
    with transaction.atomic():
        found = selectors.entries(wanted, limit=PAGE_ROWS + 1) if wanted else []
        audit.record("audit.read", by=viewer.actor, about=Subject("staff", viewer.id), detail=_looked_for(form))
    page, more = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    given = {name: value for name, value in request.GET.items() if value and name != "before"}
    context = {
        "form": form,
        "rows": _rows(page),
        "older": urlencode({**given, "before": page[-1].number}) if more else "",
        "newest": urlencode(given) if request.GET.get("before") else "",
    }
    return render(request, "desk/shell/audit.html", context)


@desk_page
def ledger(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/shell/ledger.html", {"ledger": selectors.ledger_state()})


def _wanted(viewer: Staff, form: FilterForm, before: str) -> selectors.EntryFilter | None:
    """What to show; None when the filter cannot match anything."""
    before_number = int(before) if before.isdecimal() else None
    if not form.is_bound:
        return selectors.EntryFilter(before_number=before_number)
    if not form.is_valid():
        return None
    given = form.cleaned_data
    actor = access.staff_id_of(viewer, given["person"]) if given["person"] else None
    if given["person"] and actor is None:
        form.add_error("person", "No account has this address.")
        return None
    return selectors.EntryFilter(
        action=given["action"].strip(),
        actor_id=str(actor) if actor else "",
        reference=given["reference"],
        since=_midnight(given["since"]),
        until=_midnight(given["until"], days_later=1),
        before_number=before_number,
    )


def _midnight(day: date | None, *, days_later: int = 0) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days_later), time(), ZoneInfo(settings.DISPLAY_TIME_ZONE))


def _looked_for(form: FilterForm) -> dict[str, str | int | bool | None]:
    given = getattr(form, "cleaned_data", {})
    return {"filters": " ".join(sorted(name for name, value in given.items() if value))}


def _rows(found: Sequence[selectors.Entry]) -> list[EntryRow]:
    people = access.names([UUID(row.actor_id) for row in found if row.actor_kind == ActorKind.STAFF and row.actor_id])
    return [
        EntryRow(
            number=row.number,
            at=row.at,
            who=_who(Actor(ActorKind(row.actor_kind), row.actor_id), people.get(_uuid(row.actor_id))),
            action=row.action,
            subject=row.subject_kind,
            reference=row.subject_reference,
            purpose=row.purpose,
            detail=", ".join(f"{name} {value}" for name, value in row.detail.items() if value not in ("", None)),
        )
        for row in found
    ]


def _who(actor: Actor, name: str | None) -> str:
    if actor.kind is ActorKind.REPORTER:
        return "The reporter"
    if actor.kind is ActorKind.SYSTEM:
        return f"System ({actor.id})"
    return name or "Staff (name erased)"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
