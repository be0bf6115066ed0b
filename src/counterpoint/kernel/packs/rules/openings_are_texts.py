"""When a helpline is open is told by a text of the pack, so that it is told in every language."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.questions.document import meant, short


def openings_are_texts(draft: Draft) -> Iterator[Problem]:
    keys = {key for texts in draft.texts.values() for key in texts}
    for index, helpline in enumerate(draft.manifest.helplines if draft.manifest else ()):
        if keys and helpline.opening is not None and helpline.opening not in keys:
            what = f"`opening` names the text `{short(helpline.opening)}`, which no file in texts/ has"
            remedy = f"Add the text, or correct the key{meant(helpline.opening, keys)}"
            place = ("helplines", index, "opening")
            yield draft.problem("pack.yaml", place, "opening_without_text", what=what, remedy=remedy)
