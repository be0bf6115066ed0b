"""What every public page has: the reader's words, the language switch that keeps the place, clear refusals."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from counterpoint.base.errors import NotFound
from counterpoint.channels.portal.wording import Wording, wording_in
from counterpoint.intake.receipts import Busy
from counterpoint.intake.storage import StoreFull

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Wording, P], HttpResponse]

TOO_MANY_REQUESTS = 429
UNPROCESSABLE = 422
_KEPT_IN_ADDRESS = {"change": "1"}  # the only thing that an address of ours may say


def public_page(view: View[P]) -> Callable[..., HttpResponse]:
    """A view that is given the reader's words in place of the language's id. Too much at once becomes a polite 429,
    what is not there a 404."""

    @wraps(view)
    def page(request: HttpRequest, language: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        wording = wording_in(language)
        if wording is None:
            raise Http404
        try:
            return view(request, wording, *args, **kwargs)
        except Busy as error:
            return busy(request, wording, no_room=isinstance(error, StoreFull))
        except NotFound:
            raise Http404 from None

    return page


def show(
    request: HttpRequest,
    wording: Wording,
    template: str,
    *,
    title: str,
    status: int = 200,
    has_error: bool = False,
    **context: Any,
) -> HttpResponse:
    """A page of the portal. title: its heading, which the browser's tab shows too."""
    return render(
        request,
        f"portal/{template}.html",
        {
            "t": wording,
            "title": title,
            "tab_title": wording.title(title, has_error=has_error),
            "languages": language_links(request, wording),
            **context,
        },
        status=status,
    )


def message(
    request: HttpRequest, wording: Wording, key: str, *texts: str, status: int, links: tuple[tuple[str, str], ...] = ()
) -> HttpResponse:
    """A page that only tells something. key: of its title; texts: paragraphs; links: address and text."""
    title = wording(f"{key}.title")
    return show(request, wording, "message", title=title, status=status, paragraphs=texts, links=links)


def busy(request: HttpRequest, wording: Wording, *, no_room: bool = False) -> HttpResponse:
    told = (wording("files.no_room"),) if no_room else (wording("busy.text", number=wording.advice_number),)
    response = message(request, wording, "busy", *told, status=TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = "60"
    return response


def language_links(request: HttpRequest, wording: Wording) -> list[dict[str, Any]]:
    """This very page in each language; the start page in it where this page's address names no language."""
    first, _, rest = request.path.lstrip("/").partition("/")
    kept = "?change=1" if is_change(request) else ""
    links = []
    for language in wording.pack.languages:
        home = reverse("portal:start", kwargs={"language": language.id})
        address = f"/{language.id}/{rest}{kept}" if wording.pack.has_language(first) else home
        links.append({"language": language, "address": address, "is_current": language.id == wording.language.id})
    return links


def is_change(request: HttpRequest) -> bool:
    """Did the person come here from checking the answers, to change one?"""
    return request.GET.get("change") == _KEPT_IN_ADDRESS["change"]


def address(name: str, wording: Wording, **parts: str) -> str:
    """The address of a portal page in the reader's language."""
    return reverse(f"portal:{name}", kwargs={"language": wording.language.id, **parts})
