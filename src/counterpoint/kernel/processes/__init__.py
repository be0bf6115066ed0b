"""Processes: BPMN XML in, a checked process, and a run of it as a value that only ever moves by what people do."""

from counterpoint.kernel.markup import Problem

from .bpmn import read_process
from .conditions import All, AnyOf, Comparison, Condition, Name, Not, Scalar
from .diagram import DiagramWords, diagram
from .engine import Standing, StepTaken
from .model import Flow, Lane, Node, NodeKind, Process, Step
from .problems import (
    ConditionUndecided,
    ProcessError,
    ProcessProblems,
    StateNotReadable,
    StepNotWaiting,
    ValuesNotAllowed,
)
from .state import State, complete_step, is_finished, path_taken, standing, start, waiting_steps
from .words import StepInWords, StepStatus, diagram_in_words

__all__ = [
    "All",
    "AnyOf",
    "Comparison",
    "Condition",
    "ConditionUndecided",
    "DiagramWords",
    "Flow",
    "Lane",
    "Name",
    "Node",
    "NodeKind",
    "Not",
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
    "ValuesNotAllowed",
    "complete_step",
    "diagram",
    "diagram_in_words",
    "is_finished",
    "path_taken",
    "read_process",
    "standing",
    "start",
    "waiting_steps",
]
