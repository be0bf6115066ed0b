"""Every text of a draft in the source language, by its place in a translation file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from counterpoint.kernel.packs import engines
from counterpoint.kernel.packs.draft import (
    Draft,
    SourceText,
    file_of_form,
    file_of_instrument,
    file_of_set,
    file_of_texts,
)
from counterpoint.kernel.packs.instrument_texts import texts_of_instrument
from counterpoint.kernel.packs.pack import TextPath
from counterpoint.kernel.questions.problems import Path
from counterpoint.kernel.questions.rules import places
from counterpoint.kernel.questions.texts import texts_of
from counterpoint.kernel.questions.types import QuestionSet

_MARKDOWN_PARTS: Final = frozenset({"intro"})
NAMES: Final = re.compile(r"\{([^{}]*)\}")


def source_texts(draft: Draft) -> dict[TextPath, SourceText]:
    return {
        **_pack_texts(draft),
        **dict(_portal_texts(draft)),
        **dict(_set_texts("question_sets", draft.question_sets, file_of_set)),
        **dict(_set_texts("forms", draft.forms, file_of_form)),
        **dict(_casework_texts(draft)),
        **dict(_category_texts(draft)),
        **dict(_closure_texts(draft)),
    }


def _pack_texts(draft: Draft) -> dict[TextPath, SourceText]:
    if draft.manifest is None:
        return {}
    return {("pack", "title"): SourceText(draft.manifest.title, "pack.yaml", ("title",))}


def _portal_texts(draft: Draft) -> Iterator[tuple[TextPath, SourceText]]:
    for texts_id, texts in draft.texts.items():
        for key, text in texts.items():
            yield ("texts", texts_id, key), SourceText(text, file_of_texts(texts_id), (key,), is_markdown=True)


def _set_texts(
    folder: str, sets: Mapping[str, QuestionSet], file_of: Callable[[str], str]
) -> Iterator[tuple[TextPath, SourceText]]:
    for set_id, question_set in sets.items():
        where = _places(question_set)
        for path, text in texts_of(question_set).items():
            place = where.get(path[:2], ()) + path[2:3] if len(path) > 1 else path
            markdown = path[-1] in _MARKDOWN_PARTS
            yield (folder, set_id, *path), SourceText(text, file_of(set_id), place, is_markdown=markdown)


def _casework_texts(draft: Draft) -> Iterator[tuple[TextPath, SourceText]]:
    for number, rule in enumerate(draft.clocks.rules):
        yield ("clocks", rule.id), SourceText(rule.title, "clocks.yaml", ("clocks", number, "title"))
    for number, reason in enumerate(draft.clocks.pause_reasons):
        place = ("pause_reasons", number, "label")
        yield ("clocks", "pause_reasons", reason.id), SourceText(reason.label, "clocks.yaml", place)
    for number, consent in enumerate(draft.consents):
        for key, text in (("title", consent.title), ("explained", consent.explained)):
            source = SourceText(text, "consents.yaml", ("consents", number, key), is_markdown=key == "explained")
            yield ("consents", consent.id, key), source
    for instrument_id, instrument in draft.instruments.items():
        for path, text in texts_of_instrument(instrument).items():
            yield ("instruments", instrument_id, *path), SourceText(text, file_of_instrument(instrument_id), ())
    for process_id, process in draft.processes.items():
        for named, (text, _) in engines.named_elements(process).items():
            yield ("processes", process_id, *named), SourceText(text, f"processes/{process_id}.bpmn", ())


def _places(question_set: QuestionSet) -> dict[TextPath, Path]:
    """From the place of a part in a translation to its place in its own document."""
    found: dict[TextPath, Path] = {}
    found |= {("sections", part.id): path for path, part in places.sections(question_set)}
    found |= {("pages", part.id): path for path, part in places.pages(question_set)}
    found |= {("questions", part.id): path for path, part in places.questions(question_set)}
    return found


def _category_texts(draft: Draft) -> Iterator[tuple[TextPath, SourceText]]:
    for number, scheme in enumerate(draft.category_schemes):
        for index, category in enumerate(scheme.categories):
            path = ("schemes", number, "categories", index, "label")
            yield ("categories", scheme.id, category.id), SourceText(category.label, "categories.yaml", path)


def _closure_texts(draft: Draft) -> Iterator[tuple[TextPath, SourceText]]:
    for number, scheme in enumerate(draft.closure_schemes):
        for index, reason in enumerate(scheme.reasons):
            path = ("schemes", number, "reasons", index)
            place = ("closure_reasons", scheme.id, reason.id)
            file = "closure_reasons.yaml"
            yield (*place, "label"), SourceText(reason.label, file, (*path, "label"))
            if reason.tell_reporter is not None:
                told = SourceText(reason.tell_reporter, file, (*path, "tell_reporter"), is_markdown=True)
                yield (*place, "tell_reporter"), told
