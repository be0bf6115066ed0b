"""In texts, braces only make places for values: `{name}`. Anything else would be shown to people as it stands."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.packs.draft import Draft, file_of_texts, file_of_translation
from counterpoint.kernel.packs.pack import PLACE
from counterpoint.kernel.packs.problems import Problem


def places_are_closed(draft: Draft) -> Iterator[Problem]:
    for texts_id, texts in draft.texts.items():
        for key, text in texts.items():
            if _has_stray_brace(text):
                yield _problem(draft, file_of_texts(texts_id), (key,))
    for language, translations in draft.translations.items():
        for path, text in translations.items():
            if path[0] == "texts" and _has_stray_brace(text):
                yield _problem(draft, file_of_translation(language), path)


def _has_stray_brace(text: str) -> bool:
    return bool({"{", "}"} & set(PLACE.sub("", text)))


def _problem(draft: Draft, file: str, path: tuple[str, ...]) -> Problem:
    what = f"The text `{path[-1]}` has a brace that makes no place for a value"
    remedy = "Write {name}, with a to z, 0 to 9 and _; do without other braces"
    return draft.problem(file, path, "stray_brace", what=what, remedy=remedy)
