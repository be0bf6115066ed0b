"""What a jurisdiction may change, as data: read from files, checked as a whole, addressed by its content.

    pack = read_pack(read_folder(Path("packs/england")))     a Pack, or PackProblems with every problem

The shape of a pack: docs/guides/packs.md.
"""

from counterpoint.kernel.packs.folder import read_folder
from counterpoint.kernel.packs.pack import (
    Category,
    CategoryScheme,
    ClosureLevel,
    ClosureReason,
    ClosureScheme,
    Direction,
    Helpline,
    Language,
    Pack,
    Uploads,
)
from counterpoint.kernel.packs.problems import NotAPackFolder, PackProblems, Problem
from counterpoint.kernel.packs.reading import read_pack
from counterpoint.kernel.packs.rules.facts_are_given import SERVICE_FACTS

__all__ = [
    "SERVICE_FACTS",
    "Category",
    "CategoryScheme",
    "ClosureLevel",
    "ClosureReason",
    "ClosureScheme",
    "Direction",
    "Helpline",
    "Language",
    "NotAPackFolder",
    "Pack",
    "PackProblems",
    "Problem",
    "Uploads",
    "read_folder",
    "read_pack",
]
