"""What is asked at each step of a case's process, how long it should take, and what finishing it does.

Which steps there are and where they lead is the pack's process, and its plan says by which form each is done. For a
process without a plan there is a table here of the steps by which a case is closed; every other one is asked for a
note, and for the values that the process itself compares.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from counterpoint.base.errors import Fault
from counterpoint.cases.errors import Missing
from counterpoint.cases.types import StepValues
from counterpoint.kernel.packs import LanePlan, LaneRole, Pack, StepPlan, StepWork
from counterpoint.kernel.processes import Process, Scalar
from counterpoint.kernel.processes.conditions import All, AnyOf, Comparison, Condition, Not
from counterpoint.kernel.questions.types import Provenance, Question, QuestionType

MAX_TEXT = 20_000


class Shape(StrEnum):
    """What a field looks like where it is filled in."""

    TEXT = "text"
    LINE = "line"
    CHOICE = "choice"
    CHOICES = "choices"  # several of them
    DATE = "date"


@dataclass(frozen=True)
class StepField:
    """One thing to fill in. With `choices` ((id, label), …) it is a choice. `is_open`: the process may look at it, and
    it is stored as it is; all else is only ever stored sealed. Without being told, a choice is open."""

    id: str
    label: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    shape: Shape = Shape.TEXT
    sealed: bool = False
    holds: str = ""  # kernel.questions.Holds

    @property
    def is_open(self) -> bool:
        return bool(self.choices) and not self.sealed


@dataclass(frozen=True)
class StepForm:
    """`days`: calendar days in which the step should be done where the pack has no clock for it; a default, to be
    checked against local guidance."""

    fields: tuple[StepField, ...]
    days: int = 10
    work: StepWork = StepWork.PLAIN


AGREED = "agreed"
_DONE = StepField("note", "What was done")
_BETWEEN = ","
_OWN_PAGES = frozenset({StepWork.OUTCOME, StepWork.FEEDBACK})

# The steps that every process of a case ends with, by which its closing goes on; where no plan says how they are done.
STEP_FORMS: Mapping[str, StepForm] = {
    "record_outcome": StepForm((), days=5, work=StepWork.OUTCOME),
    "tell_reporter": StepForm((), days=5, work=StepWork.FEEDBACK),
    "agree_closure": StepForm(
        (
            StepField(
                "decision",
                "Do you agree to close?",
                choices=((AGREED, "Yes, the case can be closed"), ("not_agreed", "No, go back to the outcome")),
            ),
            StepField("reason", "The reasons"),
        ),
        days=5,
        work=StepWork.AGREEMENT,
    ),
}
DAYS_TO_CLOSE = 3  # once nothing waits but the closing itself
_KNOWN_HOW = "_known_how"  # after the name of an answer, how it is known
_PROVENANCE = (
    (Provenance.FIRST_HAND.value, "Seen or heard by who says it"),
    (Provenance.REPORTED.value, "Told to them by somebody else"),
    (Provenance.INFERRED.value, "What somebody thinks"),
)
_SHAPES = {
    QuestionType.LONG_TEXT: Shape.TEXT,
    QuestionType.CHOICE: Shape.CHOICE,
    QuestionType.CHOICES: Shape.CHOICES,
    QuestionType.DATE: Shape.DATE,
}


def form_of(process: Process, step_id: str, *, pack: Pack | None = None, process_id: str = "") -> StepForm:
    """The form of a step of this process: the pack's where it has one, else from the table, else made of what the
    process compares."""
    plan = pack.step_plan(process_id, step_id) if pack is not None else None
    if pack is not None and plan is not None and process_id in pack.plans:
        return form_of_plan(pack, plan)
    known = STEP_FORMS.get(step_id)
    return known if known is not None else StepForm((*_compared_fields(process, step_id), _DONE))


def form_of_plan(pack: Pack, plan: StepPlan) -> StepForm:
    """The form of a step or a message as the pack has it; with none, a note of what was done, or nothing for work
    that has a page of its own."""
    if plan.form is None:
        return StepForm(() if plan.work in _OWN_PAGES else (_DONE,), work=plan.work)
    questions = pack.forms[plan.form].questions
    return StepForm(tuple(field for each in questions for field in _fields(each, plan)), work=plan.work)


def lane_of(pack: Pack, process_id: str, lane: str) -> LanePlan:
    """Whose the steps of a lane are: as the pack says, else the role that the lane is called like, else the case
    officer's."""
    plan = pack.plans.get(process_id)
    if plan is not None and lane in plan.lanes:
        return plan.lanes[lane]
    return LanePlan(role=LaneRole(lane) if lane in set(LaneRole) else LaneRole.CASE_OFFICER)


