"""What a jurisdiction may change, as data: read from files, checked as a whole, addressed by its content.

    pack = read_pack(read_folder(Path("packs/england")))     a Pack, or PackProblems with every problem

The shape of a pack: docs/guides/packs.md.
"""

from counterpoint.kernel.packs.archive import NotAPackArchive, files_of_zip, refusals_of, zip_of
from counterpoint.kernel.packs.casework import (
    ConsentAbout,
    ConsentGiver,
    ConsentKind,
    LanePlan,
    LaneRole,
    ProcessPlan,
    StepPlan,
    StepWork,
)
from counterpoint.kernel.packs.difference import Change, FileDifference, difference
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
    "Change",
    "ClosureLevel",
    "ClosureReason",
    "ClosureScheme",
    "ConsentAbout",
    "ConsentGiver",
    "ConsentKind",
    "Direction",
    "FileDifference",
    "Helpline",
    "LanePlan",
    "LaneRole",
    "Language",
    "NotAPackArchive",
    "NotAPackFolder",
    "Pack",
    "PackProblems",
    "Problem",
    "ProcessPlan",
    "StepPlan",
    "StepWork",
    "Uploads",
    "difference",
    "files_of_zip",
    "read_folder",
    "read_pack",
    "refusals_of",
    "zip_of",
]
