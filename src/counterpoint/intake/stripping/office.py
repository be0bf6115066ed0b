"""Office documents (OOXML and ODF): each part is read and written anew; what says who wrote it goes."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from counterpoint.intake.stripping.images import strip_image
from counterpoint.intake.stripping.types import CannotStrip, Stripped

MOST_PARTS = 5_000
MOST_BYTES_IN_ALL = 200_000_000
MOST_BYTES_OF_XML = 60_000_000
_WHERE_DOCTYPES_STAND = 100_000
_DEEPEST = 2  # documents inside documents
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NOWHERE = "https://removed.invalid/"

_MACROS = re.compile(r"vbaproject|vbadata|(^|/)activex/|^basic/|^scripts/|macrosheets/", re.IGNORECASE)
_PICTURES = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".gif": "gif", ".webp": "webp"}
_DOCUMENTS = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp")

_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties '
    b'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
_EXTENDED = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
_CUSTOM = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
)
_ODF_META = (
    b'<?xml version="1.0" encoding="UTF-8"?><office:document-meta '
    b'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3"><office:meta/>'
    b"</office:document-meta>"
)
_ODF_SETTINGS = (
    b'<?xml version="1.0" encoding="UTF-8"?><office:document-settings '
    b'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3"><office:settings/>'
    b"</office:document-settings>"
)
# Parts written anew as a whole, and what we call what was in them.
_REPLACED: tuple[tuple[re.Pattern[str], bytes, str], ...] = (
    (re.compile(r"docProps/core\d*\.xml"), _CORE, "document information"),
    (re.compile(r"docProps/app\d*\.xml"), _EXTENDED, "document information"),
    (re.compile(r"docProps/custom\d*\.xml"), _CUSTOM, "custom properties"),
    (re.compile(r"customXml/item\d+\.xml"), b"<removed/>", "custom data"),
    (re.compile(r"meta\.xml"), _ODF_META, "document information"),
    (re.compile(r"settings\.xml"), _ODF_SETTINGS, "settings"),
)
_LEFT_OUT = re.compile(
    r"docProps/thumbnail\..*|Thumbnails/.*|(word|xl|ppt)/printerSettings/.*|META-INF/documentsignatures\.xml|_xmlsignatures/.*",
    re.IGNORECASE,
)
_POINTS_AT_LEFT_OUT = re.compile(r"thumbnail|printerSettings|digital-signature")
# Attributes that go or are emptied, by local name.
_GONE = re.compile(r"rsid\w*")
_NAMING = frozenset({"author", "initials", "userId", "providerId", "lastModifiedBy", "userName", "displayName", "date"})
_NAMING_PARTS = re.compile(
    r"comment|person|people|author|document\.xml|header|footer|note|workbook\.xml|users", re.IGNORECASE
)
_NAMING_ELEMENTS = frozenset(
    {"creator", "creator-initials", "sender-initials", "author", "author-name", "author-initials"}
)
_NAMED_ELEMENTS = frozenset({"cmAuthor", "author"})  # slides keep who commented in a list, by an attribute `name`
_REMOVED_ELEMENTS = frozenset({"rsids", "absPath", "fileSharing"})


@dataclass
class _Reading:
    archive: zipfile.ZipFile
    depth: int
    bytes_left: int
    removed: set[str] = field(default_factory=set)


def strip_office(content: bytes, *, depth: int = 0, most_bytes: int = MOST_BYTES_IN_ALL) -> Stripped:
    """The document without properties, thumbnail, names of authors and editors, editing-session ids, custom data, and
    links that load from elsewhere; pictures and documents inside are stripped too. Raises CannotStrip: `macros` where
    it holds any, `too_large` for an archive that unpacks beyond bounds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            reading = _Reading(archive, depth, most_bytes)
            _check_directory(reading)
            return Stripped(_rewritten(reading), tuple(sorted(reading.removed)))
    except (zipfile.BadZipFile, etree.XMLSyntaxError, OSError, ValueError, EOFError, RuntimeError, NotImplementedError):
        raise CannotStrip("damaged") from None
    except zipfile.LargeZipFile:
        raise CannotStrip("too_large") from None


def _check_directory(reading: _Reading) -> None:
    infos = reading.archive.infolist()
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > reading.bytes_left:
        raise CannotStrip("too_large")
    if len({info.filename for info in infos}) != len(infos):
        raise CannotStrip("damaged")  # two parts of one name: readers disagree on which counts
    if any(info.flag_bits & 1 for info in infos):
        raise CannotStrip("locked")
    if any(_MACROS.search(info.filename) for info in infos):
        raise CannotStrip("macros")


def _rewritten(reading: _Reading) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in _parts(reading):
            info = zipfile.ZipInfo(name, date_time=_EPOCH)  # the times of saving go as well
            # ODF asks for its type first and unpacked
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            written.writestr(info, content)
    return out.getvalue()


