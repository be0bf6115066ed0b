"""The documents of a pack other than question sets: what each may hold, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from counterpoint.kernel.packs.draft import Manifest
from counterpoint.kernel.packs.pack import (
    Category,
    CategoryScheme,
    ClosureLevel,
    ClosureReason,
    ClosureScheme,
    Direction,
    Helpline,
    Language,
    TextPath,
    Uploads,
)
from counterpoint.kernel.questions.document import ID_PATTERN, Part, shape, short

FILE_TYPES: Final = frozenset(
    {"jpeg", "png", "webp", "gif", "pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "txt", "mp3", "mp4", "eml"}
)
_MANIFEST_KEYS: Final = (
    "id",
    "title",
    "version",
    "source_language",
    "languages",
    "emergency",
    "helplines",
    "uploads",
)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ]{0,30}")
_TEXT_KEY: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_TRANSLATION_KEYS: Final = (
    "pack",
    "texts",
    "question_sets",
    "categories",
    "closure_reasons",
    "forms",
    "clocks",
    "consents",
    "instruments",
    "processes",
)
_MOST_FILES: Final = 50
_MOST_BYTES: Final = 1_000_000_000
_NO_DAY: Final = date.min


def manifest(part: Part) -> Manifest:
    part = part.keyed(_MANIFEST_KEYS, what="pack.yaml")
    emergency = _mapping_at(part, "emergency", ("number",), what="`emergency`")
    read = Manifest(
        id=part.id(),
        title=part.text("title"),
        version=part.text("version"),
        source_language=part.text("source_language"),
        languages=tuple(_language(item) for item in part.items("languages")),
        emergency_number=_number(emergency) if emergency else "",
        helplines=tuple(_helpline(item) for item in part.items("helplines")),
        uploads=_uploads(part),
    )
    note_repeated(part, "languages", [language.id for language in read.languages])
    note_repeated(part, "helplines", [helpline.id for helpline in read.helplines])
    listed = [language.id for language in read.languages]
    if read.source_language and listed and read.source_language not in listed:
        what = f"The source language `{short(read.source_language)}` is not among the languages"
        part.at("source_language").note("source_language_not_listed", what, "Add it to `languages`, or correct it")
    return read


def _language(part: Part) -> Language:
    part = part.keyed(("id", "name", "direction"), what="A language")
    id_ = part.text("id")
    if id_ and not _LANGUAGE.fullmatch(id_):
        part.at("id").note(
            "not_a_language", f"`{short(id_)}` is not the code of a language", "Use a code such as en or cy"
        )
    direction = part.one_of_required("direction", Direction, stand_in=Direction.LEFT_TO_RIGHT)
    return Language(id=id_, name=part.text("name"), direction=direction)


def _helpline(part: Part) -> Helpline:
    part = part.keyed(("id", "number", "opening"), what="A helpline")
    return Helpline(id=part.id(), number=_number(part), opening=part.text_if_any("opening"))


def _number(part: Part) -> str:
    number = part.text("number")
    if number and not _NUMBER.fullmatch(number):
        part.at("number").note(
            "number_not_dialled", f"`{short(number)}` cannot be dialled", "Use digits and spaces, perhaps a +"
        )
    return number


def _uploads(part: Part) -> Uploads:
    found = _mapping_at(part, "uploads", ("max_files", "max_bytes_each", "accept"), what="`uploads`")
    if not found:
        return Uploads(max_files=0, max_bytes_each=0, accept=())
    for key in ("max_files", "max_bytes_each"):
        if not found.has(key):
            found.note("missing_key", f"`{key}` is missing", f"Add `{key}:` with a number")
    return Uploads(
        max_files=found.number("max_files", low=0, high=_MOST_FILES) or 0,
        max_bytes_each=found.number("max_bytes_each", low=1, high=_MOST_BYTES) or 0,
        accept=tuple(_file_type(item) for item in found.items("accept")),
    )


def _file_type(part: Part) -> str:
    name = part.value if isinstance(part.value, str) else ""
    if name not in FILE_TYPES:
        listed = ", ".join(sorted(FILE_TYPES))
        part.note("not_a_file_type", f"`{short(str(part.value))}` is not a known file type", f"Use one of: {listed}")
    return name


def category_schemes(part: Part) -> tuple[CategoryScheme, ...]:
    part = part.keyed(("schemes",), what="categories.yaml")
    schemes = tuple(_category_scheme(item) for item in part.items("schemes"))
    note_order(part, "schemes", [(scheme.id, scheme.valid_from) for scheme in schemes])
    return schemes


def _category_scheme(part: Part) -> CategoryScheme:
    part = part.keyed(("id", "valid_from", "categories"), what="A scheme")
    categories = tuple(_category(item) for item in part.items("categories"))
    note_repeated(part, "categories", [category.id for category in categories])
    return CategoryScheme(id=part.text("id"), valid_from=part.day("valid_from") or _NO_DAY, categories=categories)


def _category(part: Part) -> Category:
    part = part.keyed(("id", "label"), what="A category")
    return Category(id=part.id(), label=part.text("label"))


def closure_schemes(part: Part) -> tuple[ClosureScheme, ...]:
    part = part.keyed(("schemes",), what="closure_reasons.yaml")
    schemes = tuple(_closure_scheme(item) for item in part.items("schemes"))
    note_order(part, "schemes", [(scheme.id, scheme.valid_from) for scheme in schemes])
    return schemes


def _closure_scheme(part: Part) -> ClosureScheme:
    part = part.keyed(("id", "valid_from", "reasons"), what="A scheme")
    reasons = tuple(_closure_reason(item) for item in part.items("reasons"))
    note_repeated(part, "reasons", [reason.id for reason in reasons])
    for level in ClosureLevel:
        if reasons and not any(reason.level is level for reason in reasons):
            part.at("reasons").note(
                "level_without_reason", f"No reason closes a {level}", f"Add one with `level: {level}`"
            )
    return ClosureScheme(id=part.text("id"), valid_from=part.day("valid_from") or _NO_DAY, reasons=reasons)


def _closure_reason(part: Part) -> ClosureReason:
    part = part.keyed(("id", "level", "label", "needs", "tell_reporter"), what="A closure reason")
    return ClosureReason(
        id=part.id(),
        level=part.one_of_required("level", ClosureLevel, stand_in=ClosureLevel.REFERRAL),
        label=part.text("label"),
        needs=tuple(_need(item) for item in part.items("needs", required=False)),
        tell_reporter=part.text_if_any("tell_reporter"),
    )


def _need(part: Part) -> str:
    if isinstance(part.value, str) and ID_PATTERN.fullmatch(part.value):
        return part.value
    part.note("not_an_id", "This is not a usable name", "Use a to z, 0 to 9 and _, a letter first")
    return ""


def texts(part: Part) -> dict[str, str]:
    """A flat mapping, key to text."""
    if not isinstance(part.value, dict) or not part.value:
        part.note("not_a_mapping", f"The file is {shape(part.value)}, not keys with texts", "Write `key: text` lines")
        return {}
    found: dict[str, str] = {}
    for key, _ in part.entries():
        if not _TEXT_KEY.fullmatch(key):
            what = f"`{short(key)}` is not a usable key"
            part.at(key).note("not_a_text_key", what, "Use names of a to z, 0 to 9 and _, with dots between")
        found[key] = part.text(key)
    return found


def translation(part: Part) -> dict[TextPath, str]:
    """Every text of a translation file by its place."""
    part = part.keyed(_TRANSLATION_KEYS, what="A translation")
    return dict(_leaves(part))


def _leaves(part: Part) -> Iterator[tuple[TextPath, str]]:
    # Nesting is bounded by the reader of the source.
    for key, inner in part.entries():
        if isinstance(inner.value, dict):
            yield from _leaves(inner)
        elif isinstance(inner.value, str) and inner.value.strip():
            yield tuple(str(step) for step in inner.path), inner.value
        else:
            what = f"`{short(key)}` is {'empty' if inner.value in ('', None) else shape(inner.value)}, not a text"
            inner.note("not_a_text", what, 'Write the text, in quotation marks: "…"')


def _mapping_at(part: Part, key: str, known: tuple[str, ...], *, what: str) -> Part | None:
    if not part.has(key):
        part.note("missing_key", f"`{key}` is missing", f"Add `{key}:` with {', '.join(known)}")
        return None
    return part.at(key).keyed(known, what=what)


def note_repeated(part: Part, key: str, ids: list[str]) -> None:
    """ids: those of the list under the key, in its order."""
    for index, id_ in enumerate(ids):
        if id_ and id_ in ids[:index]:
            place = Part(None, (*part.path, key, index), part.problems)
            place.note("id_used_twice", f"The id `{short(id_)}` is used twice in `{key}`", "Give each an id of its own")


def note_order(part: Part, key: str, schemes: list[tuple[str, date]]) -> None:
    """schemes: id and first day of each in the list under the key."""
    note_repeated(part, key, [id_ for id_, _ in schemes])
    for index, ((before, earlier), (id_, later)) in enumerate(pairwise(schemes), start=1):
        if _NO_DAY not in (earlier, later) and later <= earlier:
            place = Part(None, (*part.path, key, index, "valid_from"), part.problems)
            one = key.removesuffix("s").capitalize()
            what = f"{one} `{short(id_)}` begins on {later}, not after {one.lower()} `{short(before)}` ({earlier})"
            place.note("schemes_overlap", what, f"List {key} by date; each is valid until the next begins")
