"""Moving many cases to another version of their process, in a worker: a slice at a time, so that what comes in
meanwhile does not wait behind it. And what is deleted when its time has come."""

from uuid import UUID

from django_tasks import task

from counterpoint.cases.sandbox import forget_old_trials
from counterpoint.cases.services import moving
from counterpoint.intake.tasks import quietly


@task()
@quietly
def go_on_with_move(move_id: str) -> None:
    """A slice of the move, and the next one queued behind what waits already."""
    if moving.run_slice(UUID(move_id)):
        go_on_with_move.enqueue(move_id)


def sweep_moves() -> int:
    """Go on with moves whose worker went away. Returns how many were found."""
    found = moving.moves_left_behind()
    for move_id in found:
        go_on_with_move.enqueue(str(move_id))
    return len(found)


def sweep_what_was_tried() -> int:
    """Delete copies on which drafts were tried, and lists of moved cases, at their end. Returns how many went."""
    return forget_old_trials() + moving.forget_old_moves()
