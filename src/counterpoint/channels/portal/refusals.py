"""Answers to requests that cannot be served, in plain words, in the reader's language, never with a stack trace."""

import logging

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse

from counterpoint.channels.portal.pages import message
from counterpoint.channels.portal.wording import Wording, wording_for, wording_in

_TOO_LARGE = 413
_log = logging.getLogger("counterpoint.portal")
_NOTHING_WORKS = (
    "<!doctype html><html lang=en><title>Something went wrong</title><h1>Something went wrong</h1>"
    "<p>What you wrote was not sent. Please try again in a few minutes. In an emergency, call 999.</p></html>"
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for what is too large."""
    wording = _wording(request)
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return message(request, wording, "too_large", wording("too_large.text"), status=_TOO_LARGE)
    return message(request, wording, "bad_request", wording("bad_request.text"), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    wording = _wording(request)
    return message(request, wording, "forbidden", wording("forbidden.text"), status=403)


def form_not_trusted(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """A post without the token that our page gave: most often the browser was closed in between, or takes no cookies.
    A page with a form is shown again with what was typed, so that one more press sends it. Nothing was stored."""
    request.csrf_refused = True  # type: ignore[attr-defined]  # read by the views that can show themselves again
    try:
        match = resolve(request.path)
    except Resolver404:
        return forbidden(request, Exception())
    if match.view_name in {"portal:page", "portal:check", "portal:mailbox", "portal:messages"} and request.COOKIES:
        shown: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return shown
    wording = _wording(request)
    if request.COOKIES:
        return message(request, wording, "forbidden", wording("forbidden.text"), status=403)
    return message(request, wording, "no_cookies", wording("no_cookies.text", number=wording.advice_number), status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    wording = _wording(request)
    home = reverse("portal:start", kwargs={"language": wording.language.id})
    links = ((home, wording("button.start_page")),)
    return message(request, wording, "not_found", wording("not_found.text"), status=404, links=links)


def fault(request: HttpRequest) -> HttpResponse:
    """500. Works, if it must, without database and pack."""
    try:
        wording = _wording(request)
        told = wording("error.phone", number=wording.advice_number, emergency=wording.emergency_number)
        return message(request, wording, "error", wording("error.not_sent"), told, status=500)
    except Exception:  # noqa: BLE001 - the last page of all: whatever is broken, people get an answer
        _log.error("the page that says that something went wrong could not be made from the pack")
        return HttpResponse(_NOTHING_WORKS, status=500)


def _wording(request: HttpRequest) -> Wording:
    first = request.path.lstrip("/").partition("/")[0]
    return wording_in(first) or wording_for(request.headers.get("Accept-Language", ""))
