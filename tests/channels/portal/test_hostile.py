"""Whatever is sent: a clear refusal, nothing lost, nothing kept about the sender, never a 500."""

import io
import logging

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.channels.portal.reporter import Reporter
from tests.channels.portal.test_report import FORM, _filled

from counterpoint.audit.types import system
from counterpoint.base import keyring
from counterpoint.channels.portal import uploads
from counterpoint.intake import receipts
from counterpoint.intake.models import Arrival, DraftFile, Mailbox
from counterpoint.intake.receipts import Busy
from counterpoint.rules.services import activate_pack

pytestmark = pytest.mark.django_db

FILES = f"{FORM}/files"


@pytest.fixture
def browser(pack) -> Client:
    """Without the token check, so that what lies behind it is reached; and faults come out as they would live."""
    return Client(raise_request_exception=False)


def _at_files(reporter: Reporter) -> Reporter:
    return reporter.begin().post().open(FILES)


def _upload(reporter: Reporter, *files: SimpleUploadedFile, action: str = "upload") -> Reporter:
    return reporter.post(files=list(files), action=action)


# --- posts


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\x00\xff\xfe", "multipart/form-data"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data; boundary=" + "x" * 300),
        (b"worry=%FF%FE%00&worry=%ED%A0%80", "application/x-www-form-urlencoded"),
        (b"worry=a", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"worry=a", "application/x-www-form-urlencoded; charset=no-such"),
        (b'{"worry": 1}', "application/json"),
        (b"\x1f\x8b\x08", "text/plain"),
        (b"", ""),
        (
            (
                b'--x\r\nContent-Disposition: form-data; name="worry"\r\n'
                b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--"
            ),
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="\x00\xff../../x"\r\n\r\nMZ\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
@pytest.mark.parametrize("where", ["worry", "files", "check-answers", "send-now", "your-receipt"])
def test_malformed_posts(browser, body, content_type, where):
    browser.post(f"{FORM}/danger", {"immediate_danger": "yes"})
    response = browser.generic("POST", f"{FORM}/{where}", data=body, content_type=content_type)
    assert response.status_code in {200, 302, 400, 422}
    assert not Arrival.objects.exclude(state="received").exists()


def test_ten_thousand_fields(browser):
    response = browser.post(f"{FORM}/worry", {f"field{number}": "x" for number in range(10_000)})
    assert response.status_code == 413
    assert "too large" in response.content.decode()


def test_an_oversized_body(browser):
    response = browser.post(
        f"{FORM}/worry", {"worry": "x" * 3_000_000}, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code in {400, 413}
    response = browser.post(
        f"{FORM}/worry", data="worry=" + "x" * 3_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 413


def test_a_declared_size_beyond_all_bounds_is_refused_before_it_is_read(browser):
    response = browser.generic(
        "POST",
        FILES,
        data=b"--x\r\n",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(uploads.LARGEST_POST + 1),
    )
    assert response.status_code == 413


def test_what_is_typed_is_kept_without_what_no_text_can_hold(reporter):
    reporter.begin().post().open(f"{FORM}/worry").post(worry="a\x00b\x1bc \u202e <script>alert(1)</script>")
    assert reporter.path == f"{FORM}/about"
    reporter.open(f"{FORM}/check-answers")
    assert "<script>alert" not in reporter.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in reporter.html


@pytest.mark.parametrize(
    "address",
    [
        "/xx/",
        "/en/report/nothing/",
        "/en/report/concern_public/nothing",
        "/en/report/__proto__/",
        "/en/report/concern_public/%00",
        "/en/report/concern_public/..%2f..%2fetc",
        "/en/report/" + "a" * 500 + "/",
        "/%ff%fe",
        "/en/mailbox/nothing",
        "/favicon.ico",
    ],
)
def test_addresses_that_are_nowhere(browser, address):
    response = browser.get(address)
    assert response.status_code in {404, 403}
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods(browser, method):
    assert getattr(browser, method)(f"{FORM}/worry").status_code in {403, 405}


def test_a_host_that_is_not_ours(browser):
    assert browser.get("/en/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("cookie", ["", "x", "a" * 43, "A" * 4000, "é" * 43, "\x00" * 43, "../" * 14 + "x"])
def test_forged_cookies_open_nothing(browser, cookie):
    browser.cookies["form_concern_public"] = cookie
    browser.cookies["mailbox"] = cookie
    for address in (f"{FORM}/worry", f"{FORM}/check-answers", f"{FORM}/your-receipt", "/en/mailbox/messages"):
        assert browser.get(address).status_code in {302, 403, 410}


def test_a_pass_to_one_mailbox_cannot_be_made_into_another(reporter):
    _filled(reporter).post()
    opened = Mailbox.objects.get()
    reporter.client.cookies["mailbox"] = f"{opened.id}:1:forged"
    reporter.open("/en/mailbox/messages")
    assert reporter.status == 403
    assert Arrival.objects.get().reference not in reporter.text


def test_a_pass_ends_and_what_was_being_written_is_shown_once_more(reporter, monkeypatch):
    _filled(reporter).post()
    words = receipts.receipt_of(reporter.client.cookies["form_concern_public"].value)
    reporter.open("/en/mailbox").post(receipt=words)
    assert reporter.path == "/en/mailbox/messages"
    monkeypatch.setattr("counterpoint.channels.portal.browser.MAILBOX_MINUTES", -1)
    reporter.post(text="I have one more thing to say")
    assert reporter.status == 403
    assert "I have one more thing to say" in reporter.text


# --- receipts by the thousand


def test_receipts_tried_at_random_open_nothing_and_say_nothing(reporter):
    _filled(reporter).post()
    reporter.open("/en/mailbox")
    said = set()
    for _ in range(30):
        reporter.post(receipt=receipts.new_receipt())
        assert reporter.status == 422
        said.add(reporter.page.fields["receipt"] and "does not open a mailbox" in reporter.text)
    assert said == {True}


def test_too_many_at_once_is_a_polite_429(reporter, monkeypatch):
    monkeypatch.setattr(receipts, "_take", lambda slot: None)
    reporter.open("/en/mailbox").post(receipt=receipts.new_receipt())
    assert reporter.status == 429
    assert "very busy" in reporter.text


def test_sending_goes_on_while_receipts_are_tried(reporter, monkeypatch):
    monkeypatch.setattr(receipts, "_take", lambda slot: None)
    _filled(reporter).post()
    assert reporter.path.endswith("your-receipt")


def test_a_text_that_cannot_be_a_receipt_costs_no_hash(reporter, monkeypatch):
    monkeypatch.setattr(receipts, "receipt_hash", lambda receipt: pytest.fail("hashed"))
    monkeypatch.setattr("counterpoint.intake.mailbox.receipt_hash", lambda receipt: pytest.fail("hashed"))
    for typed in ("hello", "1234 " * 8, "\x00", "a" * 100_000, "١٢٣٤"):
        assert reporter.open("/en/mailbox").post(receipt=typed).status == 422


# --- files


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("run.jpg", b"MZ\x90\x00\x03\x00", "not a kind of file"),
        ("empty.pdf", b"", "not a kind of file|is empty|Choose a file"),
        ("page.html", b"\x00<html>", "not a kind of file"),
        ("x.zip", b"PK\x05\x06" + b"\x00" * 18, "not a kind of file"),
        ("big.txt", b"a" * 10_000_001, "too big"),
        ("huge.txt", b"a" * 13_000_000, "too big"),
    ],
)
def test_files_of_the_wrong_kind_or_size(reporter, name, content, said):
    _upload(_at_files(reporter), SimpleUploadedFile(name, content))
    assert reporter.status == 422
    assert any(part in reporter.text for part in said.split("|"))
    assert not DraftFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\x00b.txt", "ab.txt"),
        ("\u202egpj.exe.txt", "gpj.exe.txt"),
        ("", "file"),
        ("<b>x</b>.txt", "bx.txt|<b>x<b>.txt"),
        ("x" * 400 + ".txt", "x" * 110 + ".txt"),
        ("C:\\Users\\me\\a.txt", "CUsersmea.txt|C:Usersmea.txt|a.txt"),
        ("\ud800.txt", "?.txt"),
        (" . ", "."),
    ],
)
def test_names_are_made_safe(name, shown):
    found = uploads.shown_name(name.rsplit("/", 1)[-1])
    assert found
    assert len(found) <= 120
    assert not set(found) & set("/\\\x00\u202e")
    assert shown.split("|")[0] in found or "<" in name or "\\" in name or name == " . "


