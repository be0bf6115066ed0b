"""A pack as far as it could be read, for the rules to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterpoint.kernel.clocks import Calendar
from counterpoint.kernel.instruments import Instrument
from counterpoint.kernel.packs.casework import Clocks, ConsentKind, ProcessPlan
from counterpoint.kernel.packs.pack import CategoryScheme, ClosureScheme, Helpline, Language, TextPath, Uploads
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.source import Document
from counterpoint.kernel.questions.problems import Path
from counterpoint.kernel.questions.problems import Problem as PathProblem
from counterpoint.kernel.questions.types import QuestionSet

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable
    from counterpoint.kernel.processes import Process


@dataclass(frozen=True)
class Manifest:
    """pack.yaml."""

    id: str
    title: str
    version: str
    source_language: str
    languages: tuple[Language, ...]
    emergency_number: str
    helplines: tuple[Helpline, ...]
    uploads: Uploads


@dataclass(frozen=True)
class SourceText:
    """A text in the source language, and where it stands. `is_markdown` tells it from a label."""

    text: str
    file: str
    path: Path
    is_markdown: bool = False


@dataclass
class Draft:
    """files: path to bytes. unreadable: the files of which nothing more can be said than what is noted already."""

    files: Mapping[str, bytes]
    problems: list[Problem] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    manifest: Manifest | None = None
    question_sets: dict[str, QuestionSet] = field(default_factory=dict)
    category_schemes: tuple[CategoryScheme, ...] = ()
    closure_schemes: tuple[ClosureScheme, ...] = ()
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    translations: dict[str, dict[TextPath, str]] = field(default_factory=dict)
    tables: dict[str, DecisionTable] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    forms: dict[str, QuestionSet] = field(default_factory=dict)
    clocks: Clocks = field(default_factory=lambda: Clocks((), ()))
    calendars: dict[str, Calendar] = field(default_factory=dict)
    plans: dict[str, ProcessPlan] = field(default_factory=dict)
    consents: tuple[ConsentKind, ...] = ()
    instruments: dict[str, Instrument] = field(default_factory=dict)

    def sets_of(self, folder: str) -> dict[str, QuestionSet]:
        """The question sets of `question_sets` or of `forms`."""
        return self.forms if folder == "forms" else self.question_sets

    def problem(self, file: str, path: Path, code: str, *, what: str, remedy: str) -> Problem:
        """A problem at a place in a document; the line is looked up."""
        document = self.documents.get(file)
        return Problem(file, document.line(path) if document else 0, code, what, remedy)

    def note(self, file: str, problems: Iterable[PathProblem]) -> None:
        self.problems.extend(
            self.problem(file, problem.path, problem.code, what=problem.what, remedy=problem.remedy)
            for problem in problems
        )


def file_of_set(set_id: str) -> str:
    return f"question_sets/{set_id}.yaml"


def file_of_form(form_id: str) -> str:
    return f"forms/{form_id}.yaml"


def file_of_plan(process_id: str) -> str:
    return f"steps/{process_id}.yaml"


def file_of_instrument(instrument_id: str) -> str:
    return f"instruments/{instrument_id}.yaml"


def file_of_texts(texts_id: str) -> str:
    return f"texts/{texts_id}.yaml"


def file_of_translation(language: str) -> str:
    return f"translations/{language}.yaml"
