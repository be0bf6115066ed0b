"""What the pack in force says of consents: which kinds there are, on which support rests, and who may give one.

The table advises; a person decides. Whoever records another giver than the table names says why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from uuid import UUID

from counterpoint.cases.models import Case
from counterpoint.kernel.decisions import DecisionTable, evaluate
from counterpoint.kernel.packs import Pack
from counterpoint.kernel.packs.casework import ConsentAbout, ConsentKind
from counterpoint.rules.selectors import NoSuchRules, pack_in_force, table_in_force
from counterpoint.support.models import Consent
from counterpoint.support.types import BOTH, NOBODY, ConsentResult

AGE_BAND, CAPACITY = "age_band", "capacity"
_WORDS = {
    "self": "The person themselves",
    "parent_guardian": "A parent or guardian",
    NOBODY: "Nobody",
    BOTH: "The person; a parent or guardian is involved where that is safe",
    "under_16": "Under 16",
    "sixteen_seventeen": "16 or 17",
    "adult": "18 or over",
    "unknown_age": "Not known",
    "not_assessed": "Not assessed",
}
_RECORDS = {
    "asked_by": "Who asked?",
    "told_how": "How were they told, and what was explained?",
    "safe_way": "Which way to contact them is safe?",
}
_AGE_BANDS = ("under_16", "sixteen_seventeen", "adult", "unknown_age")
_CAPACITIES = ("yes", "no", "not_assessed")


@dataclass(frozen=True)
class Advice:
    """Who may give a consent, by the table: its reason, its rule, and the hash of the table that said so."""

    giver: str
    reason: str
    rule: str
    table_hash: str

    def admits(self, giver: str) -> bool:
        """Whether this giver is one that the table names."""
        return giver == self.giver or (self.giver == BOTH and giver != NOBODY)


@dataclass(frozen=True)
class AdviceLine:
    """A row of the table as people read it."""

    age_band: str
    capacity: str
    advice: Advice


def words_for(choice_id: str) -> str:
    """An id of a giver, an age band or a capacity in words; a pack's own ids read as they are spelt."""
    return _WORDS.get(choice_id) or choice_id.replace("_", " ").capitalize()


def record_label(record_id: str) -> str:
    """What a pack wants recorded with a consent, as a question."""
    return _RECORDS.get(record_id) or record_id.replace("_", " ").capitalize()


def kinds(pack: Pack | None = None) -> Sequence[ConsentKind]:
    """The consents of the pack in force."""
    return tuple((pack or pack_in_force()).consents.values())


def kind_of(kind_id: str) -> ConsentKind | None:
    """The kind with this id in the pack in force."""
    return next((kind for kind in kinds() if kind.id == kind_id), None)


def kinds_for_steps() -> Sequence[ConsentKind]:
    """The consents that steps of a process ask for: those whose withdrawal a process waits for, or all of them."""
    found = tuple(kind for kind in kinds() if kind.withdrawal)
    return found or kinds()


def kinds_support_rests_on() -> Sequence[ConsentKind]:
    """The consents without which no support begins: those that steps hang on (they name a `withdrawal`) and that are
    not the reporter's. A pack without such a kind asks for none."""
    return tuple(kind for kind in kinds() if kind.withdrawal and kind.about is not ConsentAbout.REPORTER)


def latest_of(case_id: UUID) -> Mapping[str, Consent]:
    """The row that counts of each kind that was ever recorded for the case."""
    return {row.kind: row for row in Consent.objects.filter(case_id=case_id).order_by("kind", "number")}


def withdraws_what_is_given(case_id: UUID, message_id: str) -> bool:
    """Whether a message of the process is the withdrawal of a consent that is given now. Tells only that."""
    given = {kind for kind, row in latest_of(case_id).items() if row.result == ConsentResult.GIVEN}
    return any(kind.withdrawal == message_id and kind.id in given for kind in kinds())


def lacking_for_support(case: Case) -> tuple[ConsentKind, ...]:
    """The consents that support rests on and that are not given now."""
    latest = latest_of(case.pk)
    given = {kind for kind, row in latest.items() if row.result == ConsentResult.GIVEN}
    return tuple(kind for kind in kinds_support_rests_on() if kind.id not in given)


def age_bands(kind: ConsentKind) -> Sequence[str]:
    """The age bands that the table of this kind knows."""
    return _allowed(kind, AGE_BAND) or _AGE_BANDS


def capacities(kind: ConsentKind) -> Sequence[str]:
    """What the table of this kind knows of capacity."""
    return _allowed(kind, CAPACITY) or _CAPACITIES


def advice_on(kind: ConsentKind, *, age_band: str, capacity: str) -> Advice | None:
    """Who may give it, by the table in force; None where the pack has no table, or it says nothing of this."""
    table = _table_of(kind)
    if table is None:
        return None
    given = {"consent": kind.id, AGE_BAND: age_band, CAPACITY: capacity}
    facts = {name: value for name, value in given.items() if value and _knows(table, name, value)}
    fired = evaluate(table, facts).fired
    if not fired:
        return None
    outputs = fired[0].outputs
    return Advice(str(outputs.get("giver", "")), str(outputs.get("reason", "")), fired[0].rule_id, table.table_hash)


def advice_lines(kind: ConsentKind) -> Sequence[AdviceLine]:
    """The whole of what the table says of this kind, to be read before anybody is asked; one line where age and
    capacity make no difference."""
    lines = tuple(_lines(kind))
    same = {line.advice for line in lines}
    return (AdviceLine("", "", next(iter(same))),) if len(same) == 1 else lines


def _lines(kind: ConsentKind) -> Iterator[AdviceLine]:
    for age_band, capacity in product(age_bands(kind), capacities(kind)):
        advice = advice_on(kind, age_band=age_band, capacity=capacity)
        if advice is not None:
            yield AdviceLine(words_for(age_band), words_for(capacity), advice)


def _table_of(kind: ConsentKind) -> DecisionTable | None:
    if kind.rules is None:
        return None
    try:
        return table_in_force(kind.rules)
    except NoSuchRules:
        return None


def _allowed(kind: ConsentKind, name: str) -> Sequence[str]:
    table = _table_of(kind)
    columns = table.inputs if table is not None else ()
    return next((tuple(str(value) for value in column.allowed) for column in columns if column.name == name), ())


def _knows(table: DecisionTable, name: str, value: str) -> bool:
    """Whether a value may be put to the table at all; one that it does not know counts as not given."""
    return any(column.name == name and column.admits(value) for column in table.inputs)
