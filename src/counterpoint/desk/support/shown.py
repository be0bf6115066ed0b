"""A page of support with one form, and the way back to where it belongs."""

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from counterpoint.cases.views import CaseHeading, WaitingStep
from counterpoint.desk.cases.shown import show


def show_form(
    request: HttpRequest,
    heading: CaseHeading,
    form: forms.Form,
    *,
    title: str,
    submit: str,
    back: str,
    intro: Sequence[str] = (),
    **parts: UUID | str,
) -> HttpResponse:
    """One form as a page. back, parts: the route to go back to, and what its address holds besides the case."""
    context = {
        "form": form,
        "title": title,
        "submit_text": submit,
        "back": reverse(back, kwargs={"case_id": heading.id, **parts}),
        "intro": intro,
        "is_serious": False,
    }
    return show(request, heading, "form", context)


def step_to_finish(step: WaitingStep | None) -> WaitingStep | None:
    """The step that waits, if the viewer may do it."""
    return step if step is not None and step.may_do else None
