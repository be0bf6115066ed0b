"""Draws small processes for tests: nodes and flows in, BPMN XML out, everything in one lane and on a grid."""

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


def drawn(nodes: Mapping[str, str], flows: Sequence[tuple[str, str] | tuple[str, str, str]]) -> bytes:
    """nodes: id to kind (start, end, step, one, all). flows: (from, to) or (from, to, condition or DEFAULT)."""
    named = [(f"f{number}", *flow) for number, flow in enumerate(flows)]
    defaults = {source: flow_id for flow_id, source, _, *rest in named if rest == [DEFAULT]}
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<definitions xmlns="{BPMN}" xmlns:bpmndi="{DI}" xmlns:dc="{DC}" xmlns:di="{DD}" targetNamespace="urn:test">',
        '<process id="drawn" name="Drawn">',
        '<laneSet id="lanes"><lane id="lane" name="Case officer">',
        *(f"<flowNodeRef>{node_id}</flowNodeRef>" for node_id in nodes),
        "</lane></laneSet>",
    ]
    for node_id, kind in nodes.items():
        default = f' default="{defaults[node_id]}"' if node_id in defaults else ""
        parts.append(f'<{KINDS[kind]} id="{node_id}" name={quoteattr(node_id.replace("_", " "))}{default} />')
    for flow_id, source, target, *rest in named:
        opening = f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}"'
        condition = "".join(rest) if rest != [DEFAULT] else ""
        expression = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
        parts.append(f"{opening}>{expression}</sequenceFlow>")
    parts += ["</process>", "<bpmndi:BPMNDiagram><bpmndi:BPMNPlane>", _shape("lane", 0, 0, 4000, 200)]
    parts += [_shape(node_id, 50 + 150 * number, 50, 100, 80) for number, node_id in enumerate(nodes)]
    for flow_id, *_ in named:
        points = '<di:waypoint x="0" y="0"/><di:waypoint x="10" y="0"/>'
        parts.append(f'<bpmndi:BPMNEdge bpmnElement="{flow_id}">{points}</bpmndi:BPMNEdge>')
    return "\n".join([*parts, "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>", "</definitions>"]).encode()


def _shape(element: str, x: int, y: int, width: int, height: int) -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<bpmndi:BPMNShape bpmnElement="{element}">{bounds}</bpmndi:BPMNShape>'
