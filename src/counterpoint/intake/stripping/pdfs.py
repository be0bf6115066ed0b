"""PDF: the pages stay; what describes, hides, runs or calls elsewhere goes."""

import io

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from counterpoint.intake.stripping.images import without_jpeg_metadata
from counterpoint.intake.stripping.types import CannotStrip, Stripped

MOST_OBJECTS = 200_000
# Keys that go wherever they stand, and what we call them.
_KEYS = {
    "/Metadata": "XMP",
    "/PieceInfo": "application data",
    "/LastModified": "dates",
    "/AA": "actions",
    "/OpenAction": "actions",
    "/JS": "JavaScript",
    "/AF": "attachments",
    "/EmbeddedFiles": "attachments",
    "/EF": "attachments",
    "/JavaScript": "JavaScript",
    "/XFA": "active form",
    "/Perms": "signatures",
    "/Thumb": "thumbnail",
}
_RUNNING = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/GoToE", "/GoToR"})
_MARKUP_KEYS = {"/T": "authors", "/CreationDate": "dates", "/M": "dates"}
_HIDDEN_ANNOTATIONS = frozenset({"/FileAttachment", "/RichMedia", "/Screen", "/3D", "/Movie", "/Sound"})


def strip_pdf(content: bytes) -> Stripped:
    """The pages without document information, XMP, attachments, scripts, automatic actions, authors of comments, and
    metadata of the pictures in it. Raises CannotStrip; `locked` where a password is needed."""
    try:
        with Pdf.open(io.BytesIO(content)) as pdf:
            if len(pdf.objects) > MOST_OBJECTS:
                raise CannotStrip("too_large")
            removed = _cleaned(pdf)
            out = io.BytesIO()
            pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
            return Stripped(out.getvalue(), tuple(sorted(removed)))
    except pikepdf.PasswordError:
        raise CannotStrip("locked") from None
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RuntimeError, NotImplementedError):
        raise CannotStrip("damaged") from None


def _cleaned(pdf: Pdf) -> set[str]:
    removed: set[str] = set()
    if "/Info" in pdf.trailer:
        if len(pdf.docinfo):
            removed.add("document information")
        del pdf.trailer["/Info"]
    for item in pdf.objects:
        _clean(item, removed, depth=0)
    for page in pdf.pages:
        _clean_annotations(page.obj, removed)
    pdf.remove_unreferenced_resources()
    return removed


def _clean(item: Object, removed: set[str], *, depth: int) -> None:
    """An indirect object and the direct ones inside it; indirect ones come by themselves."""
    if depth > 30:  # noqa: PLR2004 - deeper than any honest document
        raise CannotStrip("damaged")
    if isinstance(item, Dictionary | Stream):
        _clean_keys(item, removed)
    for part in _direct_parts(item):
        _clean(part, removed, depth=depth + 1)


def _direct_parts(item: Object) -> list[Object]:
    parts: list[object] = []
    if isinstance(item, Array):
        parts = list(item)
    elif isinstance(item, Dictionary | Stream):
        parts = [item.get(key) for key in list(item.keys())]
    return [part for part in parts if isinstance(part, Dictionary | Array) and not part.is_indirect]


def _clean_keys(item: Dictionary | Stream, removed: set[str]) -> None:
    for key, kind in _KEYS.items():
        if key in item:
            del item[key]
            removed.add(kind)
    _stop_running(item, removed)
    if isinstance(item, Stream):
        _clean_picture(item, removed)


def _stop_running(item: Dictionary | Stream, removed: set[str]) -> None:
    """An action that runs, sends or opens something loses all that says what."""
    if str(item.get("/S", "")) in _RUNNING and str(item.get("/Type", "/Action")) == "/Action":
        for key in list(item.keys()):
            if key not in ("/Type", "/S"):
                del item[key]
        item["/S"] = Name("/Named")
        item["/N"] = Name("/NextPage")
        removed.add("actions")


def _clean_picture(item: Stream, removed: set[str]) -> None:
    if item.get("/Filter") != Name.DCTDecode:
        return
    raw = item.read_raw_bytes()
    plain = without_jpeg_metadata(raw)
    if plain != raw:
        parameters = item.get("/DecodeParms")
        decode_parms = parameters if isinstance(parameters, Dictionary | Array) else None
        item.write(plain, filter=Name.DCTDecode, decode_parms=decode_parms)
        removed.add("EXIF")


def _clean_annotations(page: Object, removed: set[str]) -> None:
    annotations = page.get("/Annots")
    if not isinstance(annotations, Array):
        return
    kept = []
    for annotation in annotations:
        if not isinstance(annotation, Dictionary) or str(annotation.get("/Subtype", "")) in _HIDDEN_ANNOTATIONS:
            removed.add("attachments")
            continue
        if str(annotation.get("/Subtype", "")) != "/Widget":
            for key, kind in _MARKUP_KEYS.items():
                if key in annotation:
                    del annotation[key]
                    removed.add(kind)
        kept.append(annotation)
    page["/Annots"] = Array(kept)
