"""Backtests, in a worker: a slice at a time, so that reports that come in meanwhile do not wait behind them."""

from uuid import UUID

from django_tasks import task

from counterpoint.intake.tasks import quietly
from counterpoint.triage import backtests


@task()
@quietly
def go_on_with_backtest(backtest_id: str) -> None:
    """A slice of the backtest, and the next one queued behind what waits already."""
    if backtests.run_slice(UUID(backtest_id)):
        go_on_with_backtest.enqueue(backtest_id)


def sweep_backtests() -> int:
    """Go on with backtests whose worker went away. Returns how many were found."""
    found = backtests.backtests_left_behind()
    for backtest_id in found:
        go_on_with_backtest.enqueue(str(backtest_id))
    return len(found)
