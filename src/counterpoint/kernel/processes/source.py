"""From bytes to an XML tree, within this library's limits and in its own error."""

from lxml import etree

from counterpoint.kernel import markup

from .problems import ProcessProblems

MAX_BYTES = 1_000_000
_KIND = markup.Kind(language="BPMN", thing="process", max_bytes=MAX_BYTES, max_elements=20_000)


def read_tree(xml: bytes) -> etree._Element:
    """The root element, with line numbers. Raises ProcessProblems when the file cannot be read safely."""
    try:
        return markup.read_tree(xml, _KIND)
    except markup.NotUsable as error:
        raise ProcessProblems([error.problem]) from None
