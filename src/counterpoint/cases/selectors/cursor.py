"""Where a list goes on: the moment and id of the last row seen, as one opaque word for an address."""

import base64
from datetime import UTC, datetime
from uuid import UUID


def cursor_after(at: datetime, row_id: UUID) -> str:
    """The cursor that follows this row."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {row_id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, UUID] | None:
    """What `cursor_after` was given; None for anything else, which begins the list anew."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        moment, _, row_id = plain.rpartition(" ")
        at = datetime.fromisoformat(moment)
        return (at.astimezone(UTC), UUID(row_id)) if at.tzinfo is not None else None
    except (ValueError, OverflowError):  # at the ends of time a moment has no counterpart in UTC
        return None
