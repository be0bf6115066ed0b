"""BPMN XML in, a checked process out. Only what is named here is understood; all else is refused with its reason."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lxml import etree

from counterpoint.kernel.markup import Problem, line_of, local_name, namespace

from .conditions import ConditionError, parse_condition
from .model import Box, Drawing, Flow, Lane, Node, NodeKind, Process, Trigger
from .problems import ProcessProblems
from .soundness import Finding, problems_of_ways, reopenable_stages
from .source import read_tree
from .tokens import stages_around

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMN_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

MAX_NODES = 400
MAX_STAGES_DEEP = 5
MAX_COORDINATE = 100_000

_NODE_KINDS = {kind.value: kind for kind in NodeKind}
_ARTIFACTS = frozenset({"sequenceFlow", "textAnnotation", "association", "documentation"})
_IN_A_STAGE = frozenset({*_NODE_KINDS, *_ARTIFACTS, "incoming", "outgoing"})
_IN_THE_PROCESS = frozenset({*_NODE_KINDS, *_ARTIFACTS, "laneSet"})
_TRIGGERS = {"timerEventDefinition": Trigger.TIMER, "messageEventDefinition": Trigger.MESSAGE}
_RUNS_CODE = "It runs code or calls a machine."
_USER_TASK = "Make it a user task that a person does."
_EVENTS = "Only timers and messages are supported, in the middle of a way or at the edge of a step or stage."
_GATEWAYS = "Use exclusive and parallel gateways."
_OTHER_FILE = "It starts another process."
_INSIDE = "Draw its steps in the process itself."
_REFUSED: Mapping[str, tuple[str, str]] = {
    "scriptTask": (_RUNS_CODE, _USER_TASK),
    "serviceTask": (_RUNS_CODE, _USER_TASK),
    "businessRuleTask": (_RUNS_CODE, "Use a decision table of the pack, and a user task that confirms it."),
    "sendTask": (_RUNS_CODE, _USER_TASK),
    "receiveTask": ("It waits for a machine.", "Use a message event, or a user task."),
    "task": ("It does not say who does it.", _USER_TASK),
    "manualTask": ("Nobody could tell that it is done.", _USER_TASK),
    "callActivity": (_OTHER_FILE, _INSIDE),
    "adHocSubProcess": ("Processes inside a process are not supported.", _INSIDE),
    "transaction": ("Processes inside a process are not supported.", _INSIDE),
    "inclusiveGateway": ("Which ways it waits for is hard to read.", _GATEWAYS),
    "complexGateway": ("Which ways it waits for is hard to read.", _GATEWAYS),
    "eventBasedGateway": ("Which way it takes is hard to read.", "Put an event at the edge of a step or stage."),
    "intermediateThrowEvent": (_EVENTS, "Remove it."),
    "extensionElements": ("It may carry scripts for other programs.", "Remove it."),
    "multiInstanceLoopCharacteristics": ("Repeated tasks hold expressions.", "Draw the loop with a gateway."),
    "standardLoopCharacteristics": ("Repeated tasks hold expressions.", "Draw the loop with a gateway."),
    "dataObject": ("Data objects are not supported.", "Record values with the step."),
    "dataObjectReference": ("Data objects are not supported.", "Record values with the step."),
    "dataStoreReference": ("Data stores are not supported.", "Record values with the step."),
    "ioSpecification": ("Data associations hold expressions.", "Record values with the step."),
    "import": ("It reads another file.", "Remove it."),
}
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_TYPE = f"{{{XSI}}}type"


def read_process(xml: bytes) -> Process:
    """The checked process of a BPMN 2.0 file. Raises ProcessProblems with all that is wrong."""
    root = read_tree(xml)
    return _Reading(root, hashlib.sha256(xml).hexdigest()).process()


class _Reading:
    """Collects problems while it reads, so that an author sees all of them at once."""

    def __init__(self, root: etree._Element, process_hash: str) -> None:
        self._root = root
        self._hash = process_hash
        self._problems: list[Problem] = []
        self._stages: dict[str, etree._Element] = {}

    def _add(self, element: etree._Element, what: str, remedy: str) -> None:
        self._problems.append(Problem(line_of(element), what, remedy))

    def _stop_if_wrong(self) -> None:
        if self._problems:
            raise ProcessProblems(self._problems)

    def process(self) -> Process:
        element = self._process_element()
        self._refuse(element, _IN_THE_PROCESS)
        self._check_attributes(element)
        messages = self._messages()
        nodes = self._nodes(element)
        self._check_events(nodes, messages)
        flows = self._flows(element, nodes)
        lanes = self._lanes(element, nodes)
        notes = self._notes(element)
        pool = self._pool()
        drawing = self._drawing(notes)
        self._check_drawn(element, drawing, [*nodes, *(lane.id for lane in lanes), *notes], [f.id for f in flows])
        process = Process(
            id=element.get("id") or "process",
            name=element.get("name") or (pool[1] if pool else "") or element.get("id") or "",
            hash=self._hash,
            pool=pool,
            nodes=nodes,
            flows=tuple(flows),
            lanes=tuple(lanes),
            drawing=drawing,
            messages=messages,
        )
        self._stop_if_wrong()
        self._problems += [_placed(finding, process) for finding in problems_of_ways(process)]
        self._stop_if_wrong()
        return replace(process, reopenable=reopenable_stages(process))

    # --- the frame

    def _process_element(self) -> etree._Element:
        root = self._root
        if local_name(root) != "definitions" or namespace(root) != BPMN:
            self._add(root, "The file is not BPMN 2.0.", "Save it as BPMN 2.0 XML in a BPMN modeller.")
            self._stop_if_wrong()
        for child in root:
            if (namespace(child), local_name(child)) == (BPMN_DI, "BPMNDiagram"):
                continue
            self._refuse_one(child, frozenset({"process", "collaboration", "message"}))
        processes = self._in(root, "process")
        if len(processes) != 1:
            self._add(root, f"The file has {len(processes)} processes.", "Keep one process in a file.")
            self._stop_if_wrong()
        if (processes[0].get("processType") or "None") not in ("None", "Private", "Public"):
            self._add(processes[0], "The kind of process is not known.", "Remove the attribute processType.")
        return processes[0]

    def _refuse(self, parent: etree._Element, known: frozenset[str]) -> None:
        for child in parent:
            self._refuse_one(child, known)

    def _refuse_one(self, child: etree._Element, known: frozenset[str]) -> None:
        name = local_name(child)
        if namespace(child) == BPMN and name in known:
            return
        reason, remedy = _REFUSED.get(name, ("It is not supported.", "Remove it."))
        if name.endswith("EventDefinition"):
            reason, remedy = _EVENTS, "Use a plain start or end event, or a timer or message in between."
        called = f" {child.get('id')}" if child.get("id") else ""
        self._add(child, f"The element {name}{called} is refused. {reason}", remedy)

    def _check_attributes(self, element: etree._Element) -> None:
        """Attributes of other programs may name code; outside the drawing none is accepted."""
        for inner in element.iter(etree.Element):
            for attribute in inner.attrib:
                if str(attribute).startswith("{") and attribute != _TYPE:
                    name = etree.QName(str(attribute)).localname
                    self._add(inner, f"The attribute {name} belongs to another program.", "Remove it.")

    def _in(self, parent: etree._Element, name: str) -> list[etree._Element]:
        return [child for child in parent if local_name(child) == name and namespace(child) == BPMN]

    def _text(self, parent: etree._Element, name: str) -> str:
        return "\n".join((child.text or "").strip() for child in self._in(parent, name)).strip()

    # --- nodes, flows, lanes, notes

    def _messages(self) -> dict[str, str]:
        messages: dict[str, str] = {}
        for element in self._in(self._root, "message"):
            self._refuse(element, frozenset({"documentation"}))
            message_id = self._id(element, taken=messages)
            name = " ".join((element.get("name") or "").split())
            if not name:
                self._add(element, f"The message {message_id} has no name.", "Say what it tells.")
            messages[message_id] = name
        return messages

    def _nodes(self, process: etree._Element) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for element, stage, depth in _with_stages(process):
            if depth > MAX_STAGES_DEEP:
                self._add(element, f"Stages are nested deeper than {MAX_STAGES_DEEP}.", "Draw them side by side.")
                self._stop_if_wrong()
            node = self._node(element, stage, nodes)
            nodes[node.id] = node
        if len(nodes) > MAX_NODES:
            self._add(process, f"The process has more than {MAX_NODES} nodes.", "Split it.")
            self._stop_if_wrong()
        return nodes

    def _node(self, element: etree._Element, stage: str, nodes: Mapping[str, Node]) -> Node:
        kind = _NODE_KINDS[local_name(element)]
        node_id = self._id(element, taken=nodes)
        name = " ".join((element.get("name") or "").split())
        if not name and kind in _NAMED:
            self._add(element, f"The {_NAMED[kind]} {node_id} has no name.", "Name it by what is done or what happens.")
        documentation = self._text(element, "documentation")
        host = element.get("attachedToRef") or "" if kind is NodeKind.BOUNDARY else ""
        plain = Node(node_id, kind, name, documentation, line_of(element), stage, attached_to=host)
        if kind is NodeKind.STAGE:
            self._stages[node_id] = element
            self._refuse(element, _IN_A_STAGE)
            if element.get("triggeredByEvent") == "true":
                what = f"The stage {node_id} is begun by an event of its own."
                self._add(element, what, "Draw the event at the edge of a stage.")
            return plain
        events = _TRIGGERS if kind in (NodeKind.CATCH, NodeKind.BOUNDARY) else {}
        self._refuse(element, frozenset({"documentation", "incoming", "outgoing", *events}))
        return self._event(element, plain) if events else plain

    def _event(self, element: etree._Element, plain: Node) -> Node:
        definitions = [child for child in element if local_name(child) in _TRIGGERS]
        if len(definitions) != 1:
            self._add(
                element, f"The event {plain.id} has {len(definitions)} triggers.", "Give it one timer or message."
            )
            return plain
        trigger = _TRIGGERS[local_name(definitions[0])]
        for child in definitions[0]:
            what = f"The element {local_name(child)} of the event {plain.id} is refused. It may hold an expression."
            self._add(child, what, "Remove it; the pack names a clock for the timer, which knows working days.")
        if (element.get("cancelActivity") or "true") != "true":
            what = f"The event {plain.id} does not interrupt what it is attached to."
            self._add(element, what, "Let it interrupt; to tell someone in time, use the escalation of a clock.")
        message = definitions[0].get("messageRef") or ""
        return replace(plain, trigger=trigger, message=message)

    def _check_events(self, nodes: Mapping[str, Node], messages: Mapping[str, str]) -> None:
        for node in nodes.values():
            if node.trigger is Trigger.MESSAGE and node.message not in messages:
                what, remedy = (
                    f"The event {node.id} waits for no message of this file.",
                    "Give it a message with a name.",
                )
                self._problems.append(Problem(node.line, what, remedy))
            host = nodes.get(node.attached_to)
            fits = host is not None and host.kind in (NodeKind.STEP, NodeKind.STAGE) and host.stage == node.stage
            if node.kind is NodeKind.BOUNDARY and not fits:
                what = f"The event {node.id} is not attached to a step or a stage beside it."
                self._problems.append(Problem(node.line, what, "Drag it to the edge of a user task or a stage."))

    def _id(self, element: etree._Element, *, taken: Mapping[str, object]) -> str:
        found = element.get("id") or ""
        if not _ID.fullmatch(found):
            self._add(element, "An element has no plain id.", "Give it an id of letters, digits and _.")
        if found in taken:
            self._add(element, f"The id {found} is used twice.", "Give each element an id of its own.")
        return found

    def _flows(self, process: etree._Element, nodes: Mapping[str, Node]) -> list[Flow]:
        flows: list[Flow] = []
        taken: dict[str, object] = dict(nodes)
        for scope in (process, *self._stages.values()):
            defaults = {element.get("default") for element in scope if element.get("default")}
            for element in self._in(scope, "sequenceFlow"):
                self._refuse(element, frozenset({"conditionExpression", "documentation"}))
                flow_id = self._id(element, taken=taken)
                taken[flow_id] = element
                source, target = nodes.get(element.get("sourceRef") or ""), nodes.get(element.get("targetRef") or "")
                if source is None or target is None:
                    self._add(element, f"The flow {flow_id} does not join two nodes.", "Connect both of its ends.")
                    continue
                if source.stage != target.stage:
                    what = f"The flow {flow_id} crosses the edge of a stage."
                    self._add(element, what, "End the stage with an end event, and let a flow leave the stage itself.")
                    continue
                flows.append(self._flow(element, flow_id, source, target, is_default=flow_id in defaults))
        for (begin, end), count in Counter((flow.source, flow.target) for flow in flows).items():
            if count > 1:
                what = f"{count} flows lead from {begin} to {end}."
                remedy = "Make them one; join their conditions with or."
                self._problems.append(Problem(nodes[begin].line, what, remedy))
        return flows

    def _flow(self, element: etree._Element, flow_id: str, source: Node, target: Node, *, is_default: bool) -> Flow:
        name = " ".join((element.get("name") or "").split())
        plain = Flow(flow_id, source.id, target.id, name, None, None, is_default, line_of(element))
        expressions = self._in(element, "conditionExpression")
        if not expressions:
            return plain
        if len(expressions) > 1 or len(expressions[0]):
            self._add(element, f"The condition of the flow {flow_id} is not one plain text.", "Write one condition.")
            return plain
        if source.kind is not NodeKind.EXCLUSIVE:
            self._add(
                element, f"The flow {flow_id} has a condition, but does not leave an exclusive gateway.", _GATEWAYS
            )
        return self._with_condition(expressions[0], plain)

    def _with_condition(self, expression: etree._Element, flow: Flow) -> Flow:
        if expression.get("language"):
            self._add(expression, "A condition names a language.", "Remove the attribute; conditions have one grammar.")
        text = " ".join((expression.text or "").split())
        try:
            condition = parse_condition(text)
        except ConditionError as error:
            self._add(expression, f"The condition of the flow {flow.id} is refused: {error.what}.", error.remedy)
            return flow
        return Flow(flow.id, flow.source, flow.target, flow.name, text, condition, flow.is_default, flow.line)

    def _lanes(self, process: etree._Element, nodes: Mapping[str, Node]) -> list[Lane]:
        lanes: list[Lane] = []
        owners: Counter[str] = Counter()
        for lane_set in self._in(process, "laneSet"):
            self._refuse(lane_set, frozenset({"lane", "documentation"}))
            for element in self._in(lane_set, "lane"):
                self._refuse(element, frozenset({"flowNodeRef", "documentation"}))
                name = " ".join((element.get("name") or "").split())
                lane_id = self._id(element, taken=dict.fromkeys([*nodes, *(lane.id for lane in lanes)]))
                if not name:
                    self._add(element, f"The lane {lane_id} has no name.", "Name it by the role that does its steps.")
                refs = [(ref.text or "").strip() for ref in self._in(element, "flowNodeRef")]
                owners.update(refs)
                owned = (ref for ref in refs if ref in nodes and nodes[ref].kind in (NodeKind.STEP, NodeKind.STAGE))
                lanes.append(Lane(lane_id, name, tuple(owned)))
        for node in nodes.values():
            count = owners[node.id] or max((owners[stage] for stage in stages_around(nodes, node.id)), default=0)
            if node.kind is NodeKind.STEP and count != 1:
                what = f"The step {node.name or node.id} stands in {count} lanes."
                self._problems.append(Problem(node.line, what, "Put it in the one lane of the role that does it."))
        return lanes

    def _notes(self, process: etree._Element) -> dict[str, str]:
        notes: dict[str, str] = {}
        for scope in (process, *self._stages.values()):
            for element in self._in(scope, "textAnnotation"):
                self._refuse(element, frozenset({"text", "documentation"}))
                notes[self._id(element, taken=notes)] = self._text(element, "text")
            for element in self._in(scope, "association"):
                self._refuse(element, frozenset({"documentation"}))
        return notes

    def _pool(self) -> tuple[str, str] | None:
        pools: list[tuple[str, str]] = []
        for collaboration in self._in(self._root, "collaboration"):
            self._refuse(collaboration, frozenset({"participant", "documentation"}))
            self._check_attributes(collaboration)
            for participant in self._in(collaboration, "participant"):
                self._refuse(participant, frozenset({"documentation"}))
                pools.append((participant.get("id") or "", " ".join((participant.get("name") or "").split())))
                if len(pools) > 1:
                    self._add(participant, "The file has more than one pool.", "Keep one, with a lane for each role.")
        return pools[0] if pools else None

    # --- the drawing

    def _drawing(self, notes: Mapping[str, str]) -> Drawing:
        shapes: dict[str, Box] = {}
        labels: dict[str, Box] = {}
        edges: dict[str, tuple[tuple[float, float], ...]] = {}
        for element in self._root.iter(f"{{{BPMN_DI}}}BPMNShape", f"{{{BPMN_DI}}}BPMNEdge"):
            drawn = element.get("bpmnElement") or ""
            if local_name(element) == "BPMNShape":
                box = self._box(element)
                if box is not None:
                    shapes[drawn] = box
            else:
                edges[drawn] = tuple(self._points(element))
            for label in element.iterchildren(f"{{{BPMN_DI}}}BPMNLabel"):
                box = self._box(label, needed=False)
                if box is not None:
                    labels[drawn] = box
        return Drawing(shapes, labels, edges, notes)

    def _box(self, element: etree._Element, *, needed: bool = True) -> Box | None:
        bounds = element.find(f"{{{DC}}}Bounds")
        if bounds is None:
            if needed:
                self._add(element, "A shape of the diagram has no bounds.", "Place it again in a BPMN modeller.")
            return None
        numbers = [self._number(bounds, name) for name in ("x", "y", "width", "height")]
        if numbers[2] < 0 or numbers[3] < 0 or (needed and 0 in numbers[2:]):
            self._add(bounds, "A shape of the diagram has no size.", "Place it again in a BPMN modeller.")
        return Box(*numbers)

    def _points(self, element: etree._Element) -> list[tuple[float, float]]:
        points = [
            (self._number(point, "x"), self._number(point, "y")) for point in element.iterchildren(f"{{{DI}}}waypoint")
        ]
        if len(points) < 2:  # noqa: PLR2004 # a line has two ends
            self._add(element, "A flow of the diagram has fewer than two points.", "Draw it again in a BPMN modeller.")
        return points

    def _number(self, element: etree._Element, name: str) -> float:
        try:
            number = float(element.get(name) or "")
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or abs(number) > MAX_COORDINATE:
            self._add(element, f"{name} is not a place on the page.", "Place it again in a BPMN modeller.")
            return 0.0
        return number

    def _check_drawn(self, process: etree._Element, drawing: Drawing, shapes: list[str], flows: list[str]) -> None:
        for kind, wanted, drawn in (("shape", shapes, drawing.shapes), ("line", flows, drawing.edges)):
            for missing in (one for one in wanted if one not in drawn):
                what = f"{missing} has no {kind} in the diagram."
                self._add(process, what, "Draw it in a BPMN modeller; a process is shown to those who work by it.")


_NAMED = {
    NodeKind.STEP: "step",
    NodeKind.STAGE: "stage",
    NodeKind.CATCH: "event",
    NodeKind.BOUNDARY: "event",
}


def _with_stages(process: etree._Element) -> Iterator[tuple[etree._Element, str, int]]:
    """Every node of the process, in the order of the file, with the id of its stage and how many are around it."""
    waiting = [(child, "", 0) for child in reversed(process)]
    while waiting:
        element, stage, depth = waiting.pop()
        if namespace(element) != BPMN or local_name(element) not in _NODE_KINDS:
            continue
        yield element, stage, depth
        if local_name(element) == NodeKind.STAGE:
            waiting += [(child, element.get("id") or "", depth + 1) for child in reversed(element)]


def _placed(finding: Finding, process: Process) -> Problem:
    flows = {flow.id: flow.line for flow in process.flows}
    node = process.nodes.get(finding.at)
    line = node.line if node is not None else flows.get(finding.at, 0)
    return Problem(line, finding.what, finding.remedy)
