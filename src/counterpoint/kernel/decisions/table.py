"""The values of this library: a checked table, and what came of facts put to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from .cells import Cell, Value, ValueType

Scalar = str | int | float | Decimal | bool | date | None


class HitPolicy(StrEnum):
    """Which of the rules that fit count. In each, the rules come in the order of the table."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    RULE_ORDER = "RULE ORDER"
    COLLECT = "COLLECT"


@dataclass(frozen=True)
class Input:
    """A fact that the table reads. `allowed` is empty where any value of the type may come."""

    name: str
    label: str
    type: ValueType
    allowed: tuple[Value, ...] = ()
    domain: Cell = field(default_factory=lambda: Cell("-"))

    def admits(self, value: Value | None) -> bool:
        return value is None or self.domain.fits(value)


@dataclass(frozen=True)
class Output:
    """What a rule gives. `allowed` is empty where any value may be given; under PRIORITY the first ranks highest."""

    name: str
    label: str
    type: ValueType
    allowed: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Rule:
    """`index` counts from 1, as a person counts rows; `rule_id` is the id in the file."""

    index: int
    rule_id: str
    cells: tuple[Cell, ...]
    outputs: Mapping[str, Value]
    annotation: str
    line: int


@dataclass(frozen=True)
class DecisionTable:
    """A checked table. `table_hash` is the SHA-256 (hex) of the file it was read from."""

    decision_id: str
    name: str
    hit_policy: HitPolicy
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    table_hash: str
    engine_expression: str = field(repr=False, compare=False)


@dataclass(frozen=True)
class FiredRule:
    index: int
    rule_id: str
    outputs: Mapping[str, Value]
    annotation: str


@dataclass(frozen=True)
class Evaluation:
    """What the table said: `facts` are those it read (a missing one is None), `fired` the rules that count."""

    table_hash: str
    facts: Mapping[str, Scalar]
    fired: tuple[FiredRule, ...]
