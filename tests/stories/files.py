"""The files that stories name, made when a test runs: real ones, with what real ones tell without being asked.

A photograph knows its camera, its owner and where it was taken; a letter knows its author and the program; an office
document remembers who commented and changed what. `made(kind)` gives the file with those hidden words, and
`traces(content, hidden)` looks for them wherever a curious person could: unpacked, decompressed, in both byte orders.
The same call always gives the same bytes. Nobody in them is real, and the place is out in the North Sea.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pikepdf
from docx import Document
from openpyxl import Workbook
from openpyxl.comments import Comment
from PIL import Image, ImageDraw, PngImagePlugin

MADE_AT = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
AUTHOR = "Wendel Arkwright-Poole"
COMPANY = "Fennimore & Daughters"
REMARK = "do not let them know that Wendel wrote this"
CAMERA = "Osprey PX-11"
SERIAL = "SN-4471-88203"
_PLACE = {1: "N", 2: (54.0, 31.0, 12.0), 3: "E", 4: (2.0, 44.0, 50.0), 29: "2025:06:01"}
_ZIP_TIME = (2025, 6, 1, 12, 0, 0)
_OPEN_XML = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True)
class MadeFile:
    """hidden: words of its metadata, none of which may be found in a working copy. shown: words that a reader sees,
    which must still be there."""

    name: str
    media_type: str
    content: bytes
    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


def made(kind: str) -> MadeFile:
    """The file of this name. Raises KeyError for a kind that nobody makes."""
    return KINDS[kind]()


def traces(content: bytes, hidden: Iterable[str]) -> list[str]:
    """Those of the words that can be found in the file, however it is packed."""
    layers = list(_layers(content))
    return [word for word in hidden if any(_spelled_in(word, layer) for layer in layers)]


def _spelled_in(word: str, layer: bytes) -> bool:
    return any(word.encode(encoding) in layer for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def _layers(content: bytes) -> Iterator[bytes]:
    """The file as it is, and everything that is packed inside it."""
    yield content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive.comment
            for info in archive.infolist():
                yield info.filename.encode()
                yield from _layers(archive.read(info))
    if content.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(content)) as pdf:
            plain = io.BytesIO()
            pdf.save(plain, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all)
            yield plain.getvalue()
            yield from (str(value).encode() for value in pdf.docinfo.values())  # type: ignore[attr-defined]


# --- pictures


def _picture(words: str, *, size: tuple[int, int] = (960, 720)) -> Image.Image:
    """Something with edges and soft colours, so that it compresses as a photograph does."""
    image = Image.linear_gradient("L").resize(size)
    other = Image.radial_gradient("L").resize(size)
    colour = Image.merge("RGB", (image, other, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    pen = ImageDraw.Draw(colour)
    for step in range(0, size[0], 48):
        pen.line((step, 0, size[0] - step, size[1]), fill=(step % 255, 90, 140), width=3)
    pen.rectangle((40, 40, 520, 110), fill="white")
    pen.text((60, 60), words, fill="black", font_size=28)
    return colour


def _camera_data() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Osprey", CAMERA
    exif[0x0131], exif[0x013B] = "Osprey Gallery 4", AUTHOR
    exif[0x0132] = "2025:06:01 12:00:00"
    exif[0x0112] = 6  # held upright: the pixels lie on their side
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0xA431] = "2025:06:01 12:00:00", SERIAL
    exif.get_ifd(0x8825).update(_PLACE)
    return exif


def photo_with_gps() -> MadeFile:
    out = io.BytesIO()
    _picture("a list on a wall").save(out, "JPEG", quality=85, exif=_camera_data(), comment=REMARK.encode())
    return MadeFile("photo_with_gps.jpg", "image/jpeg", out.getvalue(), (CAMERA, SERIAL, AUTHOR, REMARK, "2025:06:01"))


def picture_webp() -> MadeFile:
    out = io.BytesIO()
    _picture("a plan of a hall").save(out, "WEBP", quality=80, exif=_camera_data())
    return MadeFile("picture.webp", "image/webp", out.getvalue(), (CAMERA, SERIAL, AUTHOR))


def screenshot() -> MadeFile:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", AUTHOR)
    told.add_itxt("Comment", REMARK, lang="en")
    out = io.BytesIO()
    _picture("tomorrow at ten, watch me").save(out, "PNG", pnginfo=told, exif=_camera_data())
    return MadeFile("screenshot.png", "image/png", out.getvalue(), (AUTHOR, REMARK, CAMERA, SERIAL))


# --- documents


def letter() -> MadeFile:
    """A PDF with an author in its information, in XMP, and in a note that somebody left on the page."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    page = pdf.pages[0]
    page.Contents = pdf.make_stream(b"BT /F1 12 Tf 72 770 Td (To whom it may concern. I am worried.) Tj ET")
    page.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(
            F1=pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
    )
    pdf.docinfo["/Author"] = AUTHOR
    pdf.docinfo["/Creator"] = COMPANY
    pdf.docinfo["/CreationDate"] = "D:20250601120000Z"
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["dc:creator"] = [AUTHOR]
        xmp["dc:description"] = REMARK
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return MadeFile(
        "letter.pdf", "application/pdf", out.getvalue(), (AUTHOR, COMPANY, REMARK), ("To whom it may concern",)
    )


