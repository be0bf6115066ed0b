"""Small files that reporters add: a photograph with hidden details, a letter. Made here, of nobody and nothing."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from random import Random

from PIL import Image, ImageDraw

from counterpoint.intake import files as intake_files
from counterpoint.intake.stripping.apart import strip_apart
from counterpoint.intake.stripping.types import Stripped

_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
)
_VARIANTS, _CONTENTS = 6, 2  # of names, and of what is in them
_COLOURS = ("#c7d3dd", "#dfd5c4", "#cbd8c6", "#d8c9d6", "#d9d9d9", "#c9d7d5")
_LINES = (
    "Dear colleague,",
    "this is what we wrote down in the last weeks.",
    "Monday: sat alone, drew the same mark on the desk.",
    "Wednesday: spoke of a list, would not say more.",
    "Friday: two pupils upset, parents were called.",
    "With kind regards, the pastoral team",
)


def file_named(kind: str, *, seed: str) -> tuple[str, bytes]:
    """The file's name and content; one of a few variants."""
    variant = Random(seed).randrange(_VARIANTS)  # noqa: S311 - a made-up town, nothing secret
    if kind == "photo.jpg":
        return f"IMG_{2040 + variant}.jpg", photograph(variant % _CONTENTS)
    return f"notes-{variant + 1}.pdf", letter(variant % _CONTENTS)


@contextmanager
def stripped_once() -> Iterator[None]:
    """While the town is loaded the same file is stripped of its metadata once: each takes a process of its own, which
    begins for a third of a second."""

    @cache
    def known(content: bytes, *, file_type: str) -> Stripped:
        return strip_apart(content, file_type=file_type)

    vars(intake_files)["strip_apart"] = known
    try:
        yield
    finally:
        vars(intake_files)["strip_apart"] = strip_apart


@lru_cache(maxsize=_VARIANTS)
def photograph(variant: int) -> bytes:
    """A JPEG of a drawn wall with marks on it, with a place and a camera in its metadata. The place is in the sea."""
    picture = Image.new("RGB", (480, 320), _COLOURS[variant])
    pen = ImageDraw.Draw(picture)
    for number in range(8 + variant):
        left, top = 30 + number * 41 % 400, 40 + number * 67 % 220
        pen.rectangle((left, top, left + 50, top + 30), outline="#444444", width=3)
        pen.line((left, top, left + 50, top + 30), fill="#7a3b3b", width=4)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Lantern", f"Model {variant}"
    exif[0x8825] = {1: "N", 2: (54.0, 30.0, 0.0), 3: "E", 4: (4.0, float(variant), 0.0)}
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=70, exif=exif)
    return written.getvalue()


@lru_cache(maxsize=_VARIANTS)
def letter(variant: int) -> bytes:
    """A one-page PDF with a few lines, and an author in its metadata."""
    shown = _LINES[variant % 2 :]
    text = " ".join(f"({line}) Tj T*" for line in shown)
    stream = f"BT /F1 12 Tf 18 TL 72 760 Td {text} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Author (Pastoral team) /Title (Notes %d) >>" % (variant + 1),
    ]
    return _pdf(objects)


def _pdf(objects: list[bytes]) -> bytes:
    """The objects as a PDF file: the last is the document information."""
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n" % count
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, count - 1, len(body))
    )
