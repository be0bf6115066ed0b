"""The question pages: one thing at a time, in any order, from any number of tabs."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from counterpoint.channels.portal import browser
from counterpoint.channels.portal.fields import parts_of, question_title
from counterpoint.channels.portal.filling import Filling, files_question, filling_of
from counterpoint.channels.portal.pages import UNPROCESSABLE, address, is_change, message, public_page, show
from counterpoint.channels.portal.problems import Shown, shown_problems
from counterpoint.channels.portal.uploads import RefusedUpload, looked_into
from counterpoint.channels.portal.wording import Wording
from counterpoint.intake import drafts
from counterpoint.intake.drafts import AlreadySent, TooManyFiles
from counterpoint.intake.periods import periods
from counterpoint.intake.receipts import new_browser_secret
from counterpoint.kernel.questions import (
    Page,
    PageAnswers,
    answers_from_form,
    first_page_with_problems,
    next_page,
    pages_shown,
    previous_page,
    with_page,
)

_GONE = 410


@require_http_methods(["GET", "HEAD"])
@public_page
def begin(request: HttpRequest, wording: Wording, set_id: str) -> HttpResponse:
    """To the form's first page, or to the receipt that was not saved yet. Sets no cookie."""
    filling = filling_of(request, wording, set_id)
    if filling.is_sent:
        return HttpResponseRedirect(address("receipt", wording, set_id=set_id))
    return HttpResponseRedirect(address("page", wording, set_id=set_id, page_id=filling.first_page.id))


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def question_page(request: HttpRequest, wording: Wording, set_id: str, page_id: str) -> HttpResponse:
    filling = filling_of(request, wording, set_id)
    page = filling.page(page_id)
    if filling.is_sent:
        return HttpResponseRedirect(address("receipt", wording, set_id=set_id))
    if request.method == "POST" and not getattr(request, "csrf_refused", False):
        return _posted(request, filling, page)
    return _shown_or_elsewhere(request, filling, page)


@require_http_methods(["GET", "HEAD"])
@public_page
def ended(request: HttpRequest, wording: Wording, set_id: str) -> HttpResponse:
    """The form was open for too long: what is left of it, and how to go on."""
    filling = filling_of(request, wording, set_id)
    response = message(
        request,
        wording,
        "session_expired",
        wording("session_expired.text", hours=periods().draft_hours),
        *([wording("session_expired.kept")] if filling.draft else []),
        status=_GONE,
        links=((address("begin", wording, set_id=set_id), wording("button.start_again")),),
    )
    if filling.draft is None:
        browser.forget_form(response, question_set=set_id)
    return response


def _shown_or_elsewhere(request: HttpRequest, filling: Filling, page: Page) -> HttpResponse:
    """The page, unless it is not shown for these answers or the form was never begun."""
    wording, set_id = filling.wording, filling.question_set.id
    csrf_refused = getattr(request, "csrf_refused", False)
    if not csrf_refused and filling.draft is None and page.id != filling.first_page.id:
        if filling.has_ended:
            return HttpResponseRedirect(address("ended", wording, set_id=set_id))
        return HttpResponseRedirect(address("begin", wording, set_id=set_id))
    if not csrf_refused and page not in filling.checked.pages_shown:
        return HttpResponseRedirect(_onward(filling, page))
    if csrf_refused:
        answers = with_page(filling.answers, answers_from_form(page, _lists(request)))
        return _render(request, filling, page, answers=answers, notice=wording("forbidden.again"), status=403)
    return _render(request, filling, page, answers=filling.answers)


def _posted(request: HttpRequest, filling: Filling, page: Page) -> HttpResponse:
    said = answers_from_form(page, _lists(request))
    answers = with_page(filling.answers, said)
    files = files_question(page)
    action = request.POST.get("action", "")
    if files and action.startswith("remove-"):
        return _remove_file(request, filling, page, said, file_id=action.removeprefix("remove-"))
    refused: list[Shown] = []
    secret = filling.secret or new_browser_secret()
    if files:
        refused = _add_files(request, filling, secret, question=files, asked_for=action == "upload")
    problems = [*shown_problems(page, filling.check(answers).problems, filling.wording), *refused]
    if problems:
        again = Filling(filling.wording, filling.question_set, secret, drafts.read(secret))
        shown = with_page(again.answers, said)
        response = _render(request, again, page, answers=shown, problems=problems, status=UNPROCESSABLE)
        if again.draft:
            browser.keep_form_secret(response, secret, question_set=filling.question_set.id)
        return response
    return _saved(request, filling, page, said, secret=secret, stay=action == "upload")


def _saved(
    request: HttpRequest, filling: Filling, page: Page, said: PageAnswers, *, secret: str, stay: bool
) -> HttpResponse:
    """Keep the page's answers and go on."""
    wording, set_id = filling.wording, filling.question_set.id
    try:
        draft = drafts.save_page(secret, question_set=set_id, answers=_as_json(said.answers), blank=tuple(said.blank))
    except AlreadySent:
        return HttpResponseRedirect(address("receipt", wording, set_id=set_id))
    now = Filling(wording, filling.question_set, secret, draft)
    response = HttpResponseRedirect(_after(request, filling, now, page, stay=stay))
    browser.keep_form_secret(response, secret, question_set=set_id)
    return response


