"""Whether a change of the rules may happen at all, whoever asks. Who may: `counterpoint.rules.permissions`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from counterpoint.base.errors import NotPossible
from counterpoint.rules.types import MOVES, SECOND_READER_TABLE, TRIAGE_TABLE, DraftState


@dataclass(frozen=True)
class Circumstances:
    """All that a draft is judged by. hashes: content hashes of packs; files: path -> sha256."""

    state: DraftState
    content_hash: str
    base_hash: str
    hash_in_force: str
    files: Mapping[str, str]
    files_in_force: Mapping[str, str]
    backtested_table: str
    backtested_readers: str
    authors: frozenset[UUID]

    @property
    def changes_triage(self) -> bool:
        """Whether the triage table is another than the one in force."""
        return self.files.get(TRIAGE_TABLE) != self.files_in_force.get(TRIAGE_TABLE)

    @property
    def changes_readers(self) -> bool:
        """Whether it has a second-reader table, and another than the one in force."""
        table = self.files.get(SECOND_READER_TABLE)
        return table is not None and table != self.files_in_force.get(SECOND_READER_TABLE)


def check_moves(state: DraftState, to: DraftState) -> None:
    """Raises NotPossible unless a draft may go from `state` to `to`."""
    if to not in MOVES[state]:
        raise NotPossible(f"A draft that is “{state.label.lower()}” cannot become “{to.label.lower()}”.")


def lacks_for_approval(given: Circumstances) -> Iterator[str]:
    """Everything that still keeps a draft from being approved, whoever approves."""
    if given.state is DraftState.DRAFT:
        yield "Its problems must be put right."
    if given.content_hash == given.hash_in_force:
        yield "It changes nothing yet."
    if given.base_hash != given.hash_in_force:
        yield "The pack in force has changed since this draft was copied from it: bring the draft up to date."
    if given.changes_triage and given.backtested_table != given.files.get(TRIAGE_TABLE):
        yield "It changes the triage table: a backtest of this very table must be finished."
    if given.changes_readers and given.backtested_readers != given.files.get(SECOND_READER_TABLE):
        yield "It changes the second-reader table: a backtest of this very table must be finished."


def check_can_be_approved(given: Circumstances, *, approver: UUID) -> None:
    """Raises NotPossible with all that is lacking, or when the approver has written part of it."""
    check_moves(given.state, DraftState.APPROVED)
    lacks = list(lacks_for_approval(given))
    if approver in given.authors:
        lacks.append("Somebody who has not changed this draft must approve it.")
    if lacks:
        raise NotPossible(" ".join(lacks))


def check_can_go_live(given: Circumstances) -> None:
    """Raises NotPossible unless it is approved and the pack in force is still the one it was copied from."""
    check_moves(given.state, DraftState.LIVE)
    if given.base_hash != given.hash_in_force:
        raise NotPossible(
            "The pack in force has changed since this draft was approved: bring the draft up to date, and have it "
            "approved again."
        )


def check_can_go_into_shadow(given: Circumstances) -> None:
    """Raises NotPossible unless it is checked and its triage table differs from the one in force."""
    check_moves(given.state, DraftState.SHADOW)
    if not given.changes_triage:
        raise NotPossible("The triage table of this draft is the one in force: there is nothing to compare.")
