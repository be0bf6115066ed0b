"""Every text of an instrument by its place in a translation file, and the instrument in another language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from counterpoint.kernel.instruments import Dimension, Instrument, InstrumentVersion, Item

Texts = Mapping[tuple[str, ...], str]


def texts_of_instrument(instrument: Instrument) -> dict[tuple[str, ...], str]:
    """Keyed ("title",), ("about",), and by version ("2026", "levels", id), ("2026", "dimensions", id),
    ("2026", "items", id, "label") and so on."""
    found: dict[tuple[str, ...], str] = {("title",): instrument.title, ("about",): instrument.about}
    for version in instrument.versions:
        found |= {(version.id, "levels", level.id): level.label for level in version.levels}
        found |= {(version.id, "dimensions", one.id): one.title for one in version.dimensions}
        for item in version.items:
            found[version.id, "items", item.id, "label"] = item.label
            if item.hint is not None:
                found[version.id, "items", item.id, "hint"] = item.hint
    return found


def in_language(instrument: Instrument, texts: Texts) -> Instrument:
    """The same instrument with these texts; where one is missing, its own stays."""
    return replace(
        instrument,
        title=texts.get(("title",), instrument.title),
        about=texts.get(("about",), instrument.about),
        versions=tuple(_version(version, texts) for version in instrument.versions),
    )


def _version(version: InstrumentVersion, texts: Texts) -> InstrumentVersion:
    levels = (replace(one, label=texts.get((version.id, "levels", one.id), one.label)) for one in version.levels)
    dimensions = tuple(_dimension(version.id, one, texts) for one in version.dimensions)
    return replace(version, levels=tuple(levels), dimensions=dimensions)


def _dimension(version_id: str, dimension: Dimension, texts: Texts) -> Dimension:
    title = texts.get((version_id, "dimensions", dimension.id), dimension.title)
    return replace(dimension, title=title, items=tuple(_item(version_id, item, texts) for item in dimension.items))


def _item(version_id: str, item: Item, texts: Texts) -> Item:
    place = (version_id, "items", item.id)
    hint = None if item.hint is None else texts.get((*place, "hint"), item.hint)
    return replace(item, label=texts.get((*place, "label"), item.label), hint=hint)
