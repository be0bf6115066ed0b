"""From a pack's files to a Pack, or to every problem of it.

1. Each YAML file becomes plain values with line numbers (source).
2. Each document is taken apart by its shape (parts; kernel.questions for question sets).
3. Decision tables and processes are read by their own libraries (engines).
4. What must hold between the files is judged, one rule a file (rules).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TypeVar

from counterpoint.kernel.packs import casework_parts, engines, parts
from counterpoint.kernel.packs.casework import ProcessPlan, StepPlan
from counterpoint.kernel.packs.draft import Draft, Manifest
from counterpoint.kernel.packs.hashes import content_hash, file_hashes
from counterpoint.kernel.packs.pack import Pack
from counterpoint.kernel.packs.problems import PackProblems
from counterpoint.kernel.packs.rules import RULES
from counterpoint.kernel.packs.source import read_yaml
from counterpoint.kernel.questions.document import Part
from counterpoint.kernel.questions.problems import Problem as PathProblem
from counterpoint.kernel.questions.problems import QuestionSetProblems
from counterpoint.kernel.questions.reading import read_question_set

T = TypeVar("T")


def read_pack(files: Mapping[str, bytes]) -> Pack:
    """The pack that these files make. files: path in the pack, with slashes, to content.

    Raises PackProblems with every problem of every file.
    """
    draft = _draft(files)
    for rule in RULES:
        draft.problems.extend(list(rule(draft)))
    if draft.problems or draft.manifest is None:
        raise PackProblems(draft.problems)
    return _pack(draft, draft.manifest)


def _draft(files: Mapping[str, bytes]) -> Draft:
    draft = Draft(files)
    draft.manifest = _read(draft, "pack.yaml", parts.manifest)
    draft.category_schemes = _read(draft, "categories.yaml", parts.category_schemes) or ()
    draft.closure_schemes = _read(draft, "closure_reasons.yaml", parts.closure_schemes) or ()
    draft.clocks = _read(draft, "clocks.yaml", casework_parts.clocks) or draft.clocks
    draft.consents = _read(draft, "consents.yaml", casework_parts.consents) or ()
    for file in sorted(files):
        _read_in_folder(draft, file)
    return draft


def _read_in_folder(draft: Draft, file: str) -> None:
    path = PurePosixPath(file)
    if len(path.parts) != 2:  # noqa: PLR2004 - a folder and a file
        return
    match path.parts[0], path.suffix:
        case "question_sets" | "forms" as folder, ".yaml":
            _read_set(draft, file, folder)
        case "texts", ".yaml":
            draft.texts[path.stem] = _read(draft, file, parts.texts) or {}
            if not draft.texts[path.stem]:
                draft.unreadable.add(file)
        case "translations", ".yaml":
            draft.translations[path.stem] = _read(draft, file, parts.translation) or {}
        case "decisions", ".dmn":
            table, problems = engines.read_decision(file, draft.files[file])
            draft.problems.extend(problems)
            draft.tables |= {path.stem: table} if table is not None else {}
        case "processes", ".bpmn":
            process, problems = engines.read_drawn_process(file, draft.files[file])
            draft.problems.extend(problems)
            draft.processes |= {path.stem: process} if process is not None else {}
        case folder, ".yaml":
            _read_casework(draft, file, folder, path.stem)


def _read_casework(draft: Draft, file: str, folder: str, name: str) -> None:
    if folder == "holidays":
        calendar = _read(draft, file, lambda part: casework_parts.calendar(part, name))
        draft.calendars |= {name: calendar} if calendar is not None else {}
    elif folder == "steps":
        plan = _read(draft, file, casework_parts.plan)
        draft.plans |= {name: plan} if plan is not None else {}
    elif folder == "instruments":
        instrument = _read(draft, file, casework_parts.instrument)
        draft.instruments |= {name: instrument} if instrument is not None else {}


def _read(draft: Draft, file: str, take: Callable[[Part], T]) -> T | None:
    """What `take` makes of a file; None when the file is not there or is no YAML."""
    if not _open(draft, file):
        return None
    problems: list[PathProblem] = []
    taken = take(Part(draft.documents[file].value, (), problems))
    draft.note(file, problems)
    return taken


def _read_set(draft: Draft, file: str, folder: str) -> None:
    if not _open(draft, file):
        return
    if folder == "forms":
        scores: list[PathProblem] = []
        casework_parts.note_scores(Part(draft.documents[file].value, (), scores))
        draft.note(file, scores)
    try:
        question_set = read_question_set(draft.documents[file].value)
    except QuestionSetProblems as found:
        draft.note(file, found.problems)
        draft.unreadable.add(file)
    else:
        draft.sets_of(folder)[PurePosixPath(file).stem] = question_set


def _open(draft: Draft, file: str) -> bool:
    if file not in draft.files:
        return False
    document, problems = read_yaml(file, draft.files[file])
    draft.problems.extend(problems)
    if document is None:
        draft.unreadable.add(file)
        return False
    draft.documents[file] = document
    return True


def _pack(draft: Draft, manifest: Manifest) -> Pack:
    hashes = file_hashes(draft.files)
    return Pack(
        id=manifest.id,
        title=manifest.title,
        version=manifest.version,
        content_hash=content_hash(hashes),
        source_language=manifest.source_language,
        languages=manifest.languages,
        emergency_number=manifest.emergency_number,
        helplines=manifest.helplines,
        uploads=manifest.uploads,
        question_sets=draft.question_sets,
        category_schemes=draft.category_schemes,
        closure_schemes=draft.closure_schemes,
        texts={key: text for texts in draft.texts.values() for key, text in texts.items()},
        text_files={key: texts_id for texts_id, texts in draft.texts.items() for key in texts},
        translations=draft.translations,
        decisions=_contents(draft, "decisions", ".dmn"),
        processes=_contents(draft, "processes", ".bpmn"),
        files=hashes,
        forms=draft.forms,
        clocks={rule.id: rule for rule in draft.clocks.rules},
        pause_reasons={reason.id: reason for reason in draft.clocks.pause_reasons},
        calendars=draft.calendars,
        plans={process_id: _with_records(draft, process_id, plan) for process_id, plan in draft.plans.items()},
        consents={consent.id: consent for consent in draft.consents},
        instruments=draft.instruments,
    )


def _with_records(draft: Draft, process_id: str, plan: ProcessPlan) -> ProcessPlan:
    """The plan with what the process looks at noted for each step and message."""
    process = draft.processes[process_id]
    seen = engines.looked_at(process)

    def recorded(node_ids: tuple[str, ...], step: StepPlan) -> StepPlan:
        fields = dict.fromkeys(field for node_id in node_ids for field in seen.get(node_id, {}))
        return replace(step, records=tuple(fields))

    of_message = {
        message: tuple(event.id for event in process.events if event.message == message) for message in plan.messages
    }
    return replace(
        plan,
        steps={step_id: recorded((step_id,), step) for step_id, step in plan.steps.items()},
        messages={message: recorded(of_message[message], step) for message, step in plan.messages.items()},
    )


def _contents(draft: Draft, folder: str, suffix: str) -> dict[str, bytes]:
    paths = (PurePosixPath(file) for file in sorted(draft.files))
    return {path.stem: draft.files[str(path)] for path in paths if path.parts[0] == folder and path.suffix == suffix}
