"""A plan has a row for each step and event of its process and for nothing else, names only what the pack has, and asks
for whatever the process looks at: otherwise a case would come to a step that nobody can finish."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from counterpoint.kernel.packs import engines
from counterpoint.kernel.packs.casework import LaneRole, ProcessPlan, StepPlan
from counterpoint.kernel.packs.draft import Draft, file_of_form, file_of_plan
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.questions.document import meant, short
from counterpoint.kernel.questions.problems import Path
from counterpoint.kernel.questions.types import Question, QuestionSet, QuestionType

if TYPE_CHECKING:
    from counterpoint.kernel.processes import Process


def plans_fit_processes(draft: Draft) -> Iterator[Problem]:
    for process_id, plan in draft.plans.items():
        process = draft.processes.get(process_id)
        if process is None:
            if f"processes/{process_id}.bpmn" not in draft.files:
                what, remedy = "The plan belongs to no process of the pack", "Name it like the process, or remove it"
                yield draft.problem(file_of_plan(process_id), (), "plan_without_process", what=what, remedy=remedy)
            continue
        yield from _rows(draft, process_id, plan, process)
        yield from _lanes(draft, process_id, plan, process)
        yield from _references(draft, process_id, plan)
        yield from _asked(draft, process_id, plan, process)


# --- a row for each, and for nothing else


def _rows(draft: Draft, process_id: str, plan: ProcessPlan, process: Process) -> Iterator[Problem]:
    steps = [step.id for step in process.steps]
    messages = list(dict.fromkeys(event.message for event in process.events if event.message))
    timers = [event.id for event in process.events if not event.message]
    tables: tuple[tuple[str, Collection[str], list[str]], ...] = (
        ("steps", plan.steps, steps),
        ("messages", plan.messages, messages),
        ("timers", plan.timers, timers),
    )
    for key, rows, drawn in tables:
        for missing in (one for one in drawn if one not in rows):
            what = f"`{key}` has no row for `{missing}` of the process"
            remedy = f"Add `{missing}: {{…}}` under `{key}`"
            yield draft.problem(file_of_plan(process_id), (key,), "row_missing", what=what, remedy=remedy)
        for row in (one for one in rows if one not in drawn):
            what = f"`{short(row)}` is not among the {key} of the process"
            remedy = f"Remove the row, or correct its name{meant(row, drawn)}"
            yield draft.problem(file_of_plan(process_id), (key, row), "row_without_element", what=what, remedy=remedy)


def _lanes(draft: Draft, process_id: str, plan: ProcessPlan, process: Process) -> Iterator[Problem]:
    """A lane that is not called like a role at the desk needs a row that says whose it is."""
    drawn = [lane.name for lane in process.lanes]
    for name in (one for one in drawn if one not in plan.lanes and one not in set(LaneRole)):
        what = f"Nobody at the desk is `{short(name)}`, and `lanes` does not say who works that lane"
        remedy = f"Add `{short(name)}: {{role: …}}` under `lanes`, with one of {', '.join(LaneRole)}"
        yield draft.problem(file_of_plan(process_id), ("lanes",), "lane_without_role", what=what, remedy=remedy)
    for row in (one for one in plan.lanes if one not in drawn):
        what = f"`{short(row)}` is not among the lanes of the process"
        remedy = f"Remove the row, or correct its name{meant(row, drawn)}"
        yield draft.problem(file_of_plan(process_id), ("lanes", row), "row_without_element", what=what, remedy=remedy)


# --- only what the pack has


def _references(draft: Draft, process_id: str, plan: ProcessPlan) -> Iterator[Problem]:
    clocks = [rule.id for rule in draft.clocks.rules]
    for key, rows in (("steps", plan.steps), ("messages", plan.messages)):
        for row, step in rows.items():
            named = [("form", step.form, _named(draft, "forms")), ("clock", step.clock, clocks)]
            named += [("instrument", step.instrument, _named(draft, "instruments"))]
            named += [("rules", table, _named(draft, "decisions")) for table in step.rules]
            for what, name, known in named:
                yield from _reference(draft, process_id, (key, row, what), name, known)
    for row, clock in plan.timers.items():
        yield from _reference(draft, process_id, ("timers", row, "clock"), clock or None, clocks)


def _named(draft: Draft, folder: str) -> list[str]:
    """The names of the files of a folder, whether they could be read or not."""
    found = (file.partition("/") for file in draft.files)
    return [name.rpartition(".")[0] for place, _, name in found if place == folder]


def _reference(
    draft: Draft, process_id: str, path: Path, name: str | None, known: Collection[str]
) -> Iterator[Problem]:
    if name is not None and name not in known:
        what = f"The pack has no {str(path[-1]).removesuffix('s')} `{short(name)}`"
        remedy = f"Add it, or correct the name{meant(name, known)}"
        yield draft.problem(file_of_plan(process_id), path, "not_in_pack", what=what, remedy=remedy)


# --- whatever the process looks at is asked


def _asked(draft: Draft, process_id: str, plan: ProcessPlan, process: Process) -> Iterator[Problem]:
    message_of = {event.id: event.message for event in process.events}
    for node_id, fields in engines.looked_at(process).items():
        message = message_of.get(node_id)
        step = plan.messages.get(message) if message else plan.steps.get(node_id)
        path: Path = ("messages", message) if message else ("steps", node_id)
        if step is not None:
            yield from _asked_by(draft, process_id, step, path, fields)
    for step_id, step in plan.steps.items():
        if step.opened_with:
            wanted = {name: {text} for name, text in step.opened_with.items()}
            yield from _asked_by(draft, process_id, step, ("steps", step_id, "opened_with"), wanted)


def _asked_by(
    draft: Draft, process_id: str, step: StepPlan, path: Path, fields: Mapping[str, set[str]]
) -> Iterator[Problem]:
    form = draft.forms.get(step.form or "")
    if step.form is None:
        listed = ", ".join(sorted(fields))
        what = f"The process looks at {listed} of `{path[-1]}`, and no form asks for it"
        remedy = "Name a form that asks for it"
        yield draft.problem(file_of_plan(process_id), path, "not_asked", what=what, remedy=remedy)
    if form is None:
        return
    for name, texts in sorted(fields.items()):
        for what in _lacks(form, name, texts):
            remedy = "Ask it as a required `choice` that is always shown, with these choices, or correct the condition"
            told = f"{what}; process {process_id} looks at it"
            yield draft.problem(file_of_form(form.id), (), "not_asked", what=told, remedy=remedy)


def _lacks(form: QuestionSet, name: str, texts: set[str]) -> Iterator[str]:
    if not form.has_question(name):
        yield f"The form does not ask `{name}`"
        return
    question: Question = form.question(name)
    hidden = question.show_when or form.page_of(name).show_when
    if question.type is not QuestionType.CHOICE or not question.required or hidden or question.allow_unknown:
        yield f"`{name}` may stay without a choice"
    missing = sorted(texts - set(question.choice_ids))
    if missing and question.type is QuestionType.CHOICE:
        yield f"`{name}` does not offer {', '.join(missing)}"