def notes_docx() -> MadeFile:
    document = Document()
    core = document.core_properties
    core.author, core.last_modified_by, core.comments = AUTHOR, AUTHOR, REMARK
    core.created = core.modified = MADE_AT.replace(tzinfo=None)
    document.add_heading("Notes", level=1)
    said = document.add_paragraph("He said it on Monday. His words: nobody gets out.")
    document.add_comment(said.runs[0], text="Ask his mother first.", author=AUTHOR, initials="WAP")
    out = io.BytesIO()
    document.save(out)
    return MadeFile(
        "notes.docx",
        f"{_OPEN_XML}wordprocessingml.document",
        _settled(out.getvalue()),
        (AUTHOR, REMARK),
        ("nobody gets out",),
    )


def sheet() -> MadeFile:
    book = Workbook()
    book.properties.creator = book.properties.lastModifiedBy = AUTHOR
    book.properties.description = REMARK
    book.properties.created = MADE_AT.replace(tzinfo=None)
    page = book.active
    page.title = "Days"
    for row in (("Day", "Missed"), ("Monday", 2), ("Friday", 5)):
        page.append(row)
    page["B3"].comment = Comment("He was seen at the station.", AUTHOR)
    out = io.BytesIO()
    book.save(out)
    return MadeFile(
        "sheet.xlsx", f"{_OPEN_XML}spreadsheetml.sheet", _settled(out.getvalue()), (AUTHOR, REMARK), ("Friday",)
    )


