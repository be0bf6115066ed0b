"""Draws small decision tables for tests: columns and rows in, DMN XML out."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def drawn(
    inputs: Sequence[tuple[str, str] | tuple[str, str, str]],
    outputs: Sequence[tuple[str, str] | tuple[str, str, str]],
    rows: Sequence[Sequence[str]],
    *,
    policy: str = "RULE ORDER",
    namespace: str = NAMESPACE,
) -> bytes:
    """inputs and outputs: (name, type) or (name, type, allowed values). A row: input cells, output cells and, if it
    is one longer than there are columns, an annotation."""
    width = len(inputs) + len(outputs)
    head = f'<definitions xmlns="{namespace}" id="d" name="d" namespace="urn:d">'
    body = f'<decision id="drawn" name="Drawn">\n<decisionTable id="t" hitPolicy="{policy}">'
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', head, body]
    for number, (name, kind, *allowed) in enumerate(inputs):
        values = f"<inputValues><text>{escape(allowed[0])}</text></inputValues>" if allowed else ""
        parts.append(
            f'<input id="i{number}"><inputExpression id="e{number}" typeRef="{kind}"><text>{name}</text>'
            f"</inputExpression>{values}</input>"
        )
    for number, (name, kind, *allowed) in enumerate(outputs):
        values = f"<outputValues><text>{escape(allowed[0])}</text></outputValues>" if allowed else ""
        parts.append(f'<output id="o{number}" name="{name}" typeRef="{kind}">{values}</output>')
    for number, row in enumerate(rows, 1):
        cells = "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in row[: len(inputs)])
        given = "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in row[len(inputs) : width])
        notes = "".join(f"<annotationEntry><text>{escape(note)}</text></annotationEntry>" for note in row[width:])
        parts.append(f'<rule id="r{number}">{cells}{given}{notes}</rule>')
    return "\n".join([*parts, "</decisionTable>\n</decision>\n</definitions>"]).encode()
