"""A checked pack and what it answers. Only `read_pack` makes one, so every text, language and date in it is sound."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias

from counterpoint.kernel.clocks import Calendar, ClockRule
from counterpoint.kernel.instruments import Instrument
from counterpoint.kernel.packs.casework import ConsentKind, PauseReason, ProcessPlan, StepPlan
from counterpoint.kernel.packs.instrument_texts import in_language
from counterpoint.kernel.questions.texts import translated
from counterpoint.kernel.questions.types import Audience, QuestionSet, SetKind

TextPath: TypeAlias = tuple[str, ...]

PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A place for a value in a text."""


class Direction(StrEnum):
    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


class ClosureLevel(StrEnum):
    """What a reason closes."""

    REFERRAL = "referral"
    CASE = "case"


@dataclass(frozen=True, kw_only=True)
class Language:
    id: str
    name: str
    direction: Direction


@dataclass(frozen=True, kw_only=True)
class Helpline:
    """opening: the key of a text."""

    id: str
    number: str
    opening: str | None


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """accept: short names of file types, such as jpeg and docx."""

    max_files: int
    max_bytes_each: int
    accept: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Category:
    id: str
    label: str


@dataclass(frozen=True, kw_only=True)
class CategoryScheme:
    """Valid from a day until the next scheme's."""

    id: str
    valid_from: date
    categories: tuple[Category, ...]


@dataclass(frozen=True, kw_only=True)
class ClosureReason:
    """needs: what must be recorded with it. tell_reporter: Markdown; None when nothing may be told."""

    id: str
    level: ClosureLevel
    label: str
    needs: tuple[str, ...]
    tell_reporter: str | None


@dataclass(frozen=True, kw_only=True)
class ClosureScheme:
    """Valid from a day until the next scheme's."""

    id: str
    valid_from: date
    reasons: tuple[ClosureReason, ...]