def slides() -> MadeFile:
    """One slide, as small as the format allows, with the author in its properties and as a commenter."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/ppt/presentation.xml" ContentType="{_OPEN_XML}presentationml.presentation.main+xml"/>'
        f'<Override PartName="/ppt/slides/slide1.xml" ContentType="{_OPEN_XML}presentationml.slide+xml"/>'
        "</Types>",
        "_rels/.rels": _relations(
            ("officeDocument", "ppt/presentation.xml"), ("metadata/core-properties", "docProps/core.xml")
        ),
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator>{AUTHOR}</dc:creator><dc:description>{REMARK}</dc:description></cp:coreProperties>",
        "docProps/app.xml": '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
        'extended-properties"><Company>Fennimore Daughters</Company></Properties>',
        "ppt/presentation.xml": f'<p:presentation {_SLIDE_NAMES}><p:sldIdLst><p:sldId id="256" r:id="rId1"/>'
        '</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": _relations(("slide", "slides/slide1.xml")),
        "ppt/slides/slide1.xml": f"<p:sld {_SLIDE_NAMES}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id='1' name=''/>"
        "<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/><p:sp><p:nvSpPr><p:cNvPr id='2' name='Title'/><p:cNvSpPr/>"
        "<p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>What the stickers show</a:t></a:r></a:p>"
        "</p:txBody></p:sp></p:spTree></p:cSld></p:sld>",
        "ppt/commentAuthors.xml": f'<p:cmAuthorLst {_SLIDE_NAMES}><p:cmAuthor id="0" name="{AUTHOR}" initials="WAP" '
        'lastIdx="1" clrIdx="0"/></p:cmAuthorLst>',
    }
    content = _zipped({name: f'<?xml version="1.0" encoding="UTF-8"?>{text}' for name, text in parts.items()})
    return MadeFile(
        "slides.pptx",
        f"{_OPEN_XML}presentationml.presentation",
        content,
        (AUTHOR, REMARK, "Fennimore Daughters"),
        ("What the stickers show",),
    )


def notes_odt() -> MadeFile:
    names = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    media_type = "application/vnd.oasis.opendocument.text"
    parts = {
        "mimetype": media_type,
        "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:'
        f'1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{media_type}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/></manifest:manifest>',
        "content.xml": f'<office:document-content {names} office:version="1.3"><office:body><office:text>'
        f"<text:p>The time for words is over, he says.<office:annotation><dc:creator>{AUTHOR}</dc:creator>"
        "<text:p>Which words?</text:p></office:annotation></text:p></office:text></office:body>"
        "</office:document-content>",
        "meta.xml": f'<office:document-meta {names} office:version="1.3"><office:meta>'
        f"<meta:initial-creator>{AUTHOR}</meta:initial-creator><dc:description>{REMARK}</dc:description>"
        "</office:meta></office:document-meta>",
    }
    return MadeFile("notes.odt", media_type, _zipped(parts), (AUTHOR, REMARK), ("The time for words is over",))


# --- plain text


def _text(name: str, words: str, *, encoding: str, mark: bytes = b"") -> MadeFile:
    return MadeFile(name, "text/plain", mark + words.encode(encoding))


def message() -> MadeFile:
    return _text("message.txt", "He wrote: “they will see”. I kept it – just in case.\r\n", encoding="utf-8")


def message_with_mark() -> MadeFile:
    """As Notepad saves UTF-8."""
    return _text("marked.txt", "Ysgrifennodd ef hyn. Tŷ ŵyl.\r\n", encoding="utf-8", mark=b"\xef\xbb\xbf")


def message_in_utf_16() -> MadeFile:
    """As Notepad saves “Unicode”."""
    return _text("wide.txt", "كتب هذا أمس.\r\n", encoding="utf-16-le", mark=b"\xff\xfe")


def message_of_old() -> MadeFile:
    """As an old program saves it: nobody can say for certain in which letters."""
    return _text("old.txt", "He said: “enough”. Café at ten.\r\n", encoding="cp1252")


KINDS: Mapping[str, Callable[[], MadeFile]] = {
    "photo_with_gps.jpg": photo_with_gps,
    "picture.webp": picture_webp,
    "screenshot.png": screenshot,
    "letter.pdf": letter,
    "notes.docx": notes_docx,
    "notes.odt": notes_odt,
    "sheet.xlsx": sheet,
    "slides.pptx": slides,
    "message.txt": message,
    "marked.txt": message_with_mark,
    "wide.txt": message_in_utf_16,
    "old.txt": message_of_old,
}

_SLIDE_NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def _relations(*targets: tuple[str, str]) -> str:
    """A part of relations; kinds are the last parts of their names, rId1 and on."""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    package = "http://schemas.openxmlformats.org/package/2006/relationships/"
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{package if "/" in kind else base}{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def _zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """In this order, `mimetype` uncompressed as ODF wants it, all of one moment."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def _settled(content: bytes) -> bytes:
    """The archive without the moment at which the library wrote it."""
    when = MADE_AT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    moments = re.compile(rb"(<dcterms:modified[^>]*>|w:date=\")\d{4}-[^<\"]*")
    return _zipped({name: moments.sub(rb"\g<1>" + when, part) for name, part in parts.items()})
