"""Decision tables: DMN XML in, a checked table, and for given facts the rules that fire with their reasons."""

from counterpoint.kernel.markup import Problem

from .cells import Cell, Value, ValueType
from .deciding import rules_that_decide, still_asked
from .dmn import read_table
from .engine import evaluate
from .problems import DecisionError, FactsDoNotFit, TableProblems, TooEntangled
from .remarks import NotKnown, remarks_on, when_not_known
from .table import DecisionTable, Evaluation, FiredRule, HitPolicy, Input, Output, Rule, Scalar
from .words import cell_in_words, rules_in_words, value_in_words

__all__ = [
    "Cell",
    "DecisionError",
    "DecisionTable",
    "Evaluation",
    "FactsDoNotFit",
    "FiredRule",
    "HitPolicy",
    "Input",
    "NotKnown",
    "Output",
    "Problem",
    "Rule",
    "Scalar",
    "TableProblems",
    "TooEntangled",
    "Value",
    "ValueType",
    "cell_in_words",
    "evaluate",
    "read_table",
    "remarks_on",
    "rules_in_words",
    "rules_that_decide",
    "still_asked",
    "value_in_words",
    "when_not_known",
]
