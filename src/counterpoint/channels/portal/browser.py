"""What the person's browser holds for us: the secret of a form being filled in, and the pass to an opened mailbox.

Both are set only when a form is begun or a mailbox opened, are out of reach of scripts, and end with the browser.
"""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from counterpoint.intake.receipts import is_browser_secret

MAILBOX_MINUTES = 30
_FORM = "form_"
_MAILBOX = "mailbox"
_SIGNED_FOR = "counterpoint.portal.mailbox"


def form_secret(request: HttpRequest, *, question_set: str) -> str | None:
    """The secret of this form; None when there is none that we could have made."""
    held = request.COOKIES.get(f"{_FORM}{question_set}", "")
    return held if is_browser_secret(held) else None


def keep_form_secret(response: HttpResponseBase, secret: str, *, question_set: str) -> None:
    _set(response, f"{_FORM}{question_set}", secret)


def forget_form(response: HttpResponseBase, *, question_set: str) -> None:
    response.delete_cookie(f"{_FORM}{question_set}", samesite="Lax")


def opened_mailbox(request: HttpRequest) -> UUID | None:
    """The mailbox that this browser opened and used within the last half hour."""
    try:
        held = signing.loads(request.COOKIES.get(_MAILBOX, ""), salt=_SIGNED_FOR, max_age=MAILBOX_MINUTES * 60)
        return UUID(held)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


def had_mailbox(request: HttpRequest) -> bool:
    """Was one opened here, however long ago?"""
    return bool(request.COOKIES.get(_MAILBOX))


def keep_mailbox(response: HttpResponseBase, mailbox_id: UUID) -> None:
    """Keep it open for another half hour."""
    _set(response, _MAILBOX, signing.dumps(str(mailbox_id), salt=_SIGNED_FOR))


def forget_mailbox(response: HttpResponseBase) -> None:
    response.delete_cookie(_MAILBOX, samesite="Lax")


def forget_everything(request: HttpRequest, response: HttpResponseBase) -> None:
    """End every cookie of the public pages."""
    for name in request.COOKIES:
        if name.startswith(_FORM) or name == _MAILBOX:
            response.delete_cookie(name, samesite="Lax")
    response.delete_cookie(settings.CSRF_COOKIE_NAME, samesite="Strict")


def _set(response: HttpResponseBase, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", httponly=True, samesite="Lax", secure=settings.HTTPS)
