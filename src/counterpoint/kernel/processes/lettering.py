"""Text in a drawing: how wide it is, and where its lines break. SVG wraps nothing by itself."""

import unicodedata

FONT_SIZE = 12
LINE_HEIGHT = 14
_NARROW = frozenset("iljftrI.,:;!|'()[] ")
_WIDE_LETTERS = frozenset("mwMW@%—")


def width_of(text: str) -> float:
    """Roughly, in the units of the drawing: no font is at hand, so letters are counted as narrow, wide or plain."""
    return sum(_width(character) for character in text)


def _width(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return float(FONT_SIZE)
    if character in _NARROW:
        return FONT_SIZE * 0.32
    return FONT_SIZE * (0.85 if character in _WIDE_LETTERS or character.isupper() else 0.57)


def wrapped(text: str, *, width: float, lines: int) -> tuple[str, ...]:
    """The text in at most so many lines of this width; what does not fit ends in an ellipsis. A word that is wider
    than the line is cut."""
    made: list[str] = []
    for word in text.split():
        for part in _cut(word, width):
            if made and width_of(f"{made[-1]} {part}") <= width:
                made[-1] = f"{made[-1]} {part}"
            else:
                made.append(part)
    if len(made) <= lines:
        return tuple(made)
    kept = made[:lines]
    while kept[-1] and width_of(kept[-1] + "…") > width:
        kept[-1] = kept[-1][:-1].rstrip()
    return (*kept[:-1], kept[-1] + "…")


def _cut(word: str, width: float) -> list[str]:
    parts = [""]
    for character in word:
        if parts[-1] and width_of(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts
