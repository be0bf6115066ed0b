"""Texts, their translations included, hold only Markdown that is safe on a public page."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.packs.draft import Draft, file_of_translation
from counterpoint.kernel.packs.markdown import faults
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.sources import source_texts


def markdown_is_safe(draft: Draft) -> Iterator[Problem]:
    sources = source_texts(draft)
    for source in sources.values():
        if source.is_markdown:
            for code, what, remedy in faults(source.text):
                yield draft.problem(source.file, source.path, code, what=what, remedy=remedy)
    for language, translations in draft.translations.items():
        for path, text in translations.items():
            if path in sources and sources[path].is_markdown:
                for code, what, remedy in faults(text):
                    yield draft.problem(file_of_translation(language), path, code, what=what, remedy=remedy)