@dataclass(frozen=True)
class Pack:
    """What a jurisdiction changes. `language` is always the id of one of `languages`; leaving it out means the source.

    texts: key to text, over all files. translations: language to (place in the translation file to text).
    decisions, processes: id to the file's bytes. files: path to the SHA-256 (hex) of the bytes. The rest by id, in the
    source language; plans by the id of their process, and only of processes that have one.
    content_hash: SHA-256 (hex) over `files`; see `hashes.content_hash`.
    """

    id: str
    title: str
    version: str
    content_hash: str
    source_language: str
    languages: tuple[Language, ...]
    emergency_number: str
    helplines: tuple[Helpline, ...]
    uploads: Uploads
    question_sets: Mapping[str, QuestionSet]
    category_schemes: tuple[CategoryScheme, ...]
    closure_schemes: tuple[ClosureScheme, ...]
    texts: Mapping[str, str]
    text_files: Mapping[str, str]
    translations: Mapping[str, Mapping[TextPath, str]]
    decisions: Mapping[str, bytes]
    processes: Mapping[str, bytes]
    files: Mapping[str, str]
    forms: Mapping[str, QuestionSet] = field(default_factory=dict)
    clocks: Mapping[str, ClockRule] = field(default_factory=dict)
    pause_reasons: Mapping[str, PauseReason] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    plans: Mapping[str, ProcessPlan] = field(default_factory=dict)
    consents: Mapping[str, ConsentKind] = field(default_factory=dict)
    instruments: Mapping[str, Instrument] = field(default_factory=dict)

    @cached_property
    def _languages_by_id(self) -> Mapping[str, Language]:
        return {language.id: language for language in self.languages}

    @property
    def default_language(self) -> str:
        return self.languages[0].id

    def has_language(self, language: str) -> bool:
        return language in self._languages_by_id

    def language(self, language: str) -> Language:
        """Raises KeyError for a language that the pack lacks."""
        return self._languages_by_id[language]

    def title_in(self, language: str) -> str:
        return self._translation(language, ("pack", "title"), self.title)

    def text(self, key: str, language: str, /, **values: object) -> str:
        """A text with its values filled in: Markdown. Raises KeyError for a key, language or value that is not there.

        Values go in as they are. One that a person typed must be escaped for Markdown before it comes here.
        """
        source = self.texts[key]
        text = self._translation(language, ("texts", self.text_files[key], key), source)
        return PLACE.sub(lambda place: str(values[place.group(1)]), text)

    def question_set(self, set_id: str, language: str) -> QuestionSet:
        """The set in a language. A professional set need not be translated; then it is in the source language.
        Raises KeyError for a set or a language that the pack lacks."""
        return self._question_sets_by_language[self.language(language).id][set_id]

    def question_set_for(self, kind: SetKind, audience: Audience) -> str | None:
        """The id of the first question set of this kind for these people; None where the pack has none."""
        fits = (
            set_id
            for set_id, question_set in self.question_sets.items()
            if question_set.kind is kind and question_set.audience is audience
        )
        return next(fits, None)

    def form(self, form_id: str, language: str) -> QuestionSet:
        """The form of a step in a language; in the source language where it is not translated. Raises KeyError for a
        form or a language that the pack lacks."""
        texts = self._texts_under(self.language(language).id, ("forms", form_id))
        return translated(self.forms[form_id], texts)

    def step_plan(self, process_id: str, step_id: str) -> StepPlan:
        """How a step is done; an empty plan where the pack says nothing of it."""
        plan = self.plans.get(process_id)
        return plan.steps.get(step_id, StepPlan()) if plan else StepPlan()

    def process_names(self, process_id: str, language: str) -> Mapping[str, str]:
        """The translated names of a process's elements, by their ids; none where it is not translated."""
        texts = self._texts_under(self.language(language).id, ("processes", process_id))
        return {path[0]: text for path, text in texts.items() if path[1] == "name"}

    def step_help(self, process_id: str, step_id: str, source: str, language: str) -> str:
        """The help text of a step in a language. source: as the process has it."""
        return self._translation(language, ("processes", process_id, step_id, "help"), source)

    def clock_rule(self, clock_id: str, language: str | None = None) -> ClockRule:
        """Raises KeyError for a clock that the pack lacks."""
        rule = self.clocks[clock_id]
        return replace(rule, title=self._translation(language, ("clocks", rule.id), rule.title))

    def calendar_of(self, rule: ClockRule) -> Calendar:
        """The calendar by which a clock of this pack counts. Raises KeyError for one that the pack lacks."""
        return self.calendars[rule.calendar]

    def consent(self, consent_id: str, language: str | None = None) -> ConsentKind:
        """Raises KeyError for a consent that the pack lacks."""
        consent, place = self.consents[consent_id], ("consents", consent_id)
        return replace(
            consent,
            title=self._translation(language, (*place, "title"), consent.title),
            explained=self._translation(language, (*place, "explained"), consent.explained),
        )

    def instrument(self, instrument_id: str, language: str | None = None) -> Instrument:
        """Raises KeyError for an instrument that the pack lacks."""
        found = self.instruments[instrument_id]
        texts = self._texts_under(self.language(language).id, ("instruments", instrument_id)) if language else {}
        return in_language(found, texts)

    def categories_on(self, day: date, language: str | None = None) -> tuple[Category, ...]:
        """The concern categories in force on a day; none before the first scheme."""
        scheme = self.category_scheme_on(day)
        return tuple(self._category(scheme, category, language) for category in scheme.categories) if scheme else ()

    def category_scheme_on(self, day: date) -> CategoryScheme | None:
        return next((scheme for scheme in reversed(self.category_schemes) if scheme.valid_from <= day), None)

    def closure_reasons_on(
        self, day: date, level: ClosureLevel, language: str | None = None
    ) -> tuple[ClosureReason, ...]:
        """The closure reasons in force on a day for a referral or a case; none before the first scheme."""
        scheme = self.closure_scheme_on(day)
        reasons = scheme.reasons if scheme else ()
        return tuple(self._reason(scheme, reason, language) for reason in reasons if scheme and reason.level == level)

    def closure_scheme_on(self, day: date) -> ClosureScheme | None:
        return next((scheme for scheme in reversed(self.closure_schemes) if scheme.valid_from <= day), None)

    @cached_property
    def _question_sets_by_language(self) -> Mapping[str, Mapping[str, QuestionSet]]:
        return {
            language.id: {
                set_id: translated(question_set, self._texts_under(language.id, ("question_sets", set_id)))
                for set_id, question_set in self.question_sets.items()
            }
            for language in self.languages
        }

    def _texts_under(self, language: str, place: TextPath) -> dict[TextPath, str]:
        depth = len(place)
        texts = self.translations.get(language, {})
        return {path[depth:]: text for path, text in texts.items() if path[:depth] == place}

    def _category(self, scheme: CategoryScheme, category: Category, language: str | None) -> Category:
        label = self._translation(language, ("categories", scheme.id, category.id), category.label)
        return Category(id=category.id, label=label)

    def _reason(self, scheme: ClosureScheme, reason: ClosureReason, language: str | None) -> ClosureReason:
        place = ("closure_reasons", scheme.id, reason.id)
        told = reason.tell_reporter
        return ClosureReason(
            id=reason.id,
            level=reason.level,
            label=self._translation(language, (*place, "label"), reason.label),
            needs=reason.needs,
            tell_reporter=None if told is None else self._translation(language, (*place, "tell_reporter"), told),
        )

    def _translation(self, language: str | None, place: TextPath, source: str) -> str:
        if language is None:
            return source
        return self.translations.get(self.language(language).id, {}).get(place, source)
