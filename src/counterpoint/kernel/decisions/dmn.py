"""DMN XML in, a checked table out."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lxml import etree

from counterpoint.kernel.markup import Problem, line_of, local_name, namespace

from .analysis import problems_of_rows
from .cells import Cell, CellError, Equal, Value, ValueType, parse_cell, parse_literal
from .engine import engine_expression
from .problems import TableProblems
from .source import read_tree
from .table import DecisionTable, HitPolicy, Input, Output, Rule

MAX_COLUMNS = 40
MAX_RULES = 2_000

NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20180521/MODEL/",  # 1.2
        "https://www.omg.org/spec/DMN/20191111/MODEL/",  # 1.3
        "https://www.omg.org/spec/DMN/20211108/MODEL/",  # 1.4
        "https://www.omg.org/spec/DMN/20230324/MODEL/",  # 1.5
    }
)
_DIAGRAM = "DMNDI"
_BESIDE_THE_DECISION = frozenset({"inputData", "knowledgeSource", "textAnnotation", "association", "description"})
_IN_THE_DECISION = frozenset(
    {"decisionTable", "variable", "description", "question", "allowedAnswers", "informationRequirement"}
    | {"authorityRequirement"}
)
_IN_THE_TABLE = frozenset({"input", "output", "rule", "annotation", "description"})
_TYPES = {
    "string": ValueType.STRING,
    "boolean": ValueType.BOOLEAN,
    "date": ValueType.DATE,
    "number": ValueType.NUMBER,
    "integer": ValueType.NUMBER,
    "long": ValueType.NUMBER,
    "double": ValueType.NUMBER,
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LANGUAGES = re.compile(r"feel|https?://www\.omg\.org/spec/DMN/\d+/FEEL/?", re.IGNORECASE)


def read_table(xml: bytes) -> DecisionTable:
    """The checked table of a DMN 1.2 to 1.5 file with one decision. Raises TableProblems with all that is wrong."""
    root = read_tree(xml)
    return _Reading(hashlib.sha256(xml).hexdigest()).table(root)


class _Reading:
    """Collects problems while it reads, so that an author sees all of them at once."""

    def __init__(self, table_hash: str) -> None:
        self._hash = table_hash
        self._problems: list[Problem] = []

    def _add(self, element: etree._Element, what: str, remedy: str) -> None:
        self._problems.append(Problem(line_of(element), what, remedy))

    def _stop_if_wrong(self) -> None:
        if self._problems:
            raise TableProblems(self._problems)

    def table(self, root: etree._Element) -> DecisionTable:
        decision, body = self._table_element(root)
        for element in root.iter(etree.Element):
            self._check_language(element)
        policy = self._policy(body)
        inputs = [self._input(element, n) for n, element in enumerate(_children(body, "input"), 1)]
        outputs = [self._output(element, n) for n, element in enumerate(_children(body, "output"), 1)]
        self._check_columns(body, [c.name for c in inputs], [c.name for c in outputs])
        rules = self._rules(body, inputs, outputs)
        if policy is HitPolicy.PRIORITY and not any(column.allowed for column in outputs):
            self._add(body, "PRIORITY needs to know which output ranks higher.", "List outputValues, highest first.")
        self._stop_if_wrong()
        table = DecisionTable(
            decision_id=decision.get("id") or "",
            name=decision.get("name") or decision.get("id") or "",
            hit_policy=policy,
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            rules=tuple(rules),
            table_hash=self._hash,
            engine_expression=engine_expression(inputs, rules),
        )
        self._problems += [_placed(problem, body) for problem in problems_of_rows(table)]
        self._stop_if_wrong()
        return table

    # --- the frame

    def _table_element(self, root: etree._Element) -> tuple[etree._Element, etree._Element]:
        if local_name(root) != "definitions" or namespace(root) not in NAMESPACES:
            self._add(root, "The file is not DMN 1.2 to 1.5.", "Save it as DMN 1.3 XML in a DMN modeller.")
            self._stop_if_wrong()
        self._refuse_strangers(root, _BESIDE_THE_DECISION | {"decision", _DIAGRAM})
        decisions = _children(root, "decision")
        if len(decisions) != 1:
            self._add(root, f"The file has {len(decisions)} decisions.", "Keep one decision table in a file.")
            self._stop_if_wrong()
        decision = decisions[0]
        self._refuse_strangers(decision, _IN_THE_DECISION)
        bodies = _children(decision, "decisionTable")
        if len(bodies) != 1:
            self._add(decision, "The decision is not a decision table.", "Express it as one decision table.")
            self._stop_if_wrong()
        self._refuse_strangers(bodies[0], _IN_THE_TABLE)
        return decision, bodies[0]

    def _refuse_strangers(self, parent: etree._Element, known: frozenset[str]) -> None:
        for child in parent:
            name = local_name(child)
            if name == "extensionElements":
                self._add(child, "extensionElements may carry code for other programs.", "Remove the element.")
            elif name not in known or (name != _DIAGRAM and namespace(child) not in NAMESPACES):
                self._add(child, f"The element {name} is not supported here.", "Remove it; use one decision table.")

    def _check_language(self, element: etree._Element) -> None:
        for attribute in ("expressionLanguage", "typeLanguage"):
            language = element.get(attribute)
            if language is not None and not _LANGUAGES.fullmatch(language):
                self._add(element, "Another expression language is asked for.", f"Remove the attribute {attribute}.")

    def _policy(self, body: etree._Element) -> HitPolicy:
        if body.get("aggregation"):
            self._add(body, "Aggregation is not supported.", "Remove it; COLLECT gives every rule that fires.")
        try:
            return HitPolicy(body.get("hitPolicy", "UNIQUE"))
        except ValueError:
            names = ", ".join(HitPolicy)
            self._add(body, "The hit policy is not supported.", f"Choose one of {names}.")
            return HitPolicy.COLLECT

    def _check_columns(self, body: etree._Element, inputs: list[str], outputs: list[str]) -> None:
        if not inputs or not outputs:
            self._add(body, "The table needs an input and an output.", "Add the missing column.")
        if len(inputs) + len(outputs) > MAX_COLUMNS:
            self._add(body, f"The table has more than {MAX_COLUMNS} columns.", "Split it.")
            self._stop_if_wrong()
        for names in (inputs, outputs):
            for name in sorted({name for name in names if name and names.count(name) > 1}):
                self._add(body, f"Two columns are called {name}.", "Give each column a name of its own.")

    # --- columns

    def _input(self, element: etree._Element, number: int) -> Input:
        self._refuse_strangers(element, frozenset({"inputExpression", "inputValues", "description"}))
        place = f"Input column {number}"
        expression = _child(element, "inputExpression")
        name = _text(expression).strip() if expression is not None else ""
        if not _NAME.fullmatch(name):
            self._add(element, f"{place} does not read a fact by its plain name.", "Write the name: [a-z][a-z0-9_]*.")
            name = ""
        value_type = self._type(element, None if expression is None else expression.get("typeRef"), place)
        domain = self._domain(_child(element, "inputValues"), value_type, place)
        allowed = tuple(test.value for test in domain.tests if isinstance(test, Equal) and test.value is not None)
        return Input(name, element.get("label") or name, value_type, allowed, domain)

    def _domain(self, values: etree._Element | None, value_type: ValueType, place: str) -> Cell:
        if values is None or not _text(values).strip():
            return Cell("-")
        try:
            return parse_cell(_text(values), value_type)
        except CellError as error:
            self._add(values, f"{place}, allowed values: {error.what}.", error.remedy)
            return Cell("-")

    def _output(self, element: etree._Element, number: int) -> Output:
        self._refuse_strangers(element, frozenset({"outputValues", "description"}))
        place = f"Output column {number}"
        name = element.get("name") or ""
        if not _NAME.fullmatch(name):
            self._add(element, f"{place} has no plain name.", "Give it a name: [a-z][a-z0-9_]*.")
        value_type = self._type(element, element.get("typeRef"), place)
        domain = self._domain(_child(element, "outputValues"), value_type, place)
        allowed = tuple(test.value for test in domain.tests if isinstance(test, Equal) and test.value is not None)
        if len(allowed) != len(domain.tests) or domain.negated:
            self._add(element, f"{place}: allowed outputs are not a list of values.", "List them, divided by commas.")
        return Output(name, element.get("label") or name, value_type, allowed)

    def _type(self, element: etree._Element, type_ref: str | None, place: str) -> ValueType:
        value_type = _TYPES.get((type_ref or "").removeprefix("feel:"))
        if value_type is None:
            self._add(
                element, f"{place} has no type that is supported.", "Set typeRef to string, number, boolean or date."
            )
        return value_type or ValueType.STRING

    # --- rows

    def _rules(self, body: etree._Element, inputs: Sequence[Input], outputs: Sequence[Output]) -> list[Rule]:
        elements = _children(body, "rule")
        if not elements:
            self._add(body, "The table has no rows.", "Add at least one.")
        if len(elements) > MAX_RULES:
            self._add(body, f"The table has more than {MAX_RULES:,} rows.", "Split it.")
            return []
        rules = [self._rule(element, n, inputs, outputs) for n, element in enumerate(elements, 1)]
        return [rule for rule in rules if rule is not None]

    def _rule(
        self, element: etree._Element, index: int, inputs: Sequence[Input], outputs: Sequence[Output]
    ) -> Rule | None:
        self._refuse_strangers(element, frozenset({"inputEntry", "outputEntry", "annotationEntry", "description"}))
        entries, given = _children(element, "inputEntry"), _children(element, "outputEntry")
        if len(entries) != len(inputs) or len(given) != len(outputs):
            self._add(element, f"Row {index} does not have one cell for each column.", "Add or remove cells.")
            return None
        cells = tuple(self._cell(e, index, c) for e, c in zip(entries, inputs, strict=True))
        values = {c.name: self._value(e, index, c) for e, c in zip(given, outputs, strict=True)}
        notes = [_text(note) for note in (*_children(element, "annotationEntry"), *_children(element, "description"))]
        annotation = "; ".join(" ".join(note.split()) for note in notes if note.strip())
        rule_id = element.get("id") or f"row_{index}"
        return Rule(index, rule_id, cells, _frozen(values), annotation, line_of(element))

    def _cell(self, entry: etree._Element, row: int, column: Input) -> Cell:
        place = f"Row {row}, column {column.name or '?'}"
        try:
            cell = parse_cell(_text(entry), column.type)
        except CellError as error:
            self._add(entry, f"{place}: {error.what}.", error.remedy)
            return Cell("-")
        strangers = [t.value for t in cell.tests if isinstance(t, Equal) and not column.admits(t.value)]
        if strangers:
            what = f"{place}: a value is not among the allowed ones ({column.domain.text})."
            self._add(entry, what, "Correct it, or allow it in the column.")
        return cell

    def _value(self, entry: etree._Element, row: int, column: Output) -> Value:
        place = f"Row {row}, output {column.name or '?'}"
        try:
            value = parse_literal(_text(entry), column.type)
        except CellError as error:
            self._add(entry, f"{place}: {error.what}.", error.remedy)
            return ""
        if column.allowed and value not in column.allowed:
            self._add(entry, f"{place}: the value is not among the allowed outputs.", "Correct it, or allow it.")
        return value


def _frozen(values: dict[str, Value]) -> Mapping[str, Value]:
    return MappingProxyType(values)


def _placed(problem: Problem, body: etree._Element) -> Problem:
    return problem if problem.line else Problem(line_of(body), problem.what, problem.remedy)


def _children(parent: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in parent if local_name(child) == name and namespace(child) in NAMESPACES]


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    found = _children(parent, name)
    return found[0] if found else None


def _text(element: etree._Element) -> str:
    holder = _child(element, "text")
    return ((element if holder is None else holder).text) or ""
