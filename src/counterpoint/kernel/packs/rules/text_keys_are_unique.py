"""A text is found by its key alone, so no key is in two files."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.packs.draft import Draft, file_of_texts
from counterpoint.kernel.packs.problems import Problem


def text_keys_are_unique(draft: Draft) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for texts_id, texts in draft.texts.items():
        for key in texts:
            other = first.setdefault(key, texts_id)
            if other != texts_id:
                what = f"The text `{key}` is in {file_of_texts(other)} as well"
                remedy = "Keep one of the two, or rename one"
                yield draft.problem(file_of_texts(texts_id), (key,), "text_key_in_two_files", what=what, remedy=remedy)