def _after(request: HttpRequest, before: Filling, now: Filling, page: Page, *, stay: bool) -> str:
    """Where a saved page leads: to the emergency page first of all; back to checking when one answer was changed."""
    wording, set_id = now.wording, now.question_set.id
    changed = "?change=1" if is_change(request) else ""
    if before.has_ended and page.id != now.first_page.id:
        return address("ended", wording, set_id=set_id)
    if now.foreseen.is_emergency and not before.foreseen.is_emergency:
        return f"{address('emergency', wording, set_id=set_id)}{changed}"
    if stay:
        return f"{address('page', wording, set_id=set_id, page_id=page.id)}{changed}"
    if not is_change(request):
        return _onward(now, page)
    newly_shown = _newly_shown(before, now, page)
    if newly_shown:
        return f"{address('page', wording, set_id=set_id, page_id=newly_shown.id)}{changed}"
    return address("check", wording, set_id=set_id)


def _newly_shown(before: Filling, now: Filling, page: Page) -> Page | None:
    """The page that a changed answer has brought up, or the next one of those that are still unanswered."""
    seen = {shown.id for shown in before.checked.pages_shown} - {page.id}
    new = [shown for shown in now.checked.pages_shown if shown.id not in seen and shown.id != page.id]
    if new:
        return new[0]
    return first_page_with_problems(now.question_set, now.answers)


def _onward(filling: Filling, page: Page) -> str:
    following = next_page(filling.question_set, filling.answers, after=page.id)
    set_id = filling.question_set.id
    if following is None:
        return address("check", filling.wording, set_id=set_id)
    return address("page", filling.wording, set_id=set_id, page_id=following.id)


def _add_files(request: HttpRequest, filling: Filling, secret: str, *, question: str, asked_for: bool) -> list[Shown]:
    """Take in what was chosen; the refusals. asked_for: the person pressed Upload, so nothing chosen is a problem."""
    wording = filling.wording
    chosen = request.FILES.getlist(question)
    if not chosen and asked_for:
        return [Shown(question, wording("errors.file_missing"), f"#{question}")]
    refused = []
    for file in chosen:
        found = looked_into(file, wording)
        if isinstance(found, RefusedUpload):
            refused.append(Shown(question, found.text, f"#{question}"))
            continue
        limit = wording.pack.uploads.max_files
        try:
            drafts.add_file(
                secret,
                question_set=filling.question_set.id,
                question=question,
                name=found.name,
                media_type=found.type.media_type,
                content=found.content,
                max_files=limit,
            )
        except TooManyFiles:
            refused.append(Shown(question, wording("errors.file_count", count=limit), f"#{question}"))
            break
        except AlreadySent:
            break
    return refused


def _remove_file(
    request: HttpRequest, filling: Filling, page: Page, said: PageAnswers, *, file_id: str
) -> HttpResponse:
    try:
        wanted = UUID(file_id)
    except ValueError:
        wanted = None
    if filling.secret and wanted:
        drafts.remove_file(filling.secret, file_id=wanted)
    return _saved(request, filling, page, said, secret=filling.secret or new_browser_secret(), stay=True)


def _render(
    request: HttpRequest,
    filling: Filling,
    page: Page,
    *,
    answers: Mapping[str, Any],
    problems: Sequence[Shown] = (),
    notice: str | None = None,
    status: int = 200,
) -> HttpResponse:
    wording = filling.wording
    shown = [
        question
        for shown_page in pages_shown(filling.question_set, answers)
        if shown_page.id == page.id
        for question in filling.check(answers).questions_shown
        if question in page.questions
    ]
    return show(
        request,
        wording,
        "page",
        title=_heading(page, wording),
        status=status,
        has_error=bool(problems),
        page=page,
        parts=parts_of(page, answers, wording=wording, problems=problems, shown=shown),
        problems=problems,
        notice=notice,
        back=_back(request, filling, page),
        progress=filling.progress(page),
        emergency=filling.foreseen.is_emergency,
        files=_files(filling, page, problems),
    )


def _heading(page: Page, wording: Wording) -> str:
    return page.title if page.title is not None else question_title(page.questions[0], wording)


def _files(filling: Filling, page: Page, problems: Sequence[Shown]) -> dict[str, Any] | None:
    question = files_question(page)
    if question is None:
        return None
    listed = filling.draft.files if filling.draft else ()
    return {
        "question": filling.question_set.question(question),
        "listed": [file for file in listed if file.question == question],
        "error": next((problem.text for problem in problems if problem.question_id == question), None),
    }


def _back(request: HttpRequest, filling: Filling, page: Page) -> str:
    wording, set_id = filling.wording, filling.question_set.id
    if is_change(request):
        return address("check", wording, set_id=set_id)
    before = previous_page(filling.question_set, filling.answers, before=page.id)
    if before is None:
        return address("start", wording)
    return address("page", wording, set_id=set_id, page_id=before.id)


def _lists(request: HttpRequest) -> dict[str, list[str]]:
    return {name: [str(value) for value in values] for name, values in request.POST.lists()}


def _as_json(answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {question: dict(answer) for question, answer in answers.items()}
