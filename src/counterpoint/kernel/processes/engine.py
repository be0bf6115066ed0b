"""Walks a process with the BPMN engine (SpiffWorkflow).

The engine evaluates expressions with Python's `eval`, and an instance that it deserialises goes back to doing so. So:

- its specification is built here from our checked values; no XML and no stored engine state ever reaches it;
- one function makes every instance, new or resumed, and sets our evaluator, which knows only our grammar;
- a stored state is the list of what people did; it is walked again from the start, so it cannot hold anything else.

The engine gives its tasks random ids and reads the clock; both stay inside and reach no value that is handed out.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import EndEvent, ExclusiveGateway, ParallelGateway, StartEvent, UserTask
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from .conditions import ConditionError, Name, Scalar, condition_in_words, decide, names_in, parse_condition
from .model import NodeKind, Process
from .problems import ConditionUndecided, ProcessError, StepNotWaiting

MAX_STEPS_TAKEN = 5_000


@dataclass(frozen=True)
class StepTaken:
    """One step that was finished: what was recorded with it, and when. Values are sorted by name."""

    step_id: str
    values: tuple[tuple[str, Scalar], ...]
    at: datetime


@dataclass(frozen=True)
class Standing:
    """Where a walk has come to: the waiting steps with the moment since when, and all that was passed."""

    waiting: tuple[tuple[str, datetime], ...]
    passed_nodes: frozenset[str]
    passed_flows: frozenset[str]
    finished: bool


@dataclass
class _Recorded:
    """What conditions may look at. It belongs to one walk."""

    facts: dict[str, Scalar]
    by_step: dict[str, dict[str, Scalar]] = field(default_factory=dict)

    def lookup(self, name: Name) -> Scalar:
        source = self.facts if name.step_id is None else self.by_step.get(name.step_id, {})
        return source.get(name.field)


class ConditionsOnly:
    """Stands in the place of the engine's script engine: decides our conditions and refuses everything else."""

    def __init__(self, process: Process, recorded: _Recorded) -> None:
        self._process = process
        self._recorded = recorded

    def evaluate(self, task: object, expression: object, external_context: object = None) -> bool:
        """Whether the condition holds. Raises ConditionUndecided where the recorded values do not say."""
        del task, external_context  # the engine's own data is never looked at
        try:
            condition = parse_condition(str(expression))
        except ConditionError as error:
            raise ProcessError(f"A condition is not understood: {error.what}. {error.remedy}") from None
        verdict = decide(condition, self._recorded.lookup)
        if verdict is None:
            raise ConditionUndecided(self._undecided(str(expression)))
        return verdict

    def _undecided(self, expression: str) -> str:
        condition = parse_condition(expression)
        missing = [name for name in names_in(condition) if self._recorded.lookup(name) is None]
        names = ", ".join(dict.fromkeys(self._told(name) for name in missing or names_in(condition)))
        state = "is not recorded" if missing else "is not of the kind that the process compares it with"
        return (
            f"It cannot be decided whether {condition_in_words(condition)}: {names} {state}. Record it with the step."
        )

    def _told(self, name: Name) -> str:
        step = self._process.step(name.step_id) if name.step_id else None
        return f"{name.field} of the step “{step.name}”" if step else f"the fact {name.field}"

    def execute(self, *_args: object, **_kwargs: object) -> None:
        raise ProcessError("A process may not run scripts.")

    def call_service(self, *_args: object, **_kwargs: object) -> None:
        raise ProcessError("A process may not call services.")

    @property
    def environment(self) -> None:
        raise ProcessError("A process has no environment to run code in.")


_specs: WeakKeyDictionary[Process, dict[str, BpmnProcessSpec]] = WeakKeyDictionary()


def walk(
    process: Process, facts: tuple[tuple[str, Scalar], ...], started_at: datetime, taken: tuple[StepTaken, ...]
) -> Standing:
    """Where the process stands after these steps. Raises StepNotWaiting or ConditionUndecided where a step could not
    be taken, and ProcessError after MAX_STEPS_TAKEN steps."""
    if len(taken) > MAX_STEPS_TAKEN:
        raise ProcessError(f"More than {MAX_STEPS_TAKEN:,} steps were taken in one process.")
    recorded = _Recorded(dict(facts))
    walked = _Walk(process, recorded)
    walked.settle(started_at)
    for step in taken:
        recorded.by_step[step.step_id] = dict(step.values)
        walked.finish(step)
    return walked.standing()


def _load(process: Process, recorded: _Recorded, entry: str) -> BpmnWorkflow:
    """The only place where an instance of the engine comes to be. `entry` is the node at which it begins."""
    made = _specs.setdefault(process, {})
    if entry not in made:
        made[entry] = _built(process, entry)
    return BpmnWorkflow(made[entry], script_engine=ConditionsOnly(process, recorded))


