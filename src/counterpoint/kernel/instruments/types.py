"""What an instrument is made of."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class Level:
    """What can be said of an item, such as "seen" or "not known". `needs_narrative`: only with words beside it."""

    id: str
    label: str
    needs_narrative: bool


@dataclass(frozen=True, kw_only=True)
class Item:
    id: str
    label: str
    hint: str | None


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """Items that are looked at together and judged apart from the other dimensions."""

    id: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class InstrumentVersion:
    """Valid from a day until the next version's."""

    id: str
    valid_from: date
    levels: tuple[Level, ...]
    dimensions: tuple[Dimension, ...]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for dimension in self.dimensions for item in dimension.items)


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """`about` says what it is for and what it is not."""

    id: str
    title: str
    about: str
    versions: tuple[InstrumentVersion, ...]

    def version_on(self, day: date) -> InstrumentVersion | None:
        """The version in force on a day; None before the first."""
        return next((version for version in reversed(self.versions) if version.valid_from <= day), None)
