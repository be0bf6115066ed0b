"""Decision tables: DMN XML in, a checked table, and for given facts the rules that fire with their reasons."""

from counterpoint.kernel.markup import Problem

from .cells import Cell, Value, ValueType
from .dmn import read_table
from .engine import evaluate
from .problems import DecisionError, FactsDoNotFit, TableProblems
from .table import DecisionTable, Evaluation, FiredRule, HitPolicy, Input, Output, Rule, Scalar
from .words import rules_in_words

__all__ = [
    "Cell",
    "DecisionError",
    "DecisionTable",
    "Evaluation",
    "FactsDoNotFit",
    "FiredRule",
    "HitPolicy",
    "Input",
    "Output",
    "Problem",
    "Rule",
    "Scalar",
    "TableProblems",
    "Value",
    "ValueType",
    "evaluate",
    "read_table",
    "rules_in_words",
]
