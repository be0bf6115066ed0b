"""The hardened way from bytes to an XML tree: nothing is expanded, fetched or unbounded."""

from collections.abc import Iterator

from defusedxml import ElementTree as SafeElementTree
from defusedxml.common import DefusedXmlException
from lxml import etree

from .problems import Problem, ProcessProblems

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_ELEMENTS = 20_000

_REFUSED_DTD = Problem(
    1,
    "The file declares a document type or entities.",
    "Save it again as plain BPMN XML without <!DOCTYPE …> and <!ENTITY …>.",
)


def read_tree(xml: bytes) -> etree._Element:
    """The root element, with line numbers; comments and processing instructions are gone.
    Raises ProcessProblems when the bytes are too many, too deep, not XML, or declare a document type."""
    if len(xml) > MAX_BYTES:
        raise ProcessProblems(
            [Problem(0, f"The file is larger than {MAX_BYTES:,} bytes.", "Split the process into smaller ones.")]
        )
    _check_with_expat(xml)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ProcessProblems([_not_xml(getattr(error, "lineno", 0) or 0)]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ProcessProblems([_REFUSED_DTD])
    _check_size(root)
    return root


def _check_with_expat(xml: bytes) -> None:
    # Two parsers, because a document type must be refused before the second one acts on it.
    try:
        SafeElementTree.fromstring(xml, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise ProcessProblems([_REFUSED_DTD]) from None
    except (SafeElementTree.ParseError, ValueError, LookupError) as error:
        raise ProcessProblems([_not_xml(getattr(error, "position", (0, 0))[0])]) from None


def _not_xml(line: int) -> Problem:
    return Problem(line, "The file is not well-formed XML.", "Open it in a BPMN modeller and save it again.")


def _check_size(root: etree._Element) -> None:
    for elements, (element, depth) in enumerate(_with_depth(root), 1):
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
            line = line_of(element)
            what = f"The file is nested deeper than {MAX_DEPTH} levels or has more than {MAX_ELEMENTS:,} elements."
            raise ProcessProblems([Problem(line, what, "A process needs neither; split or simplify it.")])


def _with_depth(root: etree._Element) -> Iterator[tuple[etree._Element, int]]:
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        yield element, depth
        waiting.extend((child, depth + 1) for child in element)


def local_name(element: etree._Element) -> str:
    return etree.QName(element).localname


def namespace(element: etree._Element) -> str:
    return etree.QName(element).namespace or ""


def line_of(element: etree._Element) -> int:
    """The line on which the element begins, 0 where it is not known."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0
