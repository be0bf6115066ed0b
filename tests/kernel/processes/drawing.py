"""Draws small processes for tests: nodes and flows in, BPMN XML out, everything in one lane and on a grid."""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "step": "userTask",
    "one": "exclusiveGateway",
    "all": "parallelGateway",
}
DEFAULT = "otherwise"


_KIND = re.compile(r"(\w+)(?: of (\w+))?(?: on (\w+))?(?: in (\w+))?")


def drawn(nodes: Mapping[str, str], flows: Sequence[tuple[str, str] | tuple[str, str, str]]) -> bytes:
    """nodes: id to kind (start, end, step, one, all, stage, timer, `message of M`); an event at the edge of another
    says `on` which, a node inside a stage `in` which. flows: (from, to) or (from, to, condition or DEFAULT)."""
    named = [(f"f{number}", *flow) for number, flow in enumerate(flows)]
    defaults = {source: flow_id for flow_id, source, _, *rest in named if rest == [DEFAULT]}
    parsed = {node_id: _KIND.fullmatch(kind).groups() for node_id, kind in nodes.items()}
    messages = dict.fromkeys(message for _, message, _, _ in parsed.values() if message)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<definitions xmlns="{BPMN}" xmlns:bpmndi="{DI}" xmlns:dc="{DC}" xmlns:di="{DD}" targetNamespace="urn:test">',
        *(f'<message id="{message}" name="{message}" />' for message in messages),
        '<process id="drawn" name="Drawn">',
        '<laneSet id="lanes"><lane id="lane" name="Case officer">',
        *(f"<flowNodeRef>{node_id}</flowNodeRef>" for node_id in nodes if parsed[node_id][3] is None),
        "</lane></laneSet>",
        *_inside(None, parsed, named, defaults),
    ]
    parts += ["</process>", "<bpmndi:BPMNDiagram><bpmndi:BPMNPlane>", _shape("lane", 0, 0, 4000, 200)]
    parts += [_shape(node_id, 50 + 150 * number, 50, 100, 80) for number, node_id in enumerate(nodes)]
    for flow_id, *_ in named:
        points = '<di:waypoint x="0" y="0"/><di:waypoint x="10" y="0"/>'
        parts.append(f'<bpmndi:BPMNEdge bpmnElement="{flow_id}">{points}</bpmndi:BPMNEdge>')
    return "\n".join([*parts, "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>", "</definitions>"]).encode()


def _inside(stage, parsed, named, defaults):
    """The elements of the process, or of one stage."""
    for node_id, (kind, message, host, within) in parsed.items():
        if within != stage:
            continue
        attributes = f'id="{node_id}" name={quoteattr(node_id.replace("_", " "))}'
        if node_id in defaults:
            attributes += f' default="{defaults[node_id]}"'
        if kind in ("timer", "message"):
            element = "boundaryEvent" if host else "intermediateCatchEvent"
            attached = f' attachedToRef="{host}"' if host else ""
            reference = f' messageRef="{message}"' if message else ""
            yield f"<{element} {attributes}{attached}><{kind}EventDefinition{reference} /></{element}>"
        elif kind == "stage":
            yield f"<subProcess {attributes}>"
            yield from _inside(node_id, parsed, named, defaults)
            yield "</subProcess>"
        else:
            yield f"<{KINDS[kind]} {attributes} />"
    for flow_id, source, target, *rest in named:
        # Out of place flows are drawn too: the reader must refuse them.
        if (parsed[source][3] if source in parsed else None) != stage:
            continue
        opening = f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}"'
        condition = "".join(rest) if rest != [DEFAULT] else ""
        expression = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
        yield f"{opening}>{expression}</sequenceFlow>"


def _shape(element: str, x: int, y: int, width: int, height: int) -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<bpmndi:BPMNShape bpmnElement="{element}">{bounds}</bpmndi:BPMNShape>'
