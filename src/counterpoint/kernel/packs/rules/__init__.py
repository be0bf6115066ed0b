"""What must hold between the files of a pack, one rule a file. Each takes the draft and gives its problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.rules.clock_periods_fit import clock_periods_fit
from counterpoint.kernel.packs.rules.clocks_fit import clocks_fit, consents_fit
from counterpoint.kernel.packs.rules.facts_are_given import facts_are_given
from counterpoint.kernel.packs.rules.facts_fit_tables import facts_fit_tables
from counterpoint.kernel.packs.rules.files_are_known import files_are_known
from counterpoint.kernel.packs.rules.ids_match_file_names import ids_match_file_names
from counterpoint.kernel.packs.rules.known_tables_fit import known_tables_fit
from counterpoint.kernel.packs.rules.languages_have_files import languages_have_files
from counterpoint.kernel.packs.rules.markdown_is_safe import markdown_is_safe
from counterpoint.kernel.packs.rules.openings_are_texts import openings_are_texts
from counterpoint.kernel.packs.rules.places_are_closed import places_are_closed
from counterpoint.kernel.packs.rules.plans_fit_processes import plans_fit_processes
from counterpoint.kernel.packs.rules.required_files import required_files
from counterpoint.kernel.packs.rules.retention_fits import retention_fits
from counterpoint.kernel.packs.rules.second_readers_keep_the_law import second_readers_keep_the_law
from counterpoint.kernel.packs.rules.text_keys_are_unique import text_keys_are_unique
from counterpoint.kernel.packs.rules.translations_fit import translations_fit
from counterpoint.kernel.packs.rules.triage_gives_a_route import triage_gives_a_route

Rule: TypeAlias = Callable[[Draft], Iterator[Problem]]

RULES: Final[tuple[Rule, ...]] = (
    required_files,
    files_are_known,
    ids_match_file_names,
    text_keys_are_unique,
    openings_are_texts,
    places_are_closed,
    markdown_is_safe,
    languages_have_files,
    translations_fit,
    facts_are_given,
    facts_fit_tables,
    triage_gives_a_route,
    known_tables_fit,
    second_readers_keep_the_law,
    clock_periods_fit,
    retention_fits,
    plans_fit_processes,
    clocks_fit,
    consents_fit,
)