def test_more_files_than_allowed(reporter):
    _at_files(reporter)
    _upload(reporter, *(SimpleUploadedFile(f"{number}.txt", b"hello") for number in range(7)))
    assert reporter.status == 422
    assert "up to 5 files" in reporter.text
    assert DraftFile.objects.count() == 5


def test_a_mixture_keeps_the_good_ones(reporter):
    _upload(_at_files(reporter), SimpleUploadedFile("a.txt", b"hello"), SimpleUploadedFile("b.txt", b"\x00"))
    assert reporter.status == 422
    assert DraftFile.objects.count() == 1
    reporter.post(action="continue")
    assert reporter.path == f"{FORM}/contact"


def test_a_file_chosen_but_not_uploaded_comes_along(reporter):
    _upload(_at_files(reporter), SimpleUploadedFile("a.txt", b"hello"), action="continue")
    assert DraftFile.objects.count() == 1
    assert reporter.path == f"{FORM}/contact"


@pytest.mark.parametrize(
    "action", ["remove-", "remove-x", "remove-00000000-0000-0000-0000-000000000000", "\x00", "x" * 9999]
)
def test_odd_actions(reporter, action):
    _at_files(reporter).post(action=action)
    assert reporter.status == 200


def test_no_room_is_told_and_the_form_goes_on_without(reporter, monkeypatch):
    monkeypatch.setattr("counterpoint.intake.drafts._QUARANTINE_BYTES", 1)
    _upload(_at_files(reporter), SimpleUploadedFile("a.txt", b"hello"))
    assert reporter.status == 429
    assert "send the form without them" in reporter.text
    reporter.open(f"{FORM}/contact")
    assert reporter.status == 200


