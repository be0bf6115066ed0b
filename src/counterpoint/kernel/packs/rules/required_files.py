"""The files without which no service can run are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem

REQUIRED: Final = (
    "pack.yaml",
    "categories.yaml",
    "closure_reasons.yaml",
    "texts/portal.yaml",
    "decisions/triage.dmn",
    "processes/case.bpmn",
)


def required_files(draft: Draft) -> Iterator[Problem]:
    for file in REQUIRED:
        if file not in draft.files:
            yield Problem(
                file, 0, "missing_file", f"The pack has no {file}", "Add it; docs/guides/packs.md has its shape"
            )
    if not any(file.startswith("question_sets/") and file.endswith(".yaml") for file in draft.files):
        yield Problem("question_sets", 0, "missing_file", "The pack asks nothing", "Add a question set to this folder")
