"""Processes: BPMN XML in, a checked process, and a run of it as a value that only ever moves by what people do."""

from counterpoint.kernel.markup import Problem

from .bpmn import read_process
from .conditions import All, AnyOf, Comparison, Condition, Name, Not, Phrases, Scalar
from .diagram import DiagramWords, diagram
from .engine import Event, Happening, Standing, StepTaken
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
    "Comparison",
    "Condition",
    "ConditionUndecided",
    "DiagramWords",
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
    "events_in_words",
    "expected_events",
    "fire_timer",
    "is_finished",
    "path_taken",
    "read_process",
    "receive_message",
    "reopen_stage",
    "stages_to_reopen",
    "standing",
    "start",
    "waiting_steps",
]
