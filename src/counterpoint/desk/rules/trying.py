"""The sandbox: what the draft would propose for chosen referrals or for made-up answers. Stores nothing."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.desk.shell.fields import DateParts, DeskForm
from counterpoint.desk.shell.pages import desk_page
from counterpoint.kernel.decisions import Input, Scalar, ValueType
from counterpoint.rules import views
from counterpoint.triage import trials
from counterpoint.triage.trials import MOST_TRIED, Trial

_NOT_KNOWN = ""


class ReferencesForm(DeskForm):
    references = forms.CharField(
        label="References",
        help_text=f"One a line, at most {MOST_TRIED}. Reading them stays in the audit trail.",
        widget=forms.Textarea,
        max_length=1000,
    )

    def clean_references(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["references"].splitlines() if line.strip()]


class FactsForm(DeskForm):
    """One field a fact, of the fact's type; an empty one is a fact that nobody knows."""

    def __init__(self, *args: object, facts: Sequence[Input], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for column in facts:
            self.fields[column.name] = _field(column)

    def facts(self) -> dict[str, Scalar]:
        """The facts as tables read them."""
        return {name: _as_fact(value) for name, value in self.cleaned_data.items()}


@desk_page
def page(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = views.draft_for(viewer, draft_id)
    if view.problems:
        raise NotPossible("This draft has problems: put them right before it is tried.")
    may_read = can_hold(viewer, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
    asks = request.POST.get("what", "") if request.method == "POST" else ""
    references = ReferencesForm(request.POST if asks == "references" else None)
    made_up = FactsForm(
        request.POST if asks == "facts" else None, facts=trials.facts_to_try(viewer, draft_id), prefix="fact"
    )
    tried: tuple[Trial, ...] = ()
    if references.is_bound and references.is_valid():
        try:
            given = references.cleaned_data["references"]
            tried = trials.try_referrals(viewer, draft_id, references=given)
        except (NotFound, NotPossible) as refusal:
            references.add_error("references", str(refusal))
    if made_up.is_bound and made_up.is_valid():
        tried = (trials.try_facts(viewer, draft_id, made_up.facts()),)
    context = {
        "draft": view,
        "form": references if references.is_bound else made_up,
        "references": references,
        "made_up": made_up,
        "tried": tried,
        "may_read": may_read,
    }
    return render(request, "desk/rules/try.html", context)


def _field(column: Input) -> forms.Field:
    label = column.label or column.name
    if column.type is ValueType.BOOLEAN:
        return forms.ChoiceField(
            label=label, choices=[(_NOT_KNOWN, "Not known"), ("true", "Yes"), ("false", "No")], required=False
        )
    if column.allowed:
        choices = [(str(value), str(value)) for value in column.allowed]
        return forms.ChoiceField(label=label, choices=[(_NOT_KNOWN, "Not known"), *choices], required=False)
    if column.type is ValueType.NUMBER:
        return forms.DecimalField(label=label, required=False, max_digits=12)
    if column.type is ValueType.DATE:
        return DateParts(label=label, required=False)
    return forms.CharField(label=label, required=False, max_length=200)


def _as_fact(value: object) -> Scalar:
    if value in (_NOT_KNOWN, None):
        return None
    if value in ("true", "false"):
        return value == "true"
    return value if isinstance(value, str | Decimal | date) else None
