"""Every file of a pack is one that is used, under a plain name: a misnamed file would be left out in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.questions.document import meant, short

_KNOWN: Final = re.compile(
    r"(pack|categories|closure_reasons|clocks|consents)\.yaml|README\.md"
    r"|(question_sets|texts|forms|steps|holidays|instruments)/[a-z][a-z0-9_]*\.yaml|translations/[A-Za-z0-9-]+\.yaml"
    r"|decisions/[a-z][a-z0-9_]*\.dmn|processes/[a-z][a-z0-9_]*\.bpmn"
)
_PLACES: Final = (
    "pack.yaml",
    "categories.yaml",
    "closure_reasons.yaml",
    "clocks.yaml",
    "consents.yaml",
    "holidays/<calendar>.yaml",
    "question_sets/<id>.yaml",
    "forms/<id>.yaml",
    "steps/<process>.yaml",
    "instruments/<id>.yaml",
    "texts/<id>.yaml",
    "translations/<language>.yaml",
    "decisions/<id>.dmn",
    "processes/<id>.bpmn",
)


def has_a_place(file: str) -> bool:
    """Whether a pack uses a file of this path."""
    return _KNOWN.fullmatch(file) is not None


def files_are_known(draft: Draft) -> Iterator[Problem]:
    for file in sorted(draft.files):
        if not has_a_place(file):
            remedy = f"Remove it, or name it as one of: {', '.join(_PLACES)}{meant(file, _PLACES)}"
            yield Problem(short(file), 0, "stray_file", "A pack has no place for this file", remedy)