class _Walk:
    def __init__(self, process: Process, recorded: _Recorded) -> None:
        self._process = process
        self._recorded = recorded
        self._workflow = _load(process, recorded, process.reading_order[0])
        self._flow_ids = {(flow.source, flow.target): flow.id for flow in process.flows}
        self._since: dict[str, datetime] = {}
        self._nodes: set[str] = set()
        self._flows: set[str] = set()

    def finish(self, step: StepTaken) -> None:
        task = next((task for task in self._ready() if _node_id(task.task_spec.name) == step.step_id), None)
        if task is None:
            raise StepNotWaiting(_not_waiting(self._process, step.step_id, list(self._since)))
        self._since.pop(step.step_id)
        task.run()
        self.settle(step.at)

    def settle(self, at: datetime) -> None:
        """Lets gateways and events run until only people's steps are left."""
        try:
            self._workflow.do_engine_steps()
        except WorkflowException as error:
            node = self._process.nodes.get(_node_id(getattr(error.task_spec, "name", "")) or "")
            where = f" after “{node.name}”" if node is not None and node.name else ""
            what = f"None of the ways on{where} fits what was recorded."
            raise ConditionUndecided(f"{what} Record another value, or give the process a default way.") from None
        self._note_passed()
        ready = [_node_id(task.task_spec.name) for task in self._ready()]
        self._since = {node_id: self._since.get(node_id, at) for node_id in ready if node_id}
        self._forget_the_way()

    def _forget_the_way(self) -> None:
        """Begins anew where only one step waits: what comes next depends on nothing that the engine remembers.
        Its work grows with the square of what it remembers: 121 steps of a loop took 0.5 s so, and take 0.05 s now."""
        waiting_joins = any(_node_id(t.task_spec.name) for t in self._tasks() if t.has_state(TaskState.WAITING))
        if len(self._since) == 1 and not waiting_joins:
            self._workflow = _load(self._process, self._recorded, next(iter(self._since)))
            self._workflow.do_engine_steps()

    def _ready(self) -> list[Task]:
        return [task for task in self._tasks() if task.has_state(TaskState.READY) and task.task_spec.manual]

    def _tasks(self) -> list[Task]:
        # Not get_tasks(): it looks for the children of each task anew, which took half of the time.
        return list(self._workflow.tasks.values())

    def _note_passed(self) -> None:
        for task in self._tasks():
            node_id = _node_id(task.task_spec.name)
            if node_id is None or task.has_state(TaskState.PREDICTED_MASK):
                continue
            if task.has_state(TaskState.COMPLETED):
                self._nodes.add(node_id)
            source = _node_id(task.parent.task_spec.name) if task.parent is not None else None
            if source is not None and task.parent.has_state(TaskState.COMPLETED):
                self._flows.add(self._flow_ids[source, node_id])

    def standing(self) -> Standing:
        order = {node_id: number for number, node_id in enumerate(self._process.reading_order)}
        waiting = sorted(self._since.items(), key=lambda item: order[item[0]])
        return Standing(tuple(waiting), frozenset(self._nodes), frozenset(self._flows), bool(self._workflow.completed))


def _not_waiting(process: Process, step_id: str, waiting: list[str]) -> str:
    step = process.step(step_id)
    named = [other.name for other in process.steps if other.id in waiting]
    what = f"The step “{step.name}” is not waiting to be done." if step else "The process has no such step."
    return what + (f" Waiting now: {', '.join(named)}." if named else " The process is finished.")


# --- building the engine's specification from our values

_PREFIX = "node:"  # the engine has names of its own, such as Start and End


def _node_id(spec_name: str) -> str | None:
    return spec_name.removeprefix(_PREFIX) if spec_name.startswith(_PREFIX) else None


def _built(process: Process, entry: str) -> BpmnProcessSpec:
    spec = BpmnProcessSpec(name="process")
    made = {node.id: _made(spec, _PREFIX + node.id, node.kind) for node in process.nodes.values()}
    spec.start.connect(made[entry])
    for node in process.nodes.values():
        if node.kind is NodeKind.END:
            made[node.id].connect(spec.end)
        for flow in process.flows_from(node.id):
            if node.kind is NodeKind.EXCLUSIVE and flow.condition_text is not None:
                made[node.id].connect_outgoing_if(flow.condition_text, made[flow.target])
            else:
                made[node.id].connect(made[flow.target])
    return spec


class _Join(ParallelGateway):  # type: ignore[misc] # the engine has no types
    """A parallel gateway that goes on when something came by each way since it last did.

    The engine's own also counts what came in an earlier round of a loop, and then goes on too soon.
    """

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        tasks = [task for task in my_task.workflow.tasks.values() if task.task_spec is self]
        went_on = sum(task.has_state(_WENT_ON) for task in tasks)
        came = Counter(task.parent.task_spec.name for task in tasks if task.parent.has_state(TaskState.COMPLETED))
        return all(came[name] > went_on for name in self._inputs)


_WENT_ON = TaskState.READY | TaskState.STARTED | TaskState.COMPLETED


def _made(spec: BpmnProcessSpec, name: str, kind: NodeKind) -> TaskSpec:
    if kind is NodeKind.START:
        return StartEvent(spec, name, NoneEventDefinition())
    if kind is NodeKind.END:
        return EndEvent(spec, name, NoneEventDefinition())
    plain = {NodeKind.STEP: UserTask, NodeKind.EXCLUSIVE: ExclusiveGateway, NodeKind.PARALLEL: _Join}
    return plain[kind](spec, name)
