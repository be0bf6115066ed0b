"""What pages of panels share: one form as a page of its own, with the way back."""

from collections.abc import Sequence

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from counterpoint.panels.views import MeetingHeading
from counterpoint.panels.words import moment_in_words


def show_form(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    submit: str,
    back: str,
    caption: str = "",
    intro: Sequence[str] = (),
    is_serious: bool = False,
) -> HttpResponse:
    """One form as a page of its own. back: an address; intro: what is to be known before it is filled in."""
    context = {
        "form": form,
        "title": title,
        "submit_text": submit,
        "back": back,
        "caption": caption,
        "intro": intro,
        "is_serious": is_serious,
    }
    return render(request, "desk/panels/form.html", context)


def to_meeting(heading: MeetingHeading) -> str:
    """The address of the meeting."""
    return reverse("desk:panel_meeting", kwargs={"meeting_id": heading.id})


def caption_of(heading: MeetingHeading) -> str:
    """The meeting in a line."""
    return f"{heading.panel}, {moment_in_words(heading.starts_at)}"
