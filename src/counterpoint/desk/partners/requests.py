"""Requests for information, for the agency that was asked: the list, one, the answer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access.gate import viewer_of
from counterpoint.desk.cases.forms import problems_on
from counterpoint.desk.partners import forms
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.partners import selectors, services
from counterpoint.partners.types import Provenance, RequestState, RequestView


@desk_page
def request_list(request: HttpRequest) -> HttpResponse:
    """What waits, the nearest due first; then what ended."""
    return render(request, "desk/partners/requests.html", {"rows": selectors.requests_to(viewer_of(request))})


@desk_page
def one(request: HttpRequest, *, request_id: UUID) -> HttpResponse:
    """The question, what is shown with it, and the answer."""
    asked = selectors.request_for(viewer_of(request), request_id)
    waits = asked.row.state is RequestState.ASKED
    return render(request, "desk/partners/request.html", {"asked": asked, "waits": waits})


@desk_page
def answer(request: HttpRequest, *, request_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    asked = selectors.request_for(viewer, request_id)
    form = bind(forms.AnswerForm, request)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.answer_request(
                request_id, text=given["text"], provenance=Provenance(given["provenance"]), by=viewer
            )
            messages.success(request, "The answer was sent. Who asked was told.")
            return redirect("desk:information_request", request_id=request_id)
    return _form_page(request, form, asked, title=f"Answer {asked.row.reference}", submit="Send the answer")


@desk_page
def decline(request: HttpRequest, *, request_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    asked = selectors.request_for(viewer, request_id)
    form = bind(forms.BecauseForm, request)
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.decline_request(request_id, because=form.cleaned_data["because"], by=viewer)
            messages.success(request, "Who asked was told that there is no answer, and why.")
            return redirect("desk:information_request", request_id=request_id)
    return _form_page(request, form, asked, title=f"Decline {asked.row.reference}", submit="Decline", is_serious=True)


def _form_page(
    request: HttpRequest, form: DeskForm, asked: RequestView, *, title: str, submit: str, is_serious: bool = False
) -> HttpResponse:
    context = {"form": form, "asked": asked, "title": title, "submit_text": submit, "is_serious": is_serious}
    return render(request, "desk/partners/request_form.html", context)