def lane_name(lane: str) -> str:
    """A lane as it is read: "police_case_officer" is "police case officer"."""
    return lane.replace("_", " ")


def _fields(question: Question, plan: StepPlan) -> Iterator[StepField]:
    """A question as a field. One that is asked only at times can be left out here: all of a step is one page."""
    choices = tuple((choice.id, choice.label) for choice in question.choices)
    yield StepField(
        id=question.id,
        label=question.ask,
        hint=question.hint or "",
        choices=choices,
        required=question.required and question.show_when is None,
        shape=_SHAPES.get(question.type, Shape.LINE),
        sealed=question.id not in plan.records,
        holds=question.holds.value,
    )
    if question.ask_provenance:
        label = f"How is this known: {question.ask}"
        known = StepField(question.id + _KNOWN_HOW, label, choices=_PROVENANCE, required=False, shape=Shape.CHOICE)
        yield replace(known, sealed=True)


def checked_values(form: StepForm, values: StepValues) -> dict[str, str]:
    """The values as stored: trimmed, only the form's own fields, the empty ones left out. Raises Missing with every
    problem; Fault for a field that the form does not have, since no page of ours can send one."""
    strange = set(values) - {field.id for field in form.fields}
    if strange:
        raise Fault(f"fields that the step does not ask for: {', '.join(sorted(strange))}")
    kept = {field.id: _plain(values.get(field.id)) for field in form.fields}
    problems = tuple(_problems(form, kept))
    if problems:
        raise Missing(problems)
    return {name: value for name, value in kept.items() if value}


def split_values(form: StepForm, values: Mapping[str, str]) -> tuple[dict[str, Scalar], dict[str, str]]:
    """Choices, which the process may look at and which are stored as they are; and texts, which are only sealed."""
    chosen = {field.id for field in form.fields if field.is_open}
    choices: dict[str, Scalar] = {name: value for name, value in values.items() if name in chosen}
    return choices, {name: value for name, value in values.items() if name not in chosen}


def _plain(value: object) -> str:
    """What was filled in as text: a day as 2026-11-22, several choices with commas between."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return _BETWEEN.join(sorted(str(each) for each in value))
    return str(value or "").strip()


def _problems(form: StepForm, values: Mapping[str, str]) -> Iterator[str]:
    for field in form.fields:
        value = values[field.id]
        if field.required and not value:
            yield f"Fill in “{field.label}”."
        elif field.choices and value and not set(value.split(_BETWEEN)) <= set(dict(field.choices)):
            yield f"Choose one of the answers of “{field.label}”."
        elif len(value) > MAX_TEXT:
            yield f"“{field.label}” is longer than {MAX_TEXT:,} characters. Shorten it."


def _compared_fields(process: Process, step_id: str) -> Iterator[StepField]:
    """A choice for each value of this step that conditions compare with texts: those texts, and "other"."""
    found: dict[str, dict[str, str]] = {}
    for flow in process.flows:
        for comparison in _comparisons(flow.condition):
            if comparison.name.step_id == step_id and isinstance(comparison.literal, str):
                literal = comparison.literal
                found.setdefault(comparison.name.field, {})[literal] = literal.replace("_", " ").capitalize()
    for name, choices in found.items():
        options = (*choices.items(), ("other", "None of these"))
        yield StepField(name, name.replace("_", " ").capitalize(), choices=options)


def _comparisons(condition: Condition | None) -> Iterator[Comparison]:
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, Not):
        yield from _comparisons(condition.part)
    elif isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from _comparisons(part)
