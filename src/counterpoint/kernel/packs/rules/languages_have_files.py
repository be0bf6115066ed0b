"""Every language but the source has its translation file, and every such file its language."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.packs.draft import Draft, file_of_translation
from counterpoint.kernel.packs.problems import Problem


def languages_have_files(draft: Draft) -> Iterator[Problem]:
    if draft.manifest is None:
        return
    listed = {language.id for language in draft.manifest.languages if language.id}
    for index, language in enumerate(draft.manifest.languages):
        file = file_of_translation(language.id)
        if language.id and language.id != draft.manifest.source_language and file not in draft.files:
            what = f"{file} is missing, so nothing is told in {language.name}"
            remedy = "Add it, or remove the language"
            yield draft.problem("pack.yaml", ("languages", index), "missing_translation_file", what=what, remedy=remedy)
    for language_id in draft.translations:
        if language_id not in listed - {draft.manifest.source_language}:
            what = f"`{language_id}` is not among the languages of the pack, or is its source language"
            remedy = "Add it to `languages` in pack.yaml, or remove the file"
            yield Problem(file_of_translation(language_id), 0, "translation_without_language", what, remedy)
