"""Report, receipt, return, answer a question: in a real browser, in all three languages, with scripts and without."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from tests.cast import a_cast
from tests.journeys.going import go_by
from tests.journeys.looking import assert_accessible, keep_picture

from counterpoint.base import clock, ids, keyring
from counterpoint.intake import mailbox
from counterpoint.intake.models import Arrival, Mailbox, Referral
from counterpoint.rules.selectors import pack_in_force

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

LANGUAGES = ("en", "cy", "ar")
WORRY = {
    "en": "My son has stopped seeing his friends. He says a war is coming.",
    "cy": "Mae fy mab wedi rhoi'r gorau i weld ei ffrindiau. Mae'n dweud bod rhyfel yn dod.",
    "ar": "توقف ابني عن رؤية أصدقائه. يقول إن حربًا قادمة.",
}


@dataclass
class Visit:
    """One person's way through the portal, by what they see."""

    page: Page
    language: str
    scripts: bool
    name: str

    def text(self, key: str, **values: object) -> str:
        return pack_in_force().text(key, self.language, **values)

    def look(self, name: str) -> None:
        keep_picture(self.page, f"{self.name}-{name}")
        if self.scripts:
            assert_accessible(self.page)

    def press(self, key: str) -> None:
        go_by(self.page.get_by_role("button", name=self.text(key), exact=True))

    def go_on(self) -> None:
        self.press("button.continue")


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("language", LANGUAGES)
def test_report_receipt_return_and_answer(new_page, language, width):
    _whole_way(new_page(width=width), language=language, scripts=True, name=f"{language}-{width}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_without_scripts(new_page, language):
    _whole_way(new_page(scripts=False), language=language, scripts=False, name=f"{language}-plain")


def _whole_way(page: Page, *, language: str, scripts: bool, name: str) -> None:
    visit = Visit(page, language, scripts, name)
    page.goto(f"/{language}/")
    assert page.context.cookies() == []
    visit.look("01-start")
    page.get_by_label(visit.text("start.choose.concern"), exact=True).check()
    visit.press("start.button")
    _danger(visit)
    _worry(visit)
    _to_the_end(visit)
    receipt, digits, reference = _send(visit)
    _finish(visit)
    _open_mailbox(visit, receipt if language != "ar" else digits, reference)
    _answer_a_question(visit, reference, receipt)


def _danger(visit: Visit) -> None:
    page = visit.page
    visit.look("02-danger")
    page.locator("#immediate_danger").check()
    visit.go_on()
    expect(page.get_by_role("heading", level=1)).to_contain_text("999")
    visit.look("03-emergency")
    go_by(page.get_by_role("button", name=visit.text("emergency.continue")))
    visit.go_on()
    page.locator("#relation").check()
    visit.go_on()


def _worry(visit: Visit) -> None:
    page = visit.page
    visit.look("04-worry")
    visit.go_on()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text(visit.text("errors.missing.worry"))
    visit.look("05-worry-missing")
    page.get_by_role("link", name=visit.text("errors.missing.worry")).click()
    assert page.evaluate("document.activeElement.id") == "worry" or not visit.scripts
    page.locator("#worry").fill(WORRY[visit.language])
    page.locator("#worry-provenance").check()
    visit.go_on()


def _to_the_end(visit: Visit) -> None:
    page = visit.page
    seen = set()
    while not page.url.endswith("check-answers"):
        here = re.sub(r".*/", "", page.url)
        assert here not in seen, f"came to {here} twice"
        seen.add(here)
        if here == "change":
            page.locator("#changed_on-month").fill("13")
            page.locator("#changed_on-year").fill("2025")
            visit.go_on()
            visit.look("06-change-wrong")
            page.locator("#changed_on-month").fill("3")
        if here == "person_age":
            visit.look("07-age")
            page.locator("#person_age-years").fill("15")
            page.locator("#person_age-estimated").check()
        if here == "told":
            page.locator("#told_already").check()
            visit.look("08-told")
        if here == "files":
            _files(visit)
        if here == "contact":
            page.locator("#may_contact").check()
        visit.go_on()
    visit.look("10-check")


def _files(visit: Visit) -> None:
    page = visit.page
    page.locator("#files").set_input_files(
        {"name": "run.exe", "mimeType": "image/png", "buffer": b"MZ\x90\x00\x03" * 9}
    )
    visit.press("button.upload")
    expect(page.get_by_role("alert")).to_contain_text("run.exe")
    page.locator("#files").set_input_files(
        [
            {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n" + b"1" * 2000},
            {"name": "ملاحظة.txt", "mimeType": "text/plain", "buffer": "ملاحظة".encode()},
        ]
    )
    visit.press("button.upload")
    expect(page.get_by_text("letter.pdf").first).to_be_visible()
    visit.look("09-files")
    with page.expect_navigation():
        go_by(page.get_by_role("button", name=re.compile("letter.pdf")))
    expect(page.get_by_text("letter.pdf")).to_have_count(0)


def _send(visit: Visit) -> tuple[str, str, str]:
    page = visit.page
    expect(page.get_by_text(WORRY[visit.language])).to_be_visible()
    visit.press("button.send")
    visit.look("11-receipt")
    receipt = " ".join(page.locator("[data-receipt=words] li").all_inner_texts())
    digits = " ".join(page.locator("[data-receipt=numbers] li").all_inner_texts())
    reference = page.locator(".cp-reference").inner_text()
    page.reload()
    assert " ".join(page.locator("[data-receipt=words] li").all_inner_texts()) == receipt
    arrival = Arrival.objects.get()
    assert arrival.reference == reference
    assert arrival.language == visit.language
    assert arrival.files.count() == 1
    return receipt, digits, reference


def _finish(visit: Visit) -> None:
    page = visit.page
    visit.press("done.receipt.finish")
    expect(page.get_by_role("alert")).to_contain_text(visit.text("done.receipt.confirm.error"))
    page.locator("#saved").check()
    visit.press("done.receipt.finish")
    expect(page.get_by_role("heading", level=1)).to_have_text(visit.text("done.finished.title"))
    visit.look("12-finished")
    assert [cookie["name"] for cookie in page.context.cookies()] == ["csrftoken"]
    assert Mailbox.objects.get().receipt_saved_at


def _open_mailbox(visit: Visit, receipt: str, reference: str) -> None:
    page = visit.page
    go_by(page.get_by_role("link", name=visit.text("done.open_mailbox")))
    page.locator("#receipt").fill("acorn acorn acorn acorn acorn acorn acorn acorn")
    visit.press("mailbox.sign_in.button")
    expect(page.get_by_role("alert")).to_contain_text(visit.text("mailbox.sign_in.wrong"))
    visit.look("13-sign-in")
    page.locator("#receipt").fill(f"  {receipt.upper()} ")
    visit.press("mailbox.sign_in.button")
    expect(page.get_by_role("heading", level=1)).to_have_text(visit.text("mailbox.title"))
    expect(page.get_by_text(reference)).to_be_visible()


def _answer_a_question(visit: Visit, reference: str, receipt: str) -> None:
    page = visit.page
    referral = _referral(Arrival.objects.get())
    staff = a_cast().everybody[0]
    mailbox._new_message(  # as the desk's service would, whose own tests are tests/intake/test_mailbox.py
        Mailbox.objects.get(), kind="question", text="Since when has he said this?", by=staff, at=clock.now()
    )
    Mailbox.objects.update(status="more_information_wanted")
    page.reload()
    expect(page.get_by_text("Since when has he said this?")).to_be_visible()
    visit.look("14-mailbox-question")
    visit.press("mailbox.reply.button")
    expect(page.get_by_role("alert")).to_contain_text(visit.text("mailbox.reply.missing"))
    page.locator("#text").fill(WORRY[visit.language])
    visit.press("mailbox.reply.button")
    expect(page.get_by_text(visit.text("mailbox.reply.sent"))).to_be_visible()
    visit.look("15-mailbox-answered")
    assert [view.text for view in mailbox.messages_for_reporter(Mailbox.objects.get())][-1] == WORRY[visit.language]
    assert referral.reference == reference
    visit.press("mailbox.sign_out")
    expect(page.get_by_role("heading", level=1)).to_have_text(visit.text("mailbox.signed_out"))
    page.goto(f"/{visit.language}/mailbox/messages")
    expect(page.locator("#receipt")).to_be_visible()


def _referral(arrival: Arrival) -> Referral:
    cast = a_cast_agency()
    return Referral.objects.create(
        id=ids.new_id(),
        arrival=arrival,
        reference=arrival.reference,
        kind="concern",
        audience="public",
        route="portal",
        language=arrival.language,
        received_at=arrival.received_at,
        key_id=keyring.new_record_key(),
        sealed_answers=b"",
        reporter_key_id=keyring.new_record_key(),
        sealed_reporter=b"",
        lead_agency=cast,
        due_at=arrival.received_at,
    )


def a_cast_agency():
    from tests.cast import an_agency

    return an_agency("Northmoor Borough", kind="local_authority", is_lead=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", ["privacy", "accessibility", "cookies", "no-such-page"])
def test_pages_about_the_service(new_page, language, topic):
    for width in (1280, 375):
        page = new_page(width=width)
        page.goto(f"/{language}/{topic}")
        keep_picture(page, f"{language}-{width}-20-{topic}")
        assert_accessible(page)


def test_the_language_can_be_changed_in_the_middle_and_keeps_place_and_answers(page):
    page.goto("/en/report/concern_public/")
    page.locator("#immediate_danger-2").check()
    go_by(page.get_by_role("button", name="Continue"))
    go_by(page.get_by_role("link", name="العربية"))
    assert page.url.endswith("/ar/report/concern_public/leaving")
    assert page.locator("html").get_attribute("dir") == "rtl"
    go_by(page.get_by_role("link", name="رجوع"))
    assert page.locator("#immediate_danger-2").is_checked()


def test_leaving_ends_the_cookies_and_goes_elsewhere_at_once(page):
    page.goto("/en/report/concern_public/")
    page.locator("#immediate_danger-2").check()
    go_by(page.get_by_role("button", name="Continue"))
    assert any(cookie["name"].startswith("form_") for cookie in page.context.cookies())
    gone = page.request.get("/en/exit", max_redirects=0)
    assert gone.status == 302
    assert gone.headers["location"].startswith("https://www.bbc.co.uk/")
    assert page.context.cookies() == []
