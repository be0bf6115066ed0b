"""The gate before every page. Which role may use which route: `counterpoint.access.permissions`.

It lets nobody through to a route that the map does not name, sends people to log in and to set up their second
factor, ends sessions that are too old, and says "no such thing" about records that the viewer must not know of.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.permissions import PERMISSIONS
from counterpoint.access.predicates import Answer, Asked, Door, Rule
from counterpoint.base import clock

_log = logging.getLogger("counterpoint.access.gate")

IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 8 * 60 * 60
_SEEN_EVERY_SECONDS = 60
_SINCE, _SEEN = "desk_since", "desk_seen"

_REFUSALS = {
    Answer.FORBIDDEN: (403, "This page is not for your role"),
    Answer.UNKNOWN: (404, "There is no such record, or it is not yours to see"),
}


class PermissionGate:
    """Middleware. Stands after authentication, messages and the login library's own middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with relations.remembered():
            return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _args: tuple[Any, ...],
        parts: Mapping[str, Any],
    ) -> HttpResponseBase | None:
        """None lets the request through; anything else is the answer instead of the page."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        rule = PERMISSIONS.get(route)
        if rule is None:
            _log.error("route %r has no row in counterpoint.access.permissions and was refused", route)
            return _refuse(request, Answer.FORBIDDEN)
        if rule.door is Door.OPEN:
            return None  # and leave the session alone: public pages set no cookie
        return _turn_away(request, rule) or _answer(request, rule, parts)


def start_session(request: HttpRequest) -> None:
    """Begin the hours that a login lasts: called when somebody has just logged in."""
    request.session[_SINCE] = request.session[_SEEN] = int(clock.now().timestamp())


def is_verified(request: HttpRequest, staff: Staff) -> bool:
    """Whether this very session went through the second factor."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, staff))


def viewer_of(request: HttpRequest) -> Staff:
    """The member of staff who asks: for pages behind the gate."""
    return cast("Staff", request.user)


def _turn_away(request: HttpRequest, rule: Rule) -> HttpResponseBase | None:
    if not request.user.is_authenticated or not request.user.is_active:
        return redirect_to_login(_return_address(request), reverse("account_login"))
    if _is_over(request):
        logout(request)
        messages.info(request, "You were logged out, because nothing happened for a while. Log in again to go on.")
        return redirect_to_login(_return_address(request), reverse("account_login"))
    if rule.door is Door.VERIFIED and not is_verified(request, viewer_of(request)):
        return redirect("mfa_activate_totp")
    return None


def _return_address(request: HttpRequest) -> str:
    """Where to go after logging in: never the target of a form, which cannot be opened by its address."""
    return request.path if request.method in ("GET", "HEAD") else reverse("desk:home")


def _is_over(request: HttpRequest) -> bool:
    """Whether the session has run its time; notes that it is alive, at most once a minute."""
    now = int(clock.now().timestamp())
    since, seen = request.session.get(_SINCE), request.session.get(_SEEN)
    if since is None or seen is None:
        start_session(request)
        return False
    if now - since > ABSOLUTE_SECONDS or now - seen > IDLE_SECONDS:
        return True
    if now - seen > _SEEN_EVERY_SECONDS:
        request.session[_SEEN] = now
    return False


def _answer(request: HttpRequest, rule: Rule, parts: Mapping[str, Any]) -> HttpResponseBase | None:
    answer = rule.answer(Asked(viewer_of(request), parts))
    return None if answer is Answer.YES else _refuse(request, answer)


def _refuse(request: HttpRequest, answer: Answer) -> HttpResponse:
    status, heading = _REFUSALS[answer]
    return render(request, "desk/refused.html", {"heading": heading, "status": status}, status=status)
