"""From bytes to an XML tree, within this library's limits and in its own error."""

from lxml import etree

from counterpoint.kernel import markup

from .problems import TableProblems

MAX_BYTES = 2_000_000
_KIND = markup.Kind(language="DMN", thing="decision table", max_bytes=MAX_BYTES, max_elements=120_000)


def read_tree(xml: bytes) -> etree._Element:
    """The root element, with line numbers. Raises TableProblems when the file cannot be read safely."""
    try:
        return markup.read_tree(xml, _KIND)
    except markup.NotUsable as error:
        raise TableProblems([error.problem]) from None
