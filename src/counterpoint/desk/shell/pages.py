"""What every desk view is wrapped in: refusals become clear pages, a conflict shows both versions side by side."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.types import SubjectKind
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible, Refusal

# The page of each kind of record, and the part of its address that holds the id.
PAGE_OF = {
    SubjectKind.REFERRAL: ("desk:referral", "referral_id"),
    SubjectKind.CASE: ("desk:case", "case_id"),
    SubjectKind.ADVICE: ("desk:advice_contact", "advice_id"),
}
_FORM_IN_USE = "_form_in_use"
_PAGES: tuple[tuple[type[Refusal], int, str], ...] = (
    (NotFound, 404, "There is no such record, or it is not yours to see"),
    (NotAllowed, 403, "This is not for you to do"),
    (NotPossible, 409, "This cannot be done now"),
)
_SECRET_FIELDS = ("csrfmiddlewaretoken", "password")

FormT = TypeVar("FormT", bound=forms.Form)
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class TwoVersions:
    """One field of a conflict: as it is saved now, and as the viewer typed it."""

    label: str
    theirs: str
    mine: str


def desk_page(view: View) -> View:
    """Wrap a desk view `(request, **parts)`: refusals become pages of their own; nothing is saved then."""

    @wraps(view)
    def page(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            return view(request, **parts)
        except Conflict as conflict:
            return conflict_page(request, conflict)
        except Refusal as refusal:
            return refusal_page(request, refusal)

    return page


def bind(form_class: type[FormT], request: HttpRequest, **options: Any) -> FormT:
    """The form, filled from a POST, or fresh. The conflict page finds it again by its request."""
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = form_class(*data, **options)
    setattr(request, _FORM_IN_USE, form)
    return form


@contextmanager
def refusals_on(form: forms.Form) -> Iterator[None]:
    """Within this block a NotPossible becomes an error of the form, so that the page is shown again with what was
    typed; one that says what is lacking by field (`lacks`) is shown at the fields. Other refusals pass."""
    try:
        yield
    except NotPossible as refusal:
        lacks = getattr(refusal, "lacks", ())
        for lack in lacks:
            form.add_error(lack.field if lack.field in form.fields else None, lack.text)
        if not lacks:
            form.add_error(None, str(refusal))


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as a page: what is wrong and what to do."""
    status, heading = next(
        ((status, heading) for kind, status, heading in _PAGES if isinstance(refusal, kind)), (400, "That did not work")
    )
    context = {"heading": heading, "status": status, "message": str(refusal)}
    return render(request, "desk/refused.html", context, status=status)


def conflict_page(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    """Both versions side by side, with the chance to save one's own over the other's."""
    form = getattr(request, _FORM_IN_USE, None)
    posted = {name: request.POST.getlist(name) for name in request.POST if name not in _SECRET_FIELDS}
    version = conflict.theirs.get("version")
    if version is not None:
        posted["version"] = [str(version)]
    context = {
        "message": str(conflict),
        "rows": _side_by_side(form, conflict.theirs),
        "again": [(name, value) for name, values in posted.items() for value in values],
        "can_save_again": version is not None,
    }
    return render(request, "desk/conflict.html", context, status=409)


def _side_by_side(form: forms.Form | None, theirs: Mapping[str, object]) -> list[TwoVersions]:
    mine: Mapping[str, Any] = getattr(form, "cleaned_data", {}) if form else {}
    rows = [
        TwoVersions(_label(form, name), _shown(form, name, theirs.get(name)), _shown(form, name, value))
        for name, value in mine.items()
        if name in theirs and name != "version"
    ]
    others = [name for name in theirs if name not in mine and name != "version"]
    return rows + [TwoVersions(_label(form, name), _shown(form, name, theirs[name]), "") for name in others]


def _label(form: forms.Form | None, name: str) -> str:
    field = form.fields.get(name) if form else None
    return str(field.label) if field is not None and field.label else name.replace("_", " ").capitalize()


def _shown(form: forms.Form | None, name: str, value: object) -> str:
    field = form.fields.get(name) if form else None
    choices = dict(getattr(field, "choices", ())) if field is not None else {}
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_shown(form, name, one) for one in value)
    if value is None or isinstance(value, bytes | memoryview):
        return ""
    return str(choices.get(value, choices.get(str(value), value)))
