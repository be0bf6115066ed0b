"""The hardened way from bytes that people upload to an XML tree: nothing is expanded, fetched or unbounded.

Below the libraries that read tables and processes; knows neither.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from defusedxml import ElementTree as SafeElementTree
from defusedxml.common import DefusedXmlException
from lxml import etree


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: `line` in the file (0 where there is none), what it is, and what to do about it."""

    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what} {self.remedy}" if self.line else f"{self.what} {self.remedy}"


@dataclass(frozen=True)
class Kind:
    """What the file is to be, in words for messages, and how large it may be."""

    language: str  # "DMN", "BPMN"
    thing: str  # "decision table", "process"
    max_bytes: int
    max_elements: int
    max_depth: int = 40


class NotUsable(Exception):
    """The bytes are too many, too deep, not XML, or declare a document type; `problem` says which."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_tree(xml: bytes, kind: Kind) -> etree._Element:
    """The root element, with line numbers; comments and processing instructions are gone. Raises NotUsable."""
    if len(xml) > kind.max_bytes:
        what = f"The file is larger than {kind.max_bytes:,} bytes."
        raise NotUsable(Problem(0, what, f"Split the {kind.thing} into smaller ones."))
    _check_with_expat(xml, kind)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _not_xml(getattr(error, "lineno", 0) or 0, kind) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _declares_type(kind)
    _check_size(root, kind)
    return root


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def namespace(element: etree._Element) -> str:
    """The element's namespace, "" where it has none."""
    return etree.QName(element).namespace or ""


def line_of(element: etree._Element) -> int:
    """The line on which the element begins, 0 where it is not known."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def _check_with_expat(xml: bytes, kind: Kind) -> None:
    # Two parsers, because a document type must be refused before the second one acts on it.
    try:
        SafeElementTree.fromstring(xml, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise _declares_type(kind) from None
    except (SafeElementTree.ParseError, ValueError, LookupError) as error:
        raise _not_xml(getattr(error, "position", (0, 0))[0], kind) from None


def _declares_type(kind: Kind) -> NotUsable:
    remedy = f"Save it again as plain {kind.language} XML without <!DOCTYPE …> and <!ENTITY …>."
    return NotUsable(Problem(1, "The file declares a document type or entities.", remedy))


def _not_xml(line: int, kind: Kind) -> NotUsable:
    remedy = f"Open it in a {kind.language} modeller and save it again."
    return NotUsable(Problem(line, "The file is not well-formed XML.", remedy))


def _check_size(root: etree._Element, kind: Kind) -> None:
    for elements, (element, depth) in enumerate(_with_depth(root), 1):
        if depth > kind.max_depth or elements > kind.max_elements:
            limits = f"{kind.max_depth} levels or has more than {kind.max_elements:,} elements"
            remedy = f"A {kind.thing} needs neither; split or simplify it."
            raise NotUsable(Problem(line_of(element), f"The file is nested deeper than {limits}.", remedy))


def _with_depth(root: etree._Element) -> Iterator[tuple[etree._Element, int]]:
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        yield element, depth
        waiting.extend((child, depth + 1) for child in element)
