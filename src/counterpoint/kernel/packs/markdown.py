"""Which Markdown a pack's texts may hold: CommonMark without HTML, images or links that leave by anything unsafe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SCHEMES: Final = frozenset({"https", "tel", "sms", "mailto"})


def faults(text: str) -> Iterator[tuple[str, str, str]]:
    """Code, what and remedy of everything that the text may not hold."""
    for token in _flat(_parser().parse(text)):
        if token.type in {"html_block", "html_inline"}:
            yield "html_in_text", "This text has HTML in it", "Use Markdown; write `\\<` for the sign <"
        elif token.type == "image":
            yield "image_in_text", "This text has an image in it", "Remove it; a page loads nothing from elsewhere"
        elif token.type == "link_open" and (fault := _link_fault(str(token.attrGet("href") or ""))):
            yield fault


def _link_fault(address: str) -> tuple[str, str, str] | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "link_not_allowed", "A link in this text is no address", "Write the address anew"
    relative = not parts.scheme and not parts.netloc
    # Browsers read a backslash as a slash, so `/\host` would leave the site.
    if (relative or parts.scheme in SCHEMES) and "%5C" not in address.upper()[:8]:
        return None
    return (
        "link_not_allowed",
        "A link in this text begins with something other than https:, tel:, sms: or mailto:",
        "Use one of these, or a path of this site such as /help",
    )


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    # The parser's own test would turn a bad link back into text, and nobody would be told.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005 - its signature
    return parser
