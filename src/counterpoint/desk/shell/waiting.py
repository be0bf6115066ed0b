"""What waits for a person, told by the folders that know: `counterpoint.desk.apps` adds a source for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from counterpoint.access.models import Staff


@dataclass(frozen=True)
class Waiting:
    """One line of the first page: how many of what, counted up to `cap`, and where to find them. `words`: what stands
    there in the place of a number."""

    what: str
    count: int
    href: str
    cap: int = 100
    is_pressing: bool = False
    words: str = ""

    @property
    def number(self) -> str:
        """The count as people read it, or the words."""
        if self.words:
            return self.words
        return f"{self.cap} or more" if self.count >= self.cap else str(self.count)


Source = Callable[[Staff], Sequence[Waiting]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Have the first page ask `source` too. Safe to run twice."""
    if source not in _sources:
        _sources.append(source)


def what_waits_for(viewer: Staff) -> Sequence[Waiting]:
    """Every line of every source, in the order in which they were added."""
    return [line for source in _sources for line in source(viewer)]
