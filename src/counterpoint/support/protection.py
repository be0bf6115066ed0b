"""Small-number protection for tables of counts: everything is rounded, and no small number can be worked out.

Every number is rounded by itself to the nearest 5, totals too, so a shown 0 stands for 0 to 2 and a shown 5 for 3 to 7.
That alone is not enough: where many small numbers stand beside a total, the total can give them away (four cells
shown as 0 under a total shown as 10 can only be 2 each). So for each number from 1 to 4 another set of counts is looked
for, one person more or less here or there, in which this number is different and every figure on the page is the same.
Where there is none, the figures that stand in the way are left out. docs/decisions/0037 says why this way.

Pure: counts in, figures out. What is counted: `counterpoint.support.selectors.monitoring`.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

BASE = 5

Atom = TypeVar("Atom", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)


def rounded(count: int) -> int:
    """The nearest multiple of BASE."""
    return (count + BASE // 2) // BASE * BASE


def is_small(count: int) -> bool:
    """Whether a count could single somebody out."""
    return 0 < count < BASE


def protect(counts: Mapping[Atom, int], numbers: Mapping[Key, frozenset[Atom]]) -> Mapping[Key, int | None]:
    """What may be shown of each number; None where it is left out.

    counts: whole people by the finest group, the empty groups too. numbers: every figure of the page, of all its tables
    and periods, as the groups that it adds up; figures that are not given here together are not protected against each
    other. The same counts in the same order give the same figures."""
    work = _Protecting(
        counts=counts,
        values={key: sum(counts[atom] for atom in atoms) for key, atoms in numbers.items()},
        holding=_numbers_by_atom(counts, numbers),
        left_out=set(),
    )
    for key, atoms in numbers.items():
        if is_small(work.values[key]) and not work.has_another(atoms):
            work.left_out |= work.least_in_the_way(atoms)
    return {key: None if key in work.left_out else rounded(value) for key, value in work.values.items()}


def _numbers_by_atom(counts: Mapping[Atom, int], numbers: Mapping[Key, frozenset[Atom]]) -> dict[Atom, list[Key]]:
    """In the order of the counts, since sets have none of their own."""
    found: dict[Atom, list[Key]] = {atom: [] for atom in counts}
    for key, atoms in numbers.items():
        for atom in atoms:
            found[atom].append(key)
    return found


@dataclass
class _Protecting(Generic[Atom, Key]):
    """Leaving out more only ever helps, so a number that was found safe stays so."""

    counts: Mapping[Atom, int]
    values: Mapping[Key, int]
    holding: Mapping[Atom, list[Key]]
    left_out: set[Key]

    def has_another(self, atoms: frozenset[Atom]) -> bool:
        """Whether the same figures could come of counts in which the number of these groups is another one."""
        outside = [atom for atom in self.holding if atom not in atoms]
        return any(
            self._looks_the_same({atom: by}) or any(self._looks_the_same({atom: by, other: -by}) for other in outside)
            for atom in self._in_order(atoms)
            for by in (1, -1)
        )

    def least_in_the_way(self, atoms: frozenset[Atom]) -> set[Key]:
        """The fewest figures that tell these counts from those with one person more, or one less, in one group."""
        moves = [{atom: by} for atom in self._in_order(atoms) for by in (1, -1) if self.counts[atom] + by >= 0]
        return min((set(self._changed(move)) for move in moves), key=len)

    def _in_order(self, atoms: frozenset[Atom]) -> list[Atom]:
        return [atom for atom in self.holding if atom in atoms]

    def _looks_the_same(self, move: Mapping[Atom, int]) -> bool:
        possible = all(self.counts[atom] + by >= 0 for atom, by in move.items())
        return possible and next(self._changed(move), None) is None

    def _changed(self, move: Mapping[Atom, int]) -> Iterator[Key]:
        """The shown figures that would be others."""
        by_key: Counter[Key] = Counter()
        for atom, by in move.items():
            for key in self.holding[atom]:
                by_key[key] += by
        for key, by in by_key.items():
            value = self.values[key]
            if key not in self.left_out and rounded(value + by) != rounded(value):
                yield key
