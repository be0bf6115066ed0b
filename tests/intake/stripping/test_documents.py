"""Documents keep what they say, and lose who wrote it, what hides in it and what runs."""

import io
import zipfile

import openpyxl
import pikepdf
import pytest
from docx import Document
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from tests.intake.making_files import (
    AUTHOR,
    a_docx,
    a_locked_pdf,
    a_pdf,
    a_pptx,
    a_zip_bomb,
    an_odt,
    an_xlsx,
    edited_zip,
    unzipped,
    with_entity_bomb,
    with_macros,
    with_remote_template,
    zipped,
)

from counterpoint.intake.file_types import file_type_of
from counterpoint.intake.stripping import CannotStrip
from counterpoint.intake.stripping.apart import strip, strip_apart

MADE = {"docx": a_docx, "xlsx": an_xlsx, "pptx": a_pptx, "odt": an_odt}
SAYS = {"docx": b"What the letter says.", "xlsx": b"What the table says.", "pptx": b"What the slide says.",
        "odt": b"What the text says."}  # fmt: skip


@pytest.mark.parametrize("file_type", MADE)
def test_nobody_is_named_in_any_part_of_an_office_document(file_type):
    original = MADE[file_type]()
    assert any(AUTHOR.encode() in part for part in unzipped(original).values())
    stripped = strip(original, file_type=file_type)
    parts = unzipped(stripped.content)
    named = [name for name, part in parts.items() if AUTHOR.encode() in part or b"Northmoor" in part]
    assert named == []
    assert stripped.removed


@pytest.mark.parametrize("file_type", MADE)
def test_it_still_says_what_it_said_and_is_of_its_kind(file_type):
    parts = unzipped(strip(MADE[file_type](), file_type=file_type).content)
    assert any(SAYS[file_type] in part for part in parts.values())
    assert file_type_of(zipped(parts, stored=("mimetype",))).id == file_type


def test_word_opens_the_copy():
    copy = Document(io.BytesIO(strip(a_docx(), file_type="docx").content))
    assert copy.paragraphs[0].text == "What the letter says."
    assert (copy.core_properties.author, copy.core_properties.last_modified_by) == ("", "")
    assert [comment.author for comment in copy.comments] == ["-"]
    assert len(copy.inline_shapes) == 1


def test_the_spreadsheet_opens_and_its_comments_name_nobody():
    book = openpyxl.load_workbook(io.BytesIO(strip(an_xlsx(), file_type="xlsx").content))
    assert book.active["A1"].value == "What the table says."
    assert book.active["A1"].comment.author == "-"
    assert book.properties.creator in (None, "", "openpyxl")


def test_pictures_in_a_document_lose_their_place_too():
    parts = unzipped(strip(a_docx(), file_type="docx").content)
    pictures = [part for name, part in parts.items() if name.startswith("word/media/")]
    assert pictures
    assert all(len(Image.open(io.BytesIO(part)).getexif()) == 0 for part in pictures)


