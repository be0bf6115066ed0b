"""The reporter's mailbox: opening it with the receipt, reading, answering, closing."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from counterpoint.base.errors import NotPossible
from counterpoint.channels.portal import browser
from counterpoint.channels.portal.pages import UNPROCESSABLE, address, public_page, show
from counterpoint.channels.portal.problems import Shown
from counterpoint.channels.portal.uploads import RefusedUpload, looked_into
from counterpoint.channels.portal.wording import Wording
from counterpoint.intake import mailbox, receipts
from counterpoint.intake.arrivals import NewFile
from counterpoint.intake.mailbox import LONGEST_MESSAGE, EmptyMessage, OpenedMailbox, WrongReceipt
from counterpoint.intake.receipts import Busy
from counterpoint.intake.types import MessageKind, PublicStatus

_KEY_LENGTH = 100


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def sign_in(request: HttpRequest, wording: Wording) -> HttpResponse:
    if request.method != "POST" or getattr(request, "csrf_refused", False):
        if browser.opened_mailbox(request):
            return HttpResponseRedirect(address("messages", wording))
        return _sign_in_page(request, wording)
    typed = request.POST.get("receipt", "")
    if not typed.strip():
        return _sign_in_page(request, wording, error=wording("mailbox.sign_in.missing"))
    try:
        opened = mailbox.open_mailbox(typed)
    except WrongReceipt:
        return _sign_in_page(request, wording, error=_what_is_wrong(typed, wording), typed=typed)
    response = HttpResponseRedirect(address("messages", wording))
    browser.keep_mailbox(response, opened.id)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def messages(request: HttpRequest, wording: Wording) -> HttpResponse:
    """Where it stands, the messages, and room to answer. Using it keeps it open."""
    mailbox_id = browser.opened_mailbox(request)
    opened = mailbox.mailbox_of_session(mailbox_id) if mailbox_id else None
    if opened is None:
        return _ended(request, wording)
    if request.method == "POST" and not getattr(request, "csrf_refused", False):
        response = _answer(request, wording, opened)
    else:
        kept = request.POST.get("text", "") if request.method == "POST" else ""
        response = _mailbox_page(request, wording, opened, text=kept)
    browser.keep_mailbox(response, opened.id)
    return response


@require_POST
@public_page
def close(request: HttpRequest, wording: Wording) -> HttpResponse:  # noqa: ARG001 - the address names the language
    response = HttpResponseRedirect(address("closed", wording))
    browser.forget_mailbox(response)
    return response


@require_http_methods(["GET", "HEAD"])
@public_page
def closed(request: HttpRequest, wording: Wording) -> HttpResponse:
    return show(
        request,
        wording,
        "message",
        title=wording("mailbox.signed_out"),
        paragraphs=(),
        links=((address("mailbox", wording), wording("mailbox.sign_in.title")),),
    )


def _answer(request: HttpRequest, wording: Wording, opened: OpenedMailbox) -> HttpResponse:
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    key = request.POST.get("key", "")[:_KEY_LENGTH] or secrets.token_urlsafe(16)
    files, problems = _files(request, wording)
    if len(text) > LONGEST_MESSAGE:
        told = wording("errors.too_long", limit=LONGEST_MESSAGE, used=len(text), count=len(text))
        problems.append(Shown("text", told, "#text"))
    if problems:
        return _mailbox_page(request, wording, opened, text=text, problems=problems)
    try:
        mailbox.reply(opened, text=text, files=files, submission_key=key)
    except EmptyMessage:
        problems = [Shown("text", wording("mailbox.reply.missing"), "#text")]
        return _mailbox_page(request, wording, opened, problems=problems)
    except Busy:
        raise
    except NotPossible:
        problems = [Shown("text", wording("mailbox.reply.full", number=wording.advice_number), "#text")]
        return _mailbox_page(request, wording, opened, text=text, problems=problems)
    return HttpResponseRedirect(f"{address('messages', wording)}?sent=1")


def _files(request: HttpRequest, wording: Wording) -> tuple[list[NewFile], list[Shown]]:
    chosen = request.FILES.getlist("files")
    limit = wording.pack.uploads.max_files
    if len(chosen) > limit:
        return [], [Shown("files", wording("errors.file_count", count=limit), "#files")]
    taken: list[NewFile] = []
    problems: list[Shown] = []
    for file in chosen:
        found = looked_into(file, wording)
        if isinstance(found, RefusedUpload):
            problems.append(Shown("files", found.text, "#files"))
        else:
            taken.append(NewFile("", found.name, found.type.media_type, found.content))
    return taken, problems


def _mailbox_page(
    request: HttpRequest, wording: Wording, opened: OpenedMailbox, *, text: str = "", problems: Sequence[Shown] = ()
) -> HttpResponse:
    views = mailbox.messages_for_reporter(opened)
    names = mailbox.files_of_messages(opened)
    listed = [{"view": view, "at": wording.moment(view.at), "files": names.get(view.id, ())} for view in views]
    errors = {problem.question_id: problem.text for problem in reversed(problems)}
    opened.refresh_from_db(fields=["status", "status_at"])
    return show(
        request,
        wording,
        "mailbox",
        title=wording("mailbox.title"),
        status=UNPROCESSABLE if problems else 200,
        has_error=bool(problems),
        reference=opened.arrival.reference,
        sent_on=wording.day(opened.arrival.received_at),
        mailbox=opened,
        status_since=wording.day(opened.status_at),
        outcomes=[item for item in listed if _kind(item) is MessageKind.OUTCOME],
        letters=[item for item in listed if _kind(item) is not MessageKind.OUTCOME],
        is_closed=opened.status == PublicStatus.CLOSED,
        was_sent=request.GET.get("sent") == "1" and not problems,
        text=text,
        errors=errors,
        problems=problems,
        key=secrets.token_urlsafe(16),
        longest=LONGEST_MESSAGE,
    )


def _kind(item: dict[str, Any]) -> MessageKind:
    return MessageKind(item["view"].kind)


def _sign_in_page(request: HttpRequest, wording: Wording, *, error: str | None = None, typed: str = "") -> HttpResponse:
    return show(
        request,
        wording,
        "sign_in",
        title=wording("mailbox.sign_in.title"),
        status=UNPROCESSABLE if error else 200,
        has_error=bool(error),
        error=error,
        typed=typed[:400],
    )


def _what_is_wrong(typed: str, wording: Wording) -> str:
    """Which words no receipt has, so that a slip of the pen is found; the list of words is public anyway."""
    odd = receipts.parts_not_understood(typed)
    if 0 < len(odd) < receipts.WORDS:
        return wording("mailbox.sign_in.part_not_understood", number=odd[0])
    return wording("mailbox.sign_in.wrong")


def _ended(request: HttpRequest, wording: Wording) -> HttpResponse:
    """No pass, or an old one. What was being written is shown once more, so that it can be copied."""
    if not browser.had_mailbox(request):
        return HttpResponseRedirect(address("mailbox", wording))
    response = show(
        request,
        wording,
        "mailbox_ended",
        title=wording("mailbox.ended.title"),
        status=403,
        minutes=browser.MAILBOX_MINUTES,
        text=request.POST.get("text", "")[:LONGEST_MESSAGE] if request.method == "POST" else "",
    )
    browser.forget_mailbox(response)
    return response
