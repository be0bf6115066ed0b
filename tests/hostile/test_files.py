"""Files of every wrong kind, through the portal's own page: refused in plain words, or kept sealed and never opened."""

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image
from tests.deployment import Deployment
from tests.hostile.conftest import CANARY, is_clear_refusal, nothing_was_lost
from tests.visitor import Answer, Visitor


def _zip(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def _docx(**more: bytes) -> bytes:
    types = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    document = b'<?xml version="1.0"?><document>' + CANARY.encode() + b"</document>"
    return _zip({"[Content_Types].xml": types, "word/document.xml": document, **more})


def _picture(kind: str) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(made, kind, comment=CANARY)
    return made.getvalue()


def _png_that_unpacks_to(side: int) -> bytes:
    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 30_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


JPEG = _picture("JPEG")
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
# name, content: nothing of these is taken in
REFUSED = {
    "nothing": ("empty.jpg", b""),
    "a program": ("letter.pdf", b"MZ\x90\x00\x03\x00\x00\x00" + CANARY.encode() + b"\x00" * 500),
    "a program of another kind": ("photo.jpg", b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 500),
    "an archive": ("letter.docx", _zip({f"{CANARY}.txt": b"x"})),
    "an archive with a program": ("letter.docx", _zip({"word.exe": b"MZ"})),
    "a document with macros": ("letter.docx", _docx(**{"word/vbaProject.bin": b"x"})),
    "an old office document": ("letter.docx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 500),
    "two documents in one": ("letter.docx", _docx(**{"xl/workbook.xml": b"<x/>"})),
    "eleven megabytes": ("photo.jpg", JPEG + b"\x00" * 11_000_000),
    "thirteen megabytes": ("photo.jpg", JPEG + b"\x00" * 13_000_000),
    "a sound": ("voice.txt", b"ID3\x04\x00\x00" + bytes(range(256)) * 10),
    "a broken archive": ("letter.docx", _docx()[:60]),
    "a directory without end": ("letter.docx", b"PK\x03\x04" + b"\xff" * 2000),
    "words in no encoding": ("notes.txt", b"\xff\xfe\x00\xd8" * 400),
}
# name, content, states that its preparation may end in
TAKEN_AND_KEPT = {
    "a bomb of a document": ("letter.docx", _docx(**{"word/media/a.xml": b"\0" * 80_000_000}), {"damaged"}),
    "entities in a document": ("letter.docx", _docx(**{"word/settings.xml": ENTITIES}), {"damaged", "not_scanned"}),
    "ways out of the folder": ("letter.docx", _docx(**{"../../../../tmp/kanari": b"x"}), {"damaged", "not_scanned"}),
    "a picture cut short": ("photo.jpg", JPEG[: len(JPEG) // 2], {"damaged"}),
    "a picture that is none": ("photo.jpg", b"\xff\xd8\xff" + CANARY.encode() * 50, {"damaged"}),
    "a bomb of a picture": ("photo.png", _png_that_unpacks_to(60_000), {"damaged"}),
    "a picture that is a page too": ("photo.html", JPEG + b"<script>alert(1)</script>", {"not_scanned", "damaged"}),
    "a page in a PDF's clothes": ("a.pdf", b"%PDF-1.7\n<html><script>alert(1)</script>" + b"\x00" * 99, {"damaged"}),
    "a drawing with a script": ("drawing.svg", b"<svg onload='alert(1)'><script>1</script></svg>", {"not_scanned"}),
    "a page": ("page.html", b"<html><script>alert(1)</script></html>", {"not_scanned"}),
}
NAMES = {
    "../../../../etc/passwd.txt": "passwd.txt",
    "..\\..\\windows\\win.txt": "win.txt",
    "/etc/cron.d/x.txt": "x.txt",
    "gpj.\u202etxt.exe": "exe",
    "a\x00b.txt": "",
    "C:\\Users\\me\\notes.txt": "notes.txt",
    f"{CANARY}{'x' * 500}.txt": ".txt",
    ".": "",
    "CON.txt": "CON",
    "<img src=x onerror=alert(1)>.txt": "",
    "مذكرة.txt": "مذكرة",
    "\ud800.txt": "",
    "%2e%2e%2fpasswd.txt": "",
    "{{7*7}}.txt": "{{7*7}}",
}


def _upload(begun: Visitor, name: str, content: bytes) -> Answer:
    return begun.upload(begun.form("files"), [("files", name, content)], {"action": "upload"})


class TestRefused:
    @pytest.mark.parametrize("kind", REFUSED)
    def test_in_plain_words_and_nothing_else_is_lost(self, begun: Visitor, kind: str) -> None:
        assert "notes.txt" in _upload(begun, "notes.txt", f"{CANARY} said".encode()).text
        name, content = REFUSED[kind]
        answer = _upload(begun, name, content)
        assert is_clear_refusal(answer, 422), (kind, answer.status)
        assert 'class="govuk-error-summary' in answer.html
        page = begun.get(begun.form("files"))
        assert 'value="remove-' in page.html
        assert page.html.count('value="remove-') == 1
        assert nothing_was_lost(begun)

    def test_more_files_than_the_pack_allows(self, begun: Visitor) -> None:
        files = [("files", f"{CANARY}-{n}.txt", b"words") for n in range(8)]
        answer = begun.upload(begun.form("files"), files, {"action": "upload"})
        assert is_clear_refusal(answer, 422)
        assert begun.get(begun.form("files")).html.count('value="remove-') == 5
        files = [("files", f"{n}.txt", b"words") for n in range(40)]
        assert is_clear_refusal(begun.upload(begun.form("files"), files, {"action": "upload"}), 413)
        assert nothing_was_lost(begun)

    def test_a_post_larger_than_any_form_is_refused_unread(self, begun: Visitor) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(200_000_000)}
        answer = begun.raw("POST", begun.form("files"), b"--x--\r\n", headers)
        assert 400 <= answer.status < 500
        assert nothing_was_lost(begun)


class TestNames:
    @pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
    def test_a_name_is_only_ever_words_on_a_page(self, begun: Visitor, name: str) -> None:
        answer = _upload(begun, name, b"some words")
        assert answer.status in (200, 400, 422), answer.status
        page = begun.get(begun.form("files"))
        for trick in ("..", "/etc", "\\", "\u202e", "\x00", "<img"):
            listed = page.html.partition('class="cp-files"')[2].partition("</ul>")[0]
            assert trick not in listed, listed
        assert NAMES[name] in page.text or answer.status != 200
        assert nothing_was_lost(begun)


class TestTaken:
    def test_what_looks_right_is_kept_sealed_and_prepared_within_bounds(self, served: Deployment) -> None:
        """Each is sent for good; its preparation ends, and none that is unsafe can be opened."""
        references = {}
        for kind, (name, content, _) in TAKEN_AND_KEPT.items():
            visitor = Visitor(served.port)
            visitor.get(visitor.form(""))
            visitor.post(visitor.form("worry"), {"worry": f"{CANARY} {kind}"})
            answer = _upload(visitor, name, content)
            assert answer.status == 200, (kind, answer.status)
            visitor.get(visitor.form("check-answers"))
            sent = visitor.post(visitor.form("check-answers"))
            assert sent.reference, (kind, sent.status)
            references[sent.reference] = kind
        served.inside("work_off")
        stored = {row["reference"]: row for row in served.inside("account", told={"receipts": []})["arrivals"]}
        states = {kind: stored[reference]["files"][0]["state"] for reference, kind in references.items()}
        wrong = {kind: state for kind, state in states.items() if state not in TAKEN_AND_KEPT[kind][2]}
        assert wrong == {}
        assert all(stored[reference]["made"] == 1 for reference in references)
