"""What every model declares about its own end. Who carries it out: `counterpoint.oversight`."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class End(StrEnum):
    """What happens to a row when its time has come."""

    DELETE = "delete"  # the row goes
    SHRED = "shred"  # its record key is destroyed; the row and its plain columns stay as evidence that it was
    BLANK = "blank"  # the fields named in `blanks` are emptied
    KEEP = "keep"  # holds no personal data, or the law asks for it; `why` says which


@dataclass(frozen=True)
class Retention:
    """How long a row lives and how it is blanked.

    keep_for: from the moment `counted_from` names; None follows the row named in `follows`, or keeps for good (KEEP).
    The pack may set other periods by the key `rule`; these are the defaults."""

    rule: str
    end: End
    why: str
    keep_for: timedelta | None = None
    counted_from: str = ""
    follows: str = ""
    blanks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        timed, following = self.keep_for is not None and bool(self.counted_from), bool(self.follows)
        if self.end is not End.KEEP and timed == following:
            raise ValueError(f"{self.rule}: give keep_for with counted_from, or follows")
        if self.end is End.BLANK and not self.blanks:
            raise ValueError(f"{self.rule}: name the fields to blank")
