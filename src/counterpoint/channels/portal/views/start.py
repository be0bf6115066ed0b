"""The start page, the choice of a form, leaving in a hurry, and what the service says about itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from counterpoint.channels.portal import browser
from counterpoint.channels.portal.pages import address, public_page, show
from counterpoint.channels.portal.wording import Wording, wording_for
from counterpoint.intake.periods import periods
from counterpoint.kernel.questions import Audience, SetKind

EXIT_TO = "https://www.bbc.co.uk/weather"
_WANTED = {
    "concern": (SetKind.CONCERN, Audience.PUBLIC),
    "professional": (SetKind.CONCERN, Audience.PROFESSIONAL),
    "online": (SetKind.ONLINE_MATERIAL, Audience.PUBLIC),
    "advice": (SetKind.ADVICE, Audience.PUBLIC),
}
_ABOUT = ("privacy", "accessibility", "cookies")


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """To the start page in a language that the browser asks for. Without a cookie."""
    wording = wording_for(request.headers.get("Accept-Language", ""))
    response = HttpResponseRedirect(reverse("portal:start", kwargs={"language": wording.language.id}))
    patch_vary_headers(response, ["Accept-Language"])
    return response


@require_safe
@public_page
def start(request: HttpRequest, wording: Wording) -> HttpResponse:
    return _start(request, wording)


@require_safe
@public_page
def choose(request: HttpRequest, wording: Wording) -> HttpResponse:
    """From the start page's choice to the form. A GET form, so that no cookie is needed yet."""
    chosen = request.GET.get("want", "")
    if chosen == "mailbox":
        return HttpResponseRedirect(address("mailbox", wording))
    set_id = _forms(wording).get(chosen)
    if set_id is None:
        return _start(request, wording, error=wording("start.choose.error"))
    return HttpResponseRedirect(address("begin", wording, set_id=set_id))


@require_safe
@public_page
def leave(request: HttpRequest, wording: Wording) -> HttpResponse:  # noqa: ARG001 - every page of ours has a language
    """Away at once, and the cookies of these pages end."""
    response = HttpResponseRedirect(EXIT_TO)
    browser.forget_everything(request, response)
    return response


@require_safe
@public_page
def about(request: HttpRequest, wording: Wording, topic: str) -> HttpResponse:
    return show(request, wording, topic, title=wording(f"{topic}.title"), **_facts(wording))


def _start(request: HttpRequest, wording: Wording, *, error: str | None = None) -> HttpResponse:
    return show(
        request,
        wording,
        "start",
        title=wording("start.title"),
        status=422 if error else 200,
        has_error=bool(error),
        offered=[*_forms(wording), "mailbox"],
        error=error,
    )


def _forms(wording: Wording) -> dict[str, str]:
    """What somebody may want, and the pack's question set for it, where it has one."""
    found = {name: wording.pack.question_set_for(*wanted) for name, wanted in _WANTED.items()}
    return {name: set_id for name, set_id in found.items() if set_id is not None}


def _facts(wording: Wording) -> dict[str, Any]:
    """What the pages about the service quote: from the same places that the service goes by."""
    kept = periods()
    return {
        "years_no_action": kept.referral_years,
        "months_advice": kept.advice_months,
        "draft_hours": kept.draft_hours,
        "mailbox_minutes": browser.MAILBOX_MINUTES,
        "number": wording.advice_number,
    }


ABOUT = "|".join(_ABOUT)
