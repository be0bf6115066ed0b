"""A walk of a process by SpiffWorkflow, an engine that others made: the peer that ours is held against.

Only for processes without stages and events, and only for whole runs. Its expressions are `eval`, so its evaluator is
replaced here too; the service itself never loads it.
"""

from collections import Counter

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import EndEvent, ExclusiveGateway, ParallelGateway, StartEvent, UserTask
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from counterpoint.kernel.processes import NodeKind
from counterpoint.kernel.processes.conditions import decide, parse_condition

PREFIX = "node:"  # the engine has names of its own, such as Start and End
WENT_ON = TaskState.READY | TaskState.STARTED | TaskState.COMPLETED


class Conditions:
    def __init__(self, facts):
        self.facts = facts

    def evaluate(self, _task, expression, external_context=None):
        del external_context
        return decide(parse_condition(str(expression)), lambda name: self.facts.get(name.field))


class Join(ParallelGateway):
    """The engine's own also counts what came in an earlier round of a loop, and then goes on too soon."""

    def _check_threshold_unstructured(self, my_task):
        tasks = [task for task in my_task.workflow.tasks.values() if task.task_spec is self]
        went_on = sum(task.has_state(WENT_ON) for task in tasks)
        came = Counter(task.parent.task_spec.name for task in tasks if task.parent.has_state(TaskState.COMPLETED))
        return all(came[name] > went_on for name in self._inputs)


class Peer:
    """A run, begun; `finish` moves it on."""

    def __init__(self, process, facts):
        self.workflow = BpmnWorkflow(_built(process), script_engine=Conditions(facts))
        self.workflow.do_engine_steps()

    def waiting(self):
        return {task.task_spec.name.removeprefix(PREFIX) for task in self._ready()}

    def finish(self, step_id):
        next(task for task in self._ready() if task.task_spec.name == PREFIX + step_id).run()
        self.workflow.do_engine_steps()

    def is_finished(self):
        return bool(self.workflow.completed)

    def _ready(self):
        tasks = self.workflow.tasks.values()
        return [task for task in tasks if task.has_state(TaskState.READY) and task.task_spec.manual]


def _built(process):
    spec = BpmnProcessSpec(name="process")
    plain = {NodeKind.STEP: UserTask, NodeKind.EXCLUSIVE: ExclusiveGateway, NodeKind.PARALLEL: Join}
    made = {}
    for node in process.nodes.values():
        name = PREFIX + node.id
        event = {NodeKind.START: StartEvent, NodeKind.END: EndEvent}.get(node.kind)
        made[node.id] = event(spec, name, NoneEventDefinition()) if event else plain[node.kind](spec, name)
    for node in process.nodes.values():
        if node.kind is NodeKind.START:
            spec.start.connect(made[node.id])
        if node.kind is NodeKind.END:
            made[node.id].connect(spec.end)
        for flow in process.flows_from(node.id):
            if node.kind is NodeKind.EXCLUSIVE and flow.condition_text is not None:
                made[node.id].connect_outgoing_if(flow.condition_text, made[flow.target])
            else:
                made[node.id].connect(made[flow.target])
    return spec
