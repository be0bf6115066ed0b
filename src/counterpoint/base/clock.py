"""The one clock. Tests and the demo town move it; nothing else asks the system for the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_moved_to: ContextVar[datetime | None] = ContextVar("moved_to", default=None)


def now() -> datetime:
    """The present moment, aware, UTC."""
    return _moved_to.get() or datetime.now(UTC)


@contextmanager
def moved_to(at: datetime) -> Iterator[None]:
    """Within this block `now()` answers `at` (aware)."""
    if at.tzinfo is None:
        raise ValueError("the clock takes aware moments only")
    token = _moved_to.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _moved_to.reset(token)