def test_editing_sessions_and_times_of_saving_go():
    stripped = strip(a_docx(), file_type="docx")
    assert b"rsid" not in unzipped(stripped.content)["word/document.xml"]
    with zipfile.ZipFile(io.BytesIO(stripped.content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_nothing_loads_from_elsewhere_but_links_stay():
    parts = unzipped(strip(with_remote_template(a_docx()), file_type="docx").content)
    relations = parts["word/_rels/settings.xml.rels"]
    assert b"tracker.example" not in relations
    assert b"https://example.org/page" in relations


def test_a_document_inside_a_document_is_stripped_as_well():
    outer = zipped(
        {**unzipped(a_docx()), "word/embeddings/sheet.xlsx": an_xlsx(), "word/embeddings/ole.bin": b"\xd0\xcf"}
    )
    parts = unzipped(strip(outer, file_type="docx").content)
    inner = unzipped(parts["word/embeddings/sheet.xlsx"])
    assert not any(AUTHOR.encode() in part for part in inner.values())
    assert parts["word/embeddings/ole.bin"] == b""


def test_the_type_of_an_odt_comes_first_and_unpacked():
    with zipfile.ZipFile(io.BytesIO(strip(an_odt(), file_type="odt").content)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


REFUSED = [
    (lambda: with_macros(a_docx()), "docx", "macros"),
    (lambda: zipped({**unzipped(an_odt()), "Basic/script-lc.xml": b"<x/>"}), "odt", "macros"),
    (lambda: with_entity_bomb(a_docx()), "docx", "damaged"),
    (lambda: a_docx()[:-400], "docx", "damaged"),
    (lambda: edited_zip(a_docx(), {"word/document.xml": lambda _: b"<w:p>"}), "docx", "damaged"),
    (a_zip_bomb, "docx", "too_large"),
    (a_locked_pdf, "pdf", "locked"),
    (lambda: a_pdf()[:200], "pdf", "damaged"),
    (lambda: b"%PDF-1.7 nothing more", "pdf", "damaged"),
    (lambda: b"MZ\x90\x00", "exe", "unknown_type"),
]


@pytest.mark.parametrize(("make", "file_type", "why"), REFUSED)
def test_what_cannot_be_stripped_says_why(make, file_type, why):
    with pytest.raises(CannotStrip) as refused:
        strip(make(), file_type=file_type)
    assert refused.value.why == why


def test_a_bomb_that_lies_about_its_size_is_refused():
    with pytest.raises(CannotStrip) as refused:
        strip(a_zip_bomb(lying=True), file_type="docx")
    assert refused.value.why in ("too_large", "damaged")


class TestPdf:
    @pytest.fixture
    def copy(self) -> bytes:
        stripped = strip(a_pdf(), file_type="pdf")
        assert {"document information", "XMP", "attachments", "actions", "authors", "EXIF"} <= set(stripped.removed)
        return stripped.content

    def test_it_names_nobody(self, copy):
        with pikepdf.open(io.BytesIO(copy)) as pdf:
            out = io.BytesIO()
            pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all)
        assert AUTHOR.encode() not in copy + out.getvalue()

    def test_its_page_and_its_picture_are_there(self, copy):
        with pikepdf.open(io.BytesIO(copy)) as pdf:
            assert len(pdf.pages) == 1
            assert b"/Photo Do" in pdf.pages[0].Contents.read_bytes()
            photo = pdf.pages[0].Resources.XObject.Photo.read_raw_bytes()
        assert Image.open(io.BytesIO(photo)).size == (64, 48)
        assert len(Image.open(io.BytesIO(photo)).getexif()) == 0

    def test_nothing_is_attached_and_nothing_runs(self, copy):
        with pikepdf.open(io.BytesIO(copy)) as pdf:
            assert len(pdf.attachments) == 0
            assert "/OpenAction" not in pdf.Root
            assert "/Metadata" not in pdf.Root
            assert len(pdf.docinfo) == 0
            annotation = pdf.pages[0].Annots[0]
            assert (str(annotation.Contents), "/T" in annotation) == ("See", False)
        assert b"app.alert" not in copy

    def test_it_is_sound(self, copy):
        with pikepdf.open(io.BytesIO(copy)) as pdf:
            assert pdf.check_pdf_syntax() == []

    @given(cut=st.integers(0, 3000), flips=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 255)), max_size=5))
    @hypothesis_settings(max_examples=60, deadline=None)
    def test_damage_is_refused_or_stripped_never_worse(self, cut, flips):
        content = bytearray(a_pdf())
        for place, value in flips:
            content[place % len(content)] = value
        try:
            strip(bytes(content[: len(content) - cut]), file_type="pdf")
        except CannotStrip:
            return


class TestApart:
    """In a process of its own, as it happens in earnest."""

    @pytest.mark.parametrize("file_type", ["pdf", "docx"])
    def test_gives_the_same_as_here(self, file_type):
        content = a_pdf() if file_type == "pdf" else a_docx()
        here = strip(content, file_type=file_type)
        there = strip_apart(content, file_type=file_type)
        assert there.removed == here.removed
        assert len(there.content) == len(here.content)

    def test_text_stays_as_it_is(self):
        text = "Llythyr قلق\n".encode()
        assert strip_apart(text, file_type="txt").content == text

    @pytest.mark.parametrize(("make", "file_type"), [(a_zip_bomb, "docx"), (a_locked_pdf, "pdf")])
    def test_refusals_come_through(self, make, file_type):
        with pytest.raises(CannotStrip):
            strip_apart(make(), file_type=file_type)

    def test_a_process_that_is_ended_is_a_refusal(self, monkeypatch):
        from counterpoint.intake.stripping import apart

        monkeypatch.setattr(apart, "_MOST_SECONDS", 0.01)
        with pytest.raises(CannotStrip):
            strip_apart(a_pdf(), file_type="pdf")
        monkeypatch.setattr(apart.sys, "executable", "/bin/false")
        monkeypatch.setattr(apart, "_MOST_SECONDS", 10)
        with pytest.raises(CannotStrip):
            strip_apart(a_pdf(), file_type="pdf")
