"""A translation has every text of its source and no other, each with the same places for values.

What only staff see may be left out as a whole, because they work in the source language: a question set for
professionals, a form, a process, an instrument, the clocks, a consent. Where a file could not be read, nothing is said
about the translations of its texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from counterpoint.kernel.packs.draft import (
    Draft,
    SourceText,
    file_of_form,
    file_of_instrument,
    file_of_set,
    file_of_translation,
)
from counterpoint.kernel.packs.pack import TextPath
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.rules.required_files import REQUIRED
from counterpoint.kernel.packs.sources import NAMES, source_texts
from counterpoint.kernel.questions.document import meant, short
from counterpoint.kernel.questions.types import Audience

_FOR_STAFF: Final = frozenset({"forms", "consents", "instruments", "processes"})


def translations_fit(draft: Draft) -> Iterator[Problem]:
    sources = source_texts(draft)
    for language, texts in draft.translations.items():
        if file_of_translation(language) in draft.documents:
            yield from _missing(draft, language, sources, texts)
            yield from _superfluous(draft, language, sources, texts)
            yield from _other_names(draft, language, sources, texts)


def _missing(
    draft: Draft, language: str, sources: Mapping[TextPath, SourceText], texts: Mapping[TextPath, str]
) -> Iterator[Problem]:
    """A part that is absent as a whole is told once."""
    file = file_of_translation(language)
    lines = draft.documents[file].lines
    begun = {path[:length] for path in texts for length in (1, 2)}
    absent: Counter[TextPath] = Counter()
    for path in sources:
        if path in texts or path in lines or _may_be_absent(draft, path, begun):
            continue
        absent[next(path[:length] for length in range(1, len(path) + 1) if path[:length] not in lines)] += 1
    for path, count in absent.items():
        place = " > ".join(path)
        what = f"`{place}` is missing" if count == 1 else f"`{place}` is missing, with its {count} texts"
        remedy = "Add it, as docs/guides/packs.md shows under translations"
        yield draft.problem(file, path, "missing_translation", what=what, remedy=remedy)


def _may_be_absent(draft: Draft, path: TextPath, begun: Collection[TextPath]) -> bool:
    """Whether the whole that this text is part of may stay untranslated, and does.
    begun: how the paths of translated texts begin."""
    if path[0] == "clocks":
        return path[:1] not in begun
    is_for_staff = path[0] in _FOR_STAFF
    if path[0] == "question_sets":
        is_for_staff = draft.question_sets[path[1]].audience is not Audience.PUBLIC
    return is_for_staff and path[:2] not in begun


def _superfluous(
    draft: Draft, language: str, sources: Mapping[TextPath, SourceText], texts: Mapping[TextPath, str]
) -> Iterator[Problem]:
    for path in texts:
        if path not in sources and not _source_unreadable(draft, path):
            beside = [source[-1] for source in sources if source[:-1] == path[:-1]]
            what = f"`{short(' > '.join(path[-3:]))}` translates a text that the source does not have"
            remedy = f"Remove it, or correct its key{meant(path[-1], beside)}"
            file = file_of_translation(language)
            yield draft.problem(file, path, "superfluous_translation", what=what, remedy=remedy)


def _source_unreadable(draft: Draft, path: TextPath) -> bool:
    inside = path[1] if len(path) > 1 else ""
    source = {
        "pack": "pack.yaml",
        "texts": f"texts/{inside}.yaml",
        "question_sets": file_of_set(inside),
        "categories": "categories.yaml",
        "closure_reasons": "closure_reasons.yaml",
        "forms": file_of_form(inside),
        "clocks": "clocks.yaml",
        "consents": "consents.yaml",
        "instruments": file_of_instrument(inside),
        "processes": f"processes/{inside}.bpmn",
    }
    file = source.get(path[0])
    # A required file that is missing, or a process that is refused, is a problem of its own.
    refused = path[0] == "processes" and file in draft.files and inside not in draft.processes
    return file is None or refused or file in draft.unreadable or (file in REQUIRED and file not in draft.files)


def _other_names(
    draft: Draft, language: str, sources: Mapping[TextPath, SourceText], texts: Mapping[TextPath, str]
) -> Iterator[Problem]:
    for path, text in texts.items():
        wanted = set(NAMES.findall(sources[path].text)) if path in sources else set()
        found = set(NAMES.findall(text)) if path in sources else set()
        if wanted != found:
            what = f"`{path[-1]}` has the places {_listed(found)}, its source has {_listed(wanted)}"
            file = file_of_translation(language)
            yield draft.problem(file, path, "other_names", what=what, remedy="Use the same names in braces")


def _listed(names: set[str]) -> str:
    return short(", ".join(f"{{{name}}}" for name in sorted(names))) or "none"
