"""A file is what it is inside, whatever it is called."""

import io
import zipfile

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from counterpoint.intake.file_types import MEDIA_TYPES, file_type_of


def _picture(kind: str) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(held, kind)
    return held.getvalue()


def _archive(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("CT", "[Content_Types].xml"), content)
    return held.getvalue()


def _pdf() -> bytes:
    held = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(held)
    return held.getvalue()


GOOD = {
    "jpeg": _picture("jpeg"),
    "png": _picture("png"),
    "gif": _picture("gif"),
    "webp": _picture("webp"),
    "pdf": _pdf(),
    "docx": _archive(CT=b"<Types/>", word__document=b"<w/>"),
    "xlsx": _archive(CT=b"<Types/>", xl__workbook=b"<w/>"),
    "pptx": _archive(CT=b"<Types/>", ppt__presentation=b"<w/>"),
    "odt": _archive(mimetype=b"application/vnd.oasis.opendocument.text", content=b"<x/>"),
    "txt": "Gofid ☂ قلق\r\n".encode(),
}


@pytest.mark.parametrize("kind", GOOD)
def test_each_kind_that_a_pack_can_accept(kind):
    found = file_type_of(GOOD[kind])
    assert found is not None
    assert (found.id, found.media_type) == (kind, MEDIA_TYPES[kind])


def test_every_kind_has_an_example():
    assert GOOD.keys() == MEDIA_TYPES.keys()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00" + b"\x00" * 60,
        b"\x7fELF" + b"\x02\x01",
        b"PK\x03\x04 not a zip",
        _archive(a=b"x"),
        _archive(CT=b"x", word__document=b"x", word__vbaProject=b"x"),
        _archive(CT=b"x", word__document=b"x", xl__workbook=b"x"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100,
        b"Rar!\x1a\x07\x00",
        b"text with \x00 in it",
        b"\xff\xfe\x00",
        b"\xc3\x28 not utf-8",
    ],
)
def test_anything_else_is_nothing_we_take(content):
    assert file_type_of(content) is None


@pytest.mark.parametrize("kind", sorted(GOOD))
@given(data=st.data())
def test_cut_or_damaged_files_never_raise(kind, data):
    content = GOOD[kind]
    cut = data.draw(st.integers(0, len(content)))
    noise = data.draw(st.binary(max_size=20))
    file_type_of(content[:cut] + noise + content[cut:])
    file_type_of(content[:cut])


@given(st.binary(max_size=300))
def test_any_bytes_at_all(content):
    found = file_type_of(content)
    assert found is None or found.id in MEDIA_TYPES