def _parts(reading: _Reading) -> Iterator[tuple[str, bytes]]:
    for info in reading.archive.infolist():
        if info.is_dir():
            continue
        if _LEFT_OUT.fullmatch(info.filename):
            reading.removed.add("thumbnail" if "humbnail" in info.filename else "settings")
            continue
        yield info.filename, _clean_part(info.filename, _read(reading, info), reading)


def _read(reading: _Reading, info: zipfile.ZipInfo) -> bytes:
    """The part, counted while it unpacks: what the directory claims may be a lie."""
    with reading.archive.open(info) as part:
        content = part.read(reading.bytes_left + 1)
    reading.bytes_left -= len(content)
    if reading.bytes_left < 0:
        raise CannotStrip("too_large")
    return content


def _clean_part(name: str, content: bytes, reading: _Reading) -> bytes:
    for pattern, replacement, kind in _REPLACED:
        if pattern.fullmatch(name):
            reading.removed.add(kind)
            return replacement
    lower = name.lower()
    ending = lower[lower.rfind(".") :] if "." in lower else ""
    if ending in _PICTURES:
        return _clean_picture(content, _PICTURES[ending], reading)
    if ending in _DOCUMENTS:
        return _clean_document(content, reading)
    if "embeddings/" in lower or lower.startswith(("object ", "objectreplacements/")):
        reading.removed.add("attachments")  # OLE objects: anything may be in them, and they run
        return content if lower.startswith("objectreplacements/") and ending in _PICTURES else b""
    if ending in (".xml", ".rels", ".rdf", ".vml"):
        return _clean_xml(name, content, reading)
    return content


def _clean_picture(content: bytes, file_type: str, reading: _Reading) -> bytes:
    try:
        stripped = strip_image(content, file_type=file_type)
    except CannotStrip:
        reading.removed.add("pictures that could not be read")
        return b""
    reading.removed.update(stripped.removed)
    return stripped.content


def _clean_document(content: bytes, reading: _Reading) -> bytes:
    reading.removed.add("attachments")
    if reading.depth >= _DEEPEST or not content.startswith(b"PK"):
        return b""
    stripped = strip_office(content, depth=reading.depth + 1, most_bytes=reading.bytes_left)
    reading.removed.update(stripped.removed)
    return stripped.content


def _clean_xml(name: str, content: bytes, reading: _Reading) -> bytes:
    if not content.strip():
        return content
    if len(content) > MOST_BYTES_OF_XML:
        raise CannotStrip("too_large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    if b"<!DOCTYPE" in content[:_WHERE_DOCTYPES_STAND]:
        raise CannotStrip("damaged")  # no office document has one; entity bombs do
    tree = etree.ElementTree(etree.fromstring(content, parser))
    names_people = bool(_NAMING_PARTS.search(name))
    for element in list(tree.iter(etree.Element)):
        _clean_element(element, reading, names_people=names_people)
    if name.endswith(".rels"):
        _clean_relationships(tree.getroot(), reading)
    _clean_texts(tree.getroot(), name, reading)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def _clean_element(element: etree._Element, reading: _Reading, *, names_people: bool) -> None:
    for attribute in list(element.attrib):
        local = etree.QName(attribute).localname
        if _GONE.fullmatch(local):
            del element.attrib[attribute]
            reading.removed.add("editing sessions")
        elif names_people and _names_somebody(element, local) and element.attrib[attribute]:
            _forget(element, attribute, local)
            reading.removed.add("dates" if local == "date" else "authors")
    if etree.QName(element).localname in _REMOVED_ELEMENTS:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
            reading.removed.add("editing sessions")


def _names_somebody(element: etree._Element, local: str) -> bool:
    return local in _NAMING or (local == "name" and etree.QName(element).localname in _NAMED_ELEMENTS)


def _forget(element: etree._Element, attribute: str | bytes, local: str) -> None:
    if local == "date":
        del element.attrib[attribute]
    else:
        element.attrib[attribute] = "-"


def _clean_relationships(root: etree._Element, reading: _Reading) -> None:
    """Nothing loads from elsewhere when the copy is opened: templates, pictures and objects lose their address. Links
    that a person has to follow stay. What was left out is no longer pointed at."""
    for relation in list(root):
        target, kind = relation.get("Target", ""), relation.get("Type", "")
        if relation.get("TargetMode") == "External" and not kind.endswith("/hyperlink"):
            relation.set("Target", _NOWHERE)
            reading.removed.add("links that load")
        elif _POINTS_AT_LEFT_OUT.search(kind) or _LEFT_OUT.fullmatch(target.lstrip("/")):
            root.remove(relation)


def _clean_texts(root: etree._Element, name: str, reading: _Reading) -> None:
    """Elements whose text is a person's name: authors of ODF comments and changes, of spreadsheet comments."""
    if name not in ("content.xml", "styles.xml") and not _NAMING_PARTS.search(name):
        return
    for element in root.iter(etree.Element):
        if etree.QName(element).localname in _NAMING_ELEMENTS and element.text:
            element.text = "-"
            reading.removed.add("authors")