def test_uploads_are_never_in_clear_on_disk(reporter, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda *a, **k: opened.append(a))
    monkeypatch.setattr("tempfile.mkstemp", lambda *a, **k: opened.append(a))
    clear = b"clear words " * 700_000
    _upload(_at_files(reporter), SimpleUploadedFile("a.txt", clear))
    assert DraftFile.objects.count() == 1
    assert not opened
    for path in settings.FILES_FOLDER.rglob("*"):
        assert not path.is_file() or b"clear words" not in path.read_bytes()


# --- faults


def test_a_broken_database_is_an_apology_in_plain_words(browser, monkeypatch):
    def broken() -> None:
        raise DatabaseError("secret detail")

    monkeypatch.setattr("counterpoint.channels.portal.wording.pack_in_force", broken)
    response = browser.get("/en/")
    assert response.status_code == 500
    assert "secret detail" not in response.content.decode()
    assert "999" in response.content.decode()


def test_a_fault_in_a_page_keeps_its_language_and_tells_what_to_do(browser, monkeypatch):
    def broken(*args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("counterpoint.channels.portal.views.report.filling_of", broken)
    response = browser.get("/cy/report/concern_public/worry")
    assert response.status_code == 500
    assert 'lang="cy"' in response.content.decode()
    assert "secret detail" not in response.content.decode()


def test_busy_is_a_refusal_that_may_work_later():
    assert Busy("x").retry_helps


def test_nothing_about_the_sender_is_logged_or_stored(reporter, caplog):
    caplog.set_level(logging.DEBUG)
    reporter.client.defaults["REMOTE_ADDR"] = "203.0.113.77"
    reporter.client.defaults["HTTP_USER_AGENT"] = "Very/Particular"
    _filled(reporter, worry="words that nobody may log").post().open("/en/nothing")
    told = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    for secret in ("203.0.113.77", "Very/Particular", "words that nobody may log"):
        assert secret not in told
        assert secret.encode() not in _database_dump()


def _database_dump() -> bytes:
    from django.apps import apps

    held = io.BytesIO()
    for model in apps.get_models():
        if model._meta.label != "base.RecordKey":
            for row in model._default_manager.values_list():
                held.write(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]).encode())
    return held.getvalue()


def test_every_answer_says_that_it_must_not_be_kept(reporter):
    for address in ("/en/", f"{FORM}/danger", "/en/mailbox", "/en/nothing"):
        headers = reporter.client.get(address).headers
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "same-origin"


def test_no_page_names_another_host(reporter):
    _filled(reporter)
    for address in ("/en/", f"{FORM}/check-answers", "/ar/privacy", "/cy/mailbox", "/en/cookies"):
        reporter.open(address)
        assert all(link.startswith(("/", "data:,", "")) and "//" not in link for link in reporter.page.external)


class AnyReceiptAtAll(TestCase):
    databases = {"default", "keys"}

    @hypothesis_settings(max_examples=40, deadline=None)
    @given(typed=st.text(max_size=80) | st.text("0123456789 -", max_size=40))
    def test_is_a_clear_refusal(self, typed):
        keyring.forget_stock()
        activate_pack(settings.PACK_FOLDER, by=system("tests"))
        response = Client().post("/ar/mailbox", {"receipt": typed})
        assert response.status_code == 422
