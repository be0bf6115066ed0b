"""Real files of every accepted kind with what their makers may not know is in them, and wrong ones."""

import io
import struct
import zipfile
import zlib

import openpyxl
import pikepdf
from docx import Document
from openpyxl.comments import Comment
from PIL import Image, PngImagePlugin
from PIL.ExifTags import GPS, Base

AUTHOR = "Jo Maker of Northmoor"


def a_photo(file_type: str = "jpeg", *, gps: bool = True, size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture with camera, owner, place, XMP and a comment. Left half red, right half blue."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
    exif = Image.Exif()
    exif[Base.Make] = "Northmoor Cameras"
    exif[Base.Artist] = AUTHOR
    if gps:
        place = exif.get_ifd(Base.GPSInfo)
        place[GPS.GPSLatitudeRef] = "N"
        place[GPS.GPSLatitude] = (53.0, 12.0, 7.5)
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><by>{AUTHOR}</by></x:xmpmeta>".encode()
    out = io.BytesIO()
    if file_type == "jpeg":
        image.save(out, "JPEG", exif=exif, xmp=xmp, comment=AUTHOR.encode(), quality=95)
    elif file_type == "png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", AUTHOR)
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(out, "PNG", exif=exif, pnginfo=info)
    elif file_type == "webp":
        image.save(out, "WEBP", exif=exif, xmp=xmp, quality=95)
    else:
        frames = [frame.convert("P", palette=Image.Palette.ADAPTIVE) for frame in (image, image.rotate(180))]
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=AUTHOR.encode(), duration=120)
    return out.getvalue()


def a_sideways_photo() -> bytes:
    """Lies on its side, and says so in EXIF: 40 by 20 upright."""
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    out = io.BytesIO()
    Image.new("RGB", (20, 40)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def a_docx() -> bytes:
    document = Document()
    document.core_properties.author = AUTHOR
    document.core_properties.last_modified_by = AUTHOR
    paragraph = document.add_paragraph("What the letter says.")
    document.add_comment(paragraph.runs, text="See this.", author=AUTHOR, initials="JM")
    document.add_picture(io.BytesIO(a_photo()))
    out = io.BytesIO()
    document.save(out)
    return edited_zip(
        out.getvalue(),
        {
            "word/document.xml": lambda xml: xml.replace(b"<w:p>", b'<w:p w:rsidR="00AB12CD">', 1),
            "docProps/custom.xml": lambda _: f"<Properties><p>{AUTHOR}</p></Properties>".encode(),
        },
    )


def an_xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.properties.creator = AUTHOR
    sheet = book.active
    sheet["A1"] = "What the table says."
    sheet["A1"].comment = Comment("See this.", AUTHOR)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def a_pptx() -> bytes:
    """As small as a presentation can be: enough for what looks inside."""
    return zipped(
        {
            "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "docProps/core.xml": f"<c><creator>{AUTHOR}</creator></c>".encode(),
            "docProps/thumbnail.jpeg": a_photo(),
            "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r1" Type="http://x/metadata/thumbnail" Target="docProps/thumbnail.jpeg"/>'
            b"</Relationships>",
            "ppt/presentation.xml": b"<p>What the slide says.</p>",
            "ppt/commentAuthors.xml": f'<l><cmAuthor name="{AUTHOR}" initials="JM"/></l>'.replace(
                "name=", "displayName="
            ).encode(),
            "ppt/media/image1.jpeg": a_photo(),
        }
    )


def an_odt() -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "meta.xml": f"<m><initial-creator>{AUTHOR}</initial-creator></m>".encode(),
            "content.xml": f'<office:document-content xmlns:office="{office}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<office:annotation><dc:creator>{AUTHOR}</dc:creator></office:annotation>"
            "What the text says.</office:document-content>".encode(),
            "Thumbnails/thumbnail.png": a_photo("png"),
            "META-INF/manifest.xml": b"<manifest/>",
        },
        stored=("mimetype",),
    )


def a_pdf() -> bytes:
    """One page with a photograph; author, XMP, an attachment, a script that runs on opening, and a comment."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 200))
        page = pdf.pages[0]
        photo = pikepdf.Stream(pdf, a_photo())
        photo.Type, photo.Subtype, photo.Filter = (pikepdf.Name(name) for name in ("/XObject", "/Image", "/DCTDecode"))
        photo.Width, photo.Height, photo.BitsPerComponent = 64, 48, 8
        photo.ColorSpace = pikepdf.Name.DeviceRGB
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Photo=pdf.make_indirect(photo)))
        page.Contents = pikepdf.Stream(pdf, b"q 64 0 0 48 10 10 cm /Photo Do Q")
        page.obj["/Annots"] = pikepdf.Array(
            [
                pdf.make_indirect(
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], T=AUTHOR, Contents="See"
                    )
                )
            ]
        )
        pdf.docinfo["/Author"] = AUTHOR
        with pdf.open_metadata() as metadata:
            metadata["dc:creator"] = [AUTHOR]
        pdf.attachments["secret.txt"] = pikepdf.AttachedFileSpec(pdf, AUTHOR.encode(), filename="secret.txt")
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def a_locked_pdf() -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(user="secret", owner="secret"))
        return out.getvalue()


def a_png_bomb() -> bytes:
    """40,000 by 40,000 white points in a few hundred bytes of promise."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 40_000))
        + chunk(b"IEND", b"")
    )


def a_zip_bomb(*, lying: bool = False) -> bytes:
    """A document of a million times its size; `lying` says in its directory that it is small."""
    big = b"\0" * 250_000_000
    content = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": big})
    if not lying:
        return content
    return content.replace(struct.pack("<I", len(big)), struct.pack("<I", 1000))


def with_macros(content: bytes) -> bytes:
    return zipped({**unzipped(content), "word/vbaProject.bin": b"\xd0\xcf\x11\xe0"})


def with_entity_bomb(content: bytes) -> bytes:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    return edited_zip(content, {"word/document.xml": lambda _: bomb})


def with_remote_template(content: bytes) -> bytes:
    relations = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        b'Target="https://tracker.example/t.dotm" TargetMode="External"/><Relationship Id="r2" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" '
        b'Target="https://example.org/page" TargetMode="External"/></Relationships>'
    )
    return zipped({**unzipped(content), "word/_rels/settings.xml.rels": relations})


def zipped(parts: dict[str, bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def edited_zip(content: bytes, edits: dict) -> bytes:
    parts = unzipped(content)
    for name, edit in edits.items():
        parts[name] = edit(parts.get(name, b""))
    return zipped(parts)
