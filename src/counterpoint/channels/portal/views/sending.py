"""Around the sending of a form: the emergency page, checking the answers, the receipt."""

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from counterpoint.base import clock
from counterpoint.base.errors import Conflict
from counterpoint.channels.portal import browser
from counterpoint.channels.portal.fields import parts_of
from counterpoint.channels.portal.filling import Filling, filling_of, today
from counterpoint.channels.portal.pages import UNPROCESSABLE, address, is_change, message, public_page, show
from counterpoint.channels.portal.problems import shown_problems
from counterpoint.channels.portal.wording import Wording
from counterpoint.intake import arrivals, drafts, mailbox, receipts
from counterpoint.intake.types import ChannelName
from counterpoint.kernel.questions import (
    AnswerProblemCode,
    Page,
    PageAnswers,
    Question,
    answer_lines,
    answers_from_form,
    check,
    next_page,
    previous_page,
)

_CONFLICT = 409


@require_http_methods(["GET", "HEAD"])
@public_page
def emergency(request: HttpRequest, wording: Wording, set_id: str) -> HttpResponse:
    """Call first. Then go on, or send what was said so far."""
    filling = filling_of(request, wording, set_id)
    if filling.draft is None or filling.is_sent:
        return HttpResponseRedirect(address("begin", wording, set_id=set_id))
    return show(
        request,
        wording,
        "emergency",
        title=wording("emergency.title", number=wording.emergency_number),
        onward=_after_emergency(request, filling),
        send_now=address("send_now", wording, set_id=set_id),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def send_now(request: HttpRequest, wording: Wording, set_id: str) -> HttpResponse:
    """In an emergency: send what was said so far, with the questions that must be answered on one page, left empty if
    the person has no time. A record is kept either way."""
    filling = filling_of(request, wording, set_id)
    if filling.draft is None or not (filling.foreseen.is_emergency or filling.is_sent):
        return HttpResponseRedirect(address("begin", wording, set_id=set_id))
    missing = Page(id="send_now", title=wording("emergency.send_now.title"), questions=_missing(filling))
    if request.method == "POST":
        said = answers_from_form(missing, {name: list(map(str, values)) for name, values in request.POST.lists()})
        found = filling.check({**filling.answers, **said.answers}).problems
        problems = shown_problems(missing, [p for p in found if p.code is not AnswerProblemCode.MISSING], wording)
        if not problems:
            return _send(request, filling, also=dict(said.answers))
    else:
        said, problems = PageAnswers({}, ()), ()
    return show(
        request,
        wording,
        "send_now",
        title=wording("emergency.send_now.title"),
        status=UNPROCESSABLE if problems else 200,
        has_error=bool(problems),
        problems=problems,
        parts=parts_of(missing, said.answers, wording=wording, problems=problems),
        back=address("emergency", wording, set_id=set_id),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def check_answers(request: HttpRequest, wording: Wording, set_id: str) -> HttpResponse:
    """The answers played back, each with a way to change it; posting sends the form."""
    filling = filling_of(request, wording, set_id)
    if filling.is_sent:
        return HttpResponseRedirect(address("receipt", wording, set_id=set_id))
    if filling.draft is None or filling.secret is None:
        return _nothing_left(request, filling)
    trouble = filling.first_page_with_problems
    if trouble:
        return HttpResponseRedirect(f"{address('page', wording, set_id=set_id, page_id=trouble.id)}?change=1")
    if request.method == "POST" and not getattr(request, "csrf_refused", False):
        return _send(request, filling)
    with suppress(receipts.Busy), receipts.hashing_slot():
        drafts.prepare_sending(filling.secret, remember=_remembered(filling))
    notice = wording("forbidden.again") if getattr(request, "csrf_refused", False) else None
    return _check_page(request, filling, notice=notice)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def receipt(request: HttpRequest, wording: Wording, set_id: str) -> HttpResponse:
    """Reference and receipt, until the person says that the receipt is saved; then nothing is left here."""
    filling = filling_of(request, wording, set_id)
    if filling.secret is None or filling.draft is None:
        return _nothing_left(request, filling)
    if filling.draft.sent is None:
        return HttpResponseRedirect(address("check", wording, set_id=set_id))
    if request.method == "POST" and request.POST.get("saved") == "yes":
        return _finished(filling, secret=filling.secret)
    error = wording("done.receipt.confirm.error") if request.method == "POST" else None
    canonical = receipts.receipt_of(filling.secret)
    return show(
        request,
        wording,
        "receipt",
        title=wording("done.title"),
        status=UNPROCESSABLE if error else 200,
        has_error=bool(error),
        error=error,
        reference=filling.draft.sent.reference,
        words=receipts.receipt_words(canonical),
        digits=receipts.receipt_digits(canonical),
        urgency=filling.draft.sent.remembered.get("urgency", "routine"),
    )


@require_http_methods(["GET", "HEAD"])
@public_page
def finished(request: HttpRequest, wording: Wording) -> HttpResponse:
    return show(request, wording, "finished", title=wording("done.finished.title"))


def _finished(filling: Filling, *, secret: str) -> HttpResponse:
    mailbox.acknowledge_receipt_saved(drafts.submission_key(secret))
    drafts.drop(secret)
    response = HttpResponseRedirect(address("finished", filling.wording))
    browser.forget_form(response, question_set=filling.question_set.id)
    return response


def _send(request: HttpRequest, filling: Filling, *, also: dict[str, Any] | None = None) -> HttpResponse:
    """Store the form. What is sent are the answers that the person could see and check, and no others."""
    wording, set_id = filling.wording, filling.question_set.id
    if filling.is_sent or filling.secret is None or filling.draft is None:
        return HttpResponseRedirect(address("receipt", wording, set_id=set_id))
    checked = check(filling.question_set, {**filling.answers, **also}, at=today()) if also else filling.checked
    try:
        arrivals.store_arrival(
            channel=ChannelName.PORTAL,
            language=wording.language.id,
            question_set_id=set_id,
            answers={question: dict(answer) for question, answer in checked.answers.items()},
            browser_secret=filling.secret,
            submission_key=drafts.submission_key(filling.secret),
            draft=filling.draft,
            remember=filling.draft.remember or _remembered(filling),
            at=clock.now(),
            pack=wording.pack,
        )
    except Conflict:
        if drafts.submission_key(filling.secret) and _was_sent(filling):
            return HttpResponseRedirect(address("receipt", wording, set_id=set_id))
        now = filling_of(request, wording, set_id)
        return _check_page(request, now, notice=wording("check.changed"), status=_CONFLICT)
    return HttpResponseRedirect(address("receipt", wording, set_id=set_id))


def _remembered(filling: Filling) -> dict[str, str]:
    """What the receipt page needs of answers that are gone by then."""
    return {"urgency": filling.foreseen.urgency}


def _was_sent(filling: Filling) -> bool:
    draft = drafts.read(filling.secret) if filling.secret else None
    return bool(draft and draft.sent)


def _check_page(
    request: HttpRequest, filling: Filling, *, notice: str | None = None, status: int = 200
) -> HttpResponse:
    wording = filling.wording
    return show(
        request,
        wording,
        "check",
        title=wording("check.title"),
        status=status,
        sections=_sections(filling),
        notice=notice,
        emergency=filling.foreseen.is_emergency,
        back=_last_page(filling),
    )


def _last_page(filling: Filling) -> str:
    last = previous_page(filling.question_set, filling.answers) or filling.first_page
    return address("page", filling.wording, set_id=filling.question_set.id, page_id=last.id)


def _sections(filling: Filling) -> list[dict[str, Any]]:
    """Sections with rows of question and answer; pages that are not shown are left out."""
    shown = {question.id for question in filling.checked.questions_shown}
    sections = []
    for section in filling.question_set.sections:
        rows = [
            _row(filling, page, question)
            for page in section.pages
            for question in page.questions
            if question.id in shown
        ]
        if rows:
            sections.append({"title": section.title, "rows": rows})
    return sections


def _row(filling: Filling, page: Page, question: Question) -> dict[str, Any]:
    wording = filling.wording
    answer = filling.checked.answers.get(question.id)
    lines = answer_lines(question, answer, words=wording.words) if answer else (wording("word.none"),)
    provenance = answer.get("provenance") if answer else None
    told = wording("check.provenance", provenance=wording(f"provenance.{provenance}")) if provenance else None
    change = address("page", wording, set_id=filling.question_set.id, page_id=page.id)
    return {"question": question.ask, "lines": lines, "provenance": told, "change": f"{change}?change=1"}


def _missing(filling: Filling) -> tuple[Question, ...]:
    wanted = {problem.question_id for problem in filling.checked.problems if problem.code is AnswerProblemCode.MISSING}
    return tuple(question for question in filling.question_set.questions if question.id in wanted)


def _after_emergency(request: HttpRequest, filling: Filling) -> str:
    """The first page that nobody has answered anything on; checking when the person came from there."""
    wording, set_id = filling.wording, filling.question_set.id
    if is_change(request):
        return address("check", wording, set_id=set_id)
    given = [page for page in filling.checked.pages_shown if any(q.id in filling.answers for q in page.questions)]
    after = next_page(filling.question_set, filling.answers, after=given[-1].id) if given else filling.first_page
    if after is None:
        return address("check", wording, set_id=set_id)
    return address("page", wording, set_id=set_id, page_id=after.id)


def _nothing_left(request: HttpRequest, filling: Filling) -> HttpResponse:
    """No draft: never begun, ended, or sent and its receipt page closed long ago."""
    wording, set_id = filling.wording, filling.question_set.id
    reference = arrivals.reference_of(drafts.submission_key(filling.secret)) if filling.secret else None
    if reference is None:
        return HttpResponseRedirect(address("ended" if filling.has_ended else "begin", wording, set_id=set_id))
    return message(
        request,
        wording,
        "already_sent",
        wording("already_sent.text", reference=reference),
        wording("already_sent.receipt"),
        status=200,
        links=((address("mailbox", wording), wording("start.choose.mailbox")),),
    )
