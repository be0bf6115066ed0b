"""Processes: BPMN XML in, a checked process, and a run of it as a value that only ever moves by what people do."""

from counterpoint.kernel.markup import Problem

from .bpmn import read_process
from .conditions import All, AnyOf, Comparison, Condition, Name, Not, Phrases, Scalar
from .diagram import DiagramWords, diagram
from .difference import Change, Changed, Difference, difference
from .difference_diagram import DifferenceWords, difference_diagram
from .engine import Event, Happening, Standing, StepTaken
from .migration import migrate
from .model import Flow, Lane, Node, NodeKind, Process, Step, Trigger
from .problems import (
    ConditionUndecided,
    EventNotExpected,
    ProcessError,
    ProcessProblems,
    StateNotReadable,
    StepNotWaiting,
    ValuesNotAllowed,
)
from .state import (
    ExpectedEvent,
    State,
    cancel,
    complete_step,
    expected_events,
    fire_timer,
    is_finished,
    path_taken,
    receive_message,
    reopen_stage,
    stages_to_reopen,
    standing,
    start,
    waiting_steps,
)
from .words import EventInWords, StepInWords, StepStatus, diagram_in_words, events_in_words

__all__ = [
    "All",
    "AnyOf",
    "Change",
    "Changed",
    "Comparison",
    "Condition",
    "ConditionUndecided",
    "DiagramWords",
    "Difference",
    "DifferenceWords",
    "Event",
    "EventInWords",
    "EventNotExpected",
    "ExpectedEvent",
    "Flow",
    "Happening",
    "Lane",
    "Name",
    "Node",
    "NodeKind",
    "Not",
    "Phrases",
    "Problem",
    "Process",
    "ProcessError",
    "ProcessProblems",
    "Scalar",
    "Standing",
    "State",
    "StateNotReadable",
    "Step",
    "StepInWords",
    "StepNotWaiting",
    "StepStatus",
    "StepTaken",
    "Trigger",
    "ValuesNotAllowed",
    "cancel",
    "complete_step",
    "diagram",
    "diagram_in_words",
    "difference",
    "difference_diagram",
    "events_in_words",
    "expected_events",
    "fire_timer",
    "is_finished",
    "migrate",
    "path_taken",
    "read_process",
    "receive_message",
    "reopen_stage",
    "stages_to_reopen",
    "standing",
    "start",
    "waiting_steps",
]
